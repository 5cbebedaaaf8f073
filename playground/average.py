"""The exponential moving average of a network's weights."""

from __future__ import annotations

import torch
from torch import nn


@torch.no_grad()
def follow(average: nn.Module, trained: nn.Module, *, decay: float, step: int) -> None:
    """Moves the weights of `average` towards those of `trained` once, after a step.

    The decay is at most (1 + step) / (10 + step), so that a young average forgets where it started (the schedule of
    TensorFlow's `ExponentialMovingAverage`). Buffers, such as the statistics of batch normalization, are copied.

    Args:
        average: A copy of `trained` with weights of its own.
        trained: The network that the optimizer steps.
        decay: How much of the average stays at each step, in [0, 1).
        step: Steps done before this one.
    """
    weight = 1 - min(decay, (1 + step) / (10 + step))
    torch._foreach_lerp_(list(average.parameters()), list(trained.parameters()), weight)
    for averaged, current in zip(average.buffers(), trained.buffers(), strict=True):
        averaged.copy_(current)
