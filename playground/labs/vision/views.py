"""The views of the vision lab: what a network attends to, and which pixels its output depends on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from playground.data import ImageSpec, unit
from playground.labs.vision.attention import attention
from playground.labs.vision.classifier import Classifier
from playground.labs.vision.saliency import saliency
from playground.labs.vision.vit import VisionTransformer
from playground.view import Answer, Options, View


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
        {"grid": network.grid, "size": network.image_size, "classes": list(classes)},
    )


def saliency_view(network: Classifier, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """The gradient of the class score at each pixel: `saliency` (H, W), and the `probabilities` of the classes."""
    images = unit(inputs["picture"][None])
    return Answer(
        {"saliency": saliency(network, images)[0], "probabilities": network(images)[0].softmax(dim=0)},
        {"grid": spec.size, "size": spec.size, "classes": list(spec.classes)},
    )


VIEWS = (
    View(
        name="attention",
        question="What does this patch attend to?",
        needs=VisionTransformer,
        inputs=("picture",),
        answer=attention_view,
    ),
    View(
        name="saliency",
        question="Which pixels move the answer?",
        needs=Classifier,
        inputs=("picture",),
        answer=saliency_view,
    ),
)
