"""The methods that map why a classifier answers as it does, and which of them fit a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from playground.labs.vision.attention import attention_rollout
from playground.labs.vision.attribution import integrated_gradients, occlusion
from playground.labs.vision.classifier import Classifier
from playground.labs.vision.relevance import relevance
from playground.labs.vision.saliency import saliency
from playground.labs.vision.vit import VisionTransformer

CELLS = 8
"""About how many cells a picture has in a row, where its network does not cut it into patches."""
SLIDES = 32
"""Pictures up to this side are covered by squares that overlap by half; on larger ones the squares tile them."""


@dataclass(frozen=True)
class Method:
    """One way to map what a classifier's answer depends on.

    Attributes:
        name: In addresses and answers.
        title: What people call it.
        signed: Whether what speaks against the class is below 0; else the map has no sign.
        needs: The class of networks that it fits.
        map: The network, images (B, C, H, W), normalized as in training, and labels (B,) to maps (B, rows, columns).
    """

    name: str
    title: str
    signed: bool
    needs: type[nn.Module]
    map: Callable[[Any, Tensor, Tensor], Tensor]


def cell(network: Classifier, size: int) -> int:
    """The side of the cells that a picture is cut into: the network's patches, or about an eighth of the picture.

    Args:
        network: The classifier.
        size: The picture's side, in pixels.

    Returns:
        A divisor of `size`.
    """
    if isinstance(network, VisionTransformer):
        return network.patch_size
    return min((side for side in range(1, size + 1) if size % side == 0), key=lambda side: abs(side - size / CELLS))


def occluded(network: Classifier, images: Tensor, labels: Tensor) -> Tensor:
    """`occlusion` by squares of one `cell`."""
    size = images.shape[-1]
    side = cell(network, size)
    stride = max(1, side // 2) if size <= SLIDES else side
    return occlusion(network, images, labels, side=side, stride=stride)


def rolled_out(network: VisionTransformer, images: Tensor, labels: Tensor) -> Tensor:
    """`attention_rollout`, which is the same for all classes."""
    return attention_rollout(network, images)


METHODS = (
    Method("gradient", "Gradient", False, Classifier, saliency),
    Method("integrated", "Integrated gradients", True, Classifier, integrated_gradients),
    Method("occlusion", "Occlusion", True, Classifier, occluded),
    Method("rollout", "Attention rollout", False, VisionTransformer, rolled_out),
    Method("relevance", "Relevance", False, VisionTransformer, relevance),
)


def fitting(network: Classifier) -> list[Method]:
    """The methods that fit a network."""
    return [method for method in METHODS if isinstance(network, method.needs)]
