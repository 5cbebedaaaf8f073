"""The views of the vision lab; here stands that of attention, the others stand where their answers do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from playground.data import ImageSpec, unit
from playground.labs.frontiers.efficiency.lottery import LOTTERY
from playground.labs.frontiers.efficiency.smaller import COMPRESSION
from playground.labs.vision.attention import attention
from playground.labs.vision.cell import CELL
from playground.labs.vision.embedding import EMBEDDING
from playground.labs.vision.experiment import EXPERIMENT
from playground.labs.vision.heads import HEADS
from playground.labs.vision.hub import GUESTS
from playground.labs.vision.merged import MERGING
from playground.labs.vision.mistakes import MISTAKES
from playground.labs.vision.overlay import TRACE, Overlay
from playground.labs.vision.timeline import TIMELINE
from playground.labs.vision.vit import VisionTransformer
from playground.labs.vision.what_if import WHAT_IF
from playground.labs.vision.why import RELEVANCE
from playground.view import Answer, Options, Part, View, option


class Query(Overlay):
    """The map, and the patch whose attention it shows; what is too large for a network is cut down as it is drawn."""

    layer: int = option(99, "The block, counted from 0; the last one if there are fewer.", ge=0, le=99)
    head: int = option(-1, "The head, counted from 0; -1 is the mean over all heads.", ge=-1, le=99)
    query: int = option(-1, "The query patch, row by row from 0; -1 is the class token or all patches.", ge=-1, le=9999)


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
    guests=GUESTS,
)

VIEWS = (
    ATTENTION,
    CELL,
    HEADS,
    RELEVANCE,
    WHAT_IF,
    EMBEDDING,
    MERGING,
    COMPRESSION,
    LOTTERY,
    MISTAKES,
    TIMELINE,
    EXPERIMENT,
)
