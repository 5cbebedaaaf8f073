"""The views of the vision lab: what a network attends to, what its output depends on, and what it knows at first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor

from playground.data import ImageSpec, unit
from playground.labs.vision import heads
from playground.labs.vision.attention import attention
from playground.labs.vision.cell import Head, cell_view
from playground.labs.vision.classifier import Classifier
from playground.labs.vision.embedding import EMBEDDING
from playground.labs.vision.experiment import EXPERIMENT
from playground.labs.vision.hub import PRETRAINED
from playground.labs.vision.merged import MERGING
from playground.labs.vision.mistakes import MISTAKES
from playground.labs.vision.saliency import saliency
from playground.labs.vision.vit import VisionTransformer
from playground.labs.vision.what_if import WHAT_IF
from playground.view import Answer, Options, Part, View, option


class Overlay(Options):
    """How a map is laid over the picture."""

    strength: float = option(
        0.8, "How strongly the map covers the picture.", label="Map over picture", ge=0, le=1, step=0.05
    )


class Query(Overlay):
    """The map, and the patch whose attention it shows; what is too large for a network is cut down as it is drawn."""

    network: str = option(
        "",
        "This run, or a network pretrained on many more pictures.",
        label="Network",
        names={"": "this run"} | {name: f"{chosen.title} (Hub)" for name, chosen in PRETRAINED.items()},
        control="name",
    )
    layer: int = option(99, "The block, counted from 0; the last one if there are fewer.", ge=0, le=99)
    head: int = option(-1, "The head, counted from 0; -1 is the mean over all heads.", ge=-1, le=99)
    query: int = option(-1, "The query patch, row by row from 0; -1 is the class token or all patches.", ge=-1, le=9999)


class Opened(Overlay, Head):
    """The head that is opened, and the patch that its query is of."""

    query: int = option(-1, "The query patch, row by row from 0; -1 is the one in the middle.", ge=-1, le=9999)
    scaled: bool = option(
        True,
        "Scaling: without it scores grow with the dimension, and the softmax gives nearly all weight to few keys.",
        label="Divide scores by √d",
    )


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


def attention_view(network: VisionTransformer, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """The attention of all layers and heads for one image; see `attention_answer`."""
    return attention_answer(network, unit(inputs["picture"][None]), spec.classes)


def attention_answer(network: VisionTransformer, images: Tensor, classes: Sequence[str]) -> Answer:
    """Attention maps as the page draws them.

    Args:
        network: In evaluation mode.
        images: (1, C, H, W), normalized as in training.
        classes: What the logits stand for; empty for a network without a head.

    Returns:
        The rows of all attention maps, uint8 (layers, heads, T, T), as 255ths of their largest values `largest`,
        float32 (layers, heads, T), and the `probabilities` of the classes.
    """
    logits, maps = attention(network, images)
    rows = maps[0]  # (layers, heads, T, T)
    largest = rows.amax(dim=-1).clamp(min=1e-12)
    return Answer(
        {
            "rows": (rows / largest[..., None] * 255).round().to(torch.uint8),
            "largest": largest,
            "probabilities": logits[0].softmax(dim=0) if classes else logits.new_zeros(0),
        },
        {
            "grid": network.grid,
            "size": network.image_size,
            "classes": list(classes),
            "class_token": network.class_token is not None,
        },
    )


def saliency_view(network: Classifier, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """The gradient of the class score at each pixel: `saliency` (H, W), and the `probabilities` of the classes."""
    images = unit(inputs["picture"][None])
    return Answer(
        {"saliency": saliency(network, images)[0], "probabilities": network(images)[0].softmax(dim=0)},
        {"grid": spec.size, "size": spec.size, "classes": list(spec.classes)},
    )


def trace_view(network: Classifier, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """The probabilities of the classes: `values` (K,)."""
    probabilities = network(unit(inputs["picture"][None]))[0].softmax(dim=0)
    return Answer({"values": probabilities}, {"names": list(spec.classes), "shares": True})


TRACE = Part(trace_view, inputs=("picture",))

ATTENTION = View(
    name="attention",
    title="Attention",
    question="What does this patch attend to?",
    about="Move over the picture: the patch under the pointer is the query, and each map shows to which patches a "
    "head attends more than uniform attention would. Press to hold a patch; choose a map to lay it over the "
    "picture.",
    needs=VisionTransformer,
    painter="vision/attention.js",
    options=Query,
    parts={"attention": Part(attention_view, inputs=("picture",))},
    trace=TRACE,
)

HEADS = View(
    name="heads",
    title="Heads",
    question="How far do heads look?",
    about="A dot is a head: the mean distance from the query patch to the patches that it attends to, over all queries "
    "of test pictures. Choose one to see where it looks from the query in the middle.",
    needs=VisionTransformer,
    painter="vision/heads.js",
    options=Measured,
    parts={"heads": heads.PART},
    trace=heads.TRACE,
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
)

VIEWS = (
    ATTENTION,
    HEADS,
    CELL,
    View(
        name="saliency",
        title="Saliency",
        question="Which pixels move the answer?",
        about="The gradient of the predicted class's score at each pixel: where it is large, a small change of the "
        "picture changes the answer most.",
        needs=Classifier,
        painter="vision/saliency.js",
        options=Overlay,
        parts={"saliency": Part(saliency_view, inputs=("picture",))},
        trace=TRACE,
    ),
    WHAT_IF,
    EMBEDDING,
    MERGING,
    MISTAKES,
    EXPERIMENT,
)
