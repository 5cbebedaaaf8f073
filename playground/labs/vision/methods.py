"""The methods that map why a classifier answers as it does, and which of them fit a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from playground.labs.vision.attention import output_rollout
from playground.labs.vision.attribution import integrated_gradients, occlusion
from playground.labs.vision.classifier import Classifier
from playground.labs.vision.effort import Effort, effort
from playground.labs.vision.relevance import Backward, added_up, backward
from playground.labs.vision.saliency import strongest
from playground.labs.vision.vit import VisionTransformer


@dataclass(frozen=True)
class Case:
    """Images whose classes are to be explained, and what several methods need of them, which is computed once.

    Attributes:
        network: In evaluation mode.
        images: (B, C, H, W), normalized as in training.
        choose: The logits (B, classes) to the class that is explained of each image, (B,).
    """

    network: Any
    images: Tensor
    choose: Callable[[Tensor], Tensor]

    @cached_property
    def passes(self) -> Backward:
        """One pass forward, and one back from the classes."""
        return backward(self.network, self.images, self.choose)

    @property
    def labels(self) -> Tensor:
        """(B,), the classes."""
        return self.passes.labels

    @cached_property
    def effort(self) -> Effort:
        """How much is computed for one of the images."""
        return effort(self.network, self.images.shape[-1])


@dataclass(frozen=True)
class Method:
    """One way to map what a classifier's answer depends on.

    Attributes:
        name: In addresses and answers.
        title: What people call it.
        signed: Whether what speaks against the class is below 0; else the map has no sign.
        needs: The class of networks that it fits.
        of: The maps (B, rows, columns) of a case.
    """

    name: str
    title: str
    signed: bool
    needs: type[nn.Module]
    of: Callable[[Case], Tensor]

    def map(self, network: Classifier, images: Tensor, labels: Tensor) -> Tensor:
        """The maps (B, rows, columns) of images (B, C, H, W), normalized as in training, for their classes (B,)."""
        return self.of(Case(network, images, lambda _: labels))


def gradient(case: Case) -> Tensor:
    """The `saliency` of the classes."""
    return strongest(case.passes.pixels)


def integrated(case: Case) -> Tensor:
    """`integrated_gradients`, in as many steps as the images afford."""
    return integrated_gradients(case.network, case.images, case.labels, steps=case.effort.gradients)


def occluded(case: Case) -> Tensor:
    """`occlusion` by squares as large as the images afford."""
    side, stride = case.effort.side, case.effort.stride
    return occlusion(case.network, case.images, case.labels, side=side, stride=stride)


def rolled_out(case: Case) -> Tensor:
    """`attention_rollout`, which is the same for all classes."""
    return output_rollout(case.network, torch.stack(case.passes.maps, dim=1))


def relevant(case: Case) -> Tensor:
    """`relevance` of the classes."""
    return added_up(case.network, case.passes)


METHODS = (
    Method("gradient", "Gradient", False, Classifier, gradient),
    Method("integrated", "Integrated gradients", True, Classifier, integrated),
    Method("occlusion", "Occlusion", True, Classifier, occluded),
    Method("rollout", "Attention rollout", False, VisionTransformer, rolled_out),
    Method("relevance", "Relevance", False, VisionTransformer, relevant),
)


def fitting(network: Classifier) -> list[Method]:
    """The methods that fit a network."""
    return [method for method in METHODS if isinstance(network, method.needs)]
