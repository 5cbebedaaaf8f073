"""How far each head of a transformer looks, and how evenly: averages over a batch of pictures.

The mean attention distance is that of Dosovitskiy et al., "An Image is Worth 16x16 Words", 2020 (arXiv 2010.11929),
appendix D.7; Raghu et al., "Do Vision Transformers See Like Convolutional Neural Networks?", 2021 (arXiv 2108.08810),
section 4, compare it between the heads of a block. A class token has no place, so attention is taken among the patches:
it is divided by what it sums to over them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from playground.data import ImageSpec, unit
from playground.labs.vision.attention import recorded, weights
from playground.labs.vision.hub import GUESTS
from playground.labs.vision.vit import Attention, VisionTransformer
from playground.view import Answer, Options, Part, View, option

PICTURES = 64
"""Over how many test pictures is averaged, at most."""
MOST, AT_ONCE = 5 * 10**7, 10**7
"""Attention weights that are averaged over, and at once: with very small patches there are fewer pictures."""


class Measures(NamedTuple):
    """What is measured of each head: means over pictures, and over all patches as the query.

    Attributes:
        distance: (..., heads), from the query to the patches weighted by attention, in patches.
        entropy: (..., heads), of the attention over the patches, in nats.
        class_token: (..., heads), the share of the attention that goes to the class token; 0 where there is none.
        maps: (..., heads, 2 grid - 1, 2 grid - 1), the attention by the offset of the patch from the query, in its
            middle 0; 1 is uniform.
    """

    distance: Tensor
    entropy: Tensor
    class_token: Tensor
    maps: Tensor


def offsets(grid: int) -> Tensor:
    """How far each patch lies below and to the right of each query, (P, P, 2), in patches; P = grid * grid."""
    places = torch.cartesian_prod(torch.arange(grid), torch.arange(grid))  # (P, 2)
    return places[None] - places[:, None]


def distances(grid: int) -> Tensor:
    """How far the centers of patches lie apart, (P, P), in patches; uniform attention has their mean."""
    return offsets(grid).double().norm(dim=-1)


def by_offset(maps: Tensor, grid: int) -> Tensor:
    """Attention maps (..., P, P) as means over all pairs of query and patch of the same offset, in multiples of 1 / P.

    Returns:
        (..., 2 grid - 1, 2 grid - 1).
    """
    side = 2 * grid - 1
    down, right = (offsets(grid) + grid - 1).unbind(dim=-1)
    cells = (down * side + right).flatten()  # (P * P,)
    pairs = torch.bincount(cells, minlength=side**2)
    sums = maps.new_zeros(*maps.shape[:-2], side**2).index_add_(-1, cells, maps.flatten(-2))
    return (sums / pairs * grid**2).unflatten(-1, (side, side))


def measures(attention: Tensor, grid: int, *, registers: int = 0) -> Measures:
    """The measures of maps (B, heads, T, T) whose rows sum to 1.

    The last grid * grid tokens are the patches, and of those before them all but the `registers` are a class token,
    which comes first.
    """
    patches = attention[..., -(grid**2) :, -(grid**2) :]  # (B, heads, P, P)
    among = patches.sum(dim=-1)  # (B, heads, P)
    shares = patches / among[..., None].clamp(min=1e-12)
    mean = shares.mean(dim=0)  # (heads, P, P)
    has_class_token = attention.shape[-1] > grid**2 + registers
    to_class_token = attention[..., -(grid**2) :, 0].mean(dim=(0, 2))  # (heads,)
    return Measures(
        distance=(mean * distances(grid).to(mean)).sum(dim=-1).mean(dim=-1),
        entropy=torch.special.entr(shares).sum(dim=-1).mean(dim=(0, 2)),
        class_token=to_class_token if has_class_token else torch.zeros_like(to_class_token),
        maps=by_offset(mean, grid),
    )


def pictures(network: VisionTransformer) -> int:
    """Over how many pictures is averaged, where there are so many."""
    return max(1, min(PICTURES, MOST // _each(network)))


def _each(network: VisionTransformer) -> int:
    """How many attention weights a network has for one picture."""
    heads = sum(module.heads for module in network.modules() if isinstance(module, Attention))
    return heads * (network.prefix + network.grid**2) ** 2


def measured(network: VisionTransformer, images: Tensor) -> Measures:
    """The measures of all blocks, (layers, heads) and so on, over images (N, C, H, W), normalized as in training."""
    totals: list[Tensor] = []
    for chunk in images.split(max(1, AT_ONCE // _each(network))):
        blocks = zip(*_of_blocks(network, chunk), strict=True)
        sums = [torch.stack(values) * (len(chunk) / len(images)) for values in blocks]
        totals = [total + more for total, more in zip(totals, sums, strict=True)] if totals else sums
    return Measures(*totals)


def _of_blocks(network: VisionTransformer, images: Tensor) -> list[Measures]:
    blocks: list[Measures] = []
    registers = network.prefix - (network.class_token is not None)

    def record(q: Tensor, k: Tensor, _: Tensor) -> None:
        blocks.append(measures(weights(q, k), network.grid, registers=registers))

    recorded(network, images, record)
    return blocks


def prepared(network: VisionTransformer, spec: ImageSpec, inputs: Mapping[str, Any]) -> Measures:
    """The measures over test pictures."""
    return measured(network, unit(inputs["images"][: pictures(network)]))


def heads_view(network: VisionTransformer, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """The measures of all heads: see `Measures`.

    The `distance` is in pixels; `uniform` is what uniform attention has, and its entropy is the log of the patches.
    """
    each: Measures = inputs["prepared"]
    patch = network.image_size / network.grid
    return Answer(
        {**each._asdict(), "distance": each.distance * patch},
        {
            "grid": network.grid,
            "size": network.image_size,
            "pictures": min(pictures(network), len(inputs["images"])),
            "uniform": float(distances(network.grid).mean()) * patch,
            "has_class_token": network.class_token is not None,
        },
    )


def reach_view(network: VisionTransformer, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """The distances of the heads that look nearest and farthest, in pixels: `values` (2,)."""
    each: Measures = inputs["prepared"]
    values = torch.stack(each.distance.aminmax()) * network.image_size / network.grid
    return Answer({"values": values}, {"names": ["Nearest head (px)", "Farthest head (px)"], "shares": False})


class Measured(Options):
    """What is plotted of the heads, and which of them is chosen."""

    measure: Literal["distance", "entropy"] = option(
        "distance",
        "The mean attention distance, or the entropy of the attention over the patches.",
        label="Measure",
        names={"distance": "distance (pixels)", "entropy": "entropy (nats)"},
    )
    plot: Literal["now", "training"] = option(
        "now",
        "The heads at this snapshot, or at all snapshots.",
        label="Plot",
        names={"now": "this snapshot", "training": "through training"},
    )
    layer: int = option(99, "The block, counted from 0; the last one if there are fewer.", ge=0, le=99)
    head: int = option(0, "The head, counted from 0; -1 is the mean over all heads.", ge=-1, le=99)


HEADS = View(
    name="heads",
    title="Heads",
    question="How far do heads look?",
    about="A dot is a head: the mean distance from the query patch to the patches that it attends to, over all queries "
    "of test pictures. Choose one to see where it looks from the query in the middle.",
    needs=VisionTransformer,
    painter="vision/heads.js",
    options=Measured,
    parts={"heads": Part(heads_view, inputs=("images",), tests=PICTURES, prepare=prepared)},
    trace=Part(reach_view, inputs=("images",), tests=PICTURES, prepare=prepared),
    guests=GUESTS,
)
