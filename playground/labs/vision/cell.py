"""One head of one block opened: the queries, keys and values that it computes its attention from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from torch import Tensor

from playground.data import ImageSpec, unit
from playground.labs.vision.attention import recorded
from playground.labs.vision.hub import GUESTS
from playground.labs.vision.overlay import TRACE, Overlay
from playground.labs.vision.vit import VisionTransformer
from playground.view import Answer, Options, Part, View, option


class Head(Options):
    """Which head is opened; what is too large for a network is cut down."""

    layer: int = option(99, "The block, counted from 0; the last one if there are fewer.", ge=0, le=99)
    head: int = option(0, "The head, counted from 0; the last one if there are fewer.", ge=0, le=99)


class Inner(NamedTuple):
    """What one head computes its attention from, for one image.

    Attributes:
        q: Its queries (T, d): of the class token, where there is one, then of registers, then of patches row by row.
        k: Its keys (T, d).
        v: Its values (T, d).
        layer: Its block, counted from 0.
        head: Its number in it, counted from 0.
        layers: How many blocks there are.
        heads: How many heads each of them has.
    """

    q: Tensor
    k: Tensor
    v: Tensor
    layer: int
    head: int
    layers: int
    heads: int


def opened(network: VisionTransformer, image: Tensor, chosen: Head) -> Inner:
    """The chosen head of a network for an image (1, C, H, W), normalized as in training."""
    blocks: list[tuple[Tensor, Tensor, Tensor]] = []
    recorded(network, image, lambda q, k, v: blocks.append((q, k, v)))
    layer = min(chosen.layer, len(blocks) - 1)
    heads = blocks[layer][0].shape[1]
    head = min(chosen.head, heads - 1)
    q, k, v = (each[0, head] for each in blocks[layer])  # (T, d)
    return Inner(q, k, v, layer=layer, head=head, layers=len(blocks), heads=heads)


def cell_view(network: VisionTransformer, spec: ImageSpec, options: Head, inputs: Mapping[str, Any]) -> Answer:
    """Queries `q`, keys `k` and values `v` (T, d) of a head for the picture.

    The words say which head it is, see `Inner`, and how many tokens right before the patches are `registers`.
    """
    q, k, v, layer, head, layers, heads = opened(network, unit(inputs["picture"][None]), options)
    where = {"layer": layer, "head": head, "layers": layers, "heads": heads}
    registers = network.prefix - (network.class_token is not None)
    shape = {"grid": network.grid, "size": network.image_size, "registers": registers}
    return Answer({"q": q, "k": k, "v": v}, {**shape, **where})


class Opened(Overlay, Head):
    """The head that is opened, and the patch that its query is of."""

    query: int = option(-1, "The query patch, row by row from 0; -1 is the one in the middle.", ge=-1, le=9999)
    scaled: bool = option(
        True,
        "Scaling: without it scores grow with the dimension, and the softmax gives nearly all weight to few keys.",
        label="Divide scores by √d",
    )


CELL = View(
    name="cell",
    title="Step by step",
    question="How is attention computed?",
    about="One head with its numbers: the query is compared with every key, the softmax turns scores into weights, and "
    "the output is the weighted sum of the values. Press a patch to make it the query; point at another one to follow "
    "it through the steps.",
    needs=VisionTransformer,
    painter="vision/cell.js",
    options=Opened,
    parts={"cell": Part(cell_view, options=Head, inputs=("picture",))},
    trace=TRACE,
    guests=GUESTS,
)
