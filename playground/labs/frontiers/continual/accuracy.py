"""How well a network answers each of its tasks."""

from __future__ import annotations

import torch
from torch import Tensor

from playground.data import unit
from playground.labs.frontiers.continual.network import TaskClassifier

BATCH = 500


def answered(network: TaskClassifier, images: Tensor, labels: Tensor) -> Tensor:
    """What class each of images (N, C, H, W), uint8, is taken for, (N,), the tasks being those of `labels` (N,)."""
    pairs = zip(images.split(BATCH), network.tasks_of(labels).split(BATCH), strict=True)
    return torch.cat([network.taken(unit(some), tasks) for some, tasks in pairs])


def accuracies(network: TaskClassifier, taken: Tensor, labels: Tensor) -> Tensor:
    """The accuracy on each task (T,) of answers `taken` (N,); not a number where there are no pictures of it."""
    tasks, right = network.tasks_of(labels), (taken == labels).float()
    return torch.stack([right[tasks == task].mean() for task in range(network.tasks)])
