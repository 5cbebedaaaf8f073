"""Exponential moving averages of weights: of what an objective shows, and of momentum encoders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy

import torch
from torch import Tensor, nn

from playground.objective import Moment, Objective


class AveragedObjective(Objective):
    """Trains `network`, and shows, saves and evaluates `shown`, the moving average of its weights.

    Where a method trains against its average (momentum encoders, teachers), it calls `shown` in its loss.
    """

    network: nn.Module

    def __init__(self, *, network: nn.Module, ema: float, shared: Iterable[str] = ()) -> None:
        """Takes a fresh network.

        Args:
            network: What the optimizers step.
            ema: The decay of the average, in [0, 1).
            shared: Submodules that are shown as they are trained, such as discriminators.
        """
        super().__init__()
        self.network, self.ema = network, ema
        self.shown = deepcopy(network).requires_grad_(False)
        for name in shared:
            self.shown.set_submodule(name, network.get_submodule(name))

    def decay(self, moment: Moment) -> float:
        """How much of the average stays in a step: `ema`, and less in a young run, which forgets its beginning.

        The schedule of TensorFlow's `ExponentialMovingAverage`; momentum encoders have others.
        """
        return min(self.ema, (1 + moment.step) / (10 + moment.step))

    def after_step(self, moment: Moment) -> None:
        """Moves the average."""
        follow(self.shown, self.network, decay=self.decay(moment))

    def restore(self, weights: Mapping[str, Tensor]) -> None:
        """Takes on a snapshot's weights, for the trained network and for the average."""
        self.shown.load_state_dict(weights)
        self.network.load_state_dict(weights)


@torch.no_grad()
def follow(average: nn.Module, trained: nn.Module, *, decay: float) -> None:
    """Moves the weights of `average` towards those of `trained` once; buffers, such as running statistics, are copied.

    Args:
        average: A copy of `trained`; weights that both share stay.
        trained: The network that the optimizer steps.
        decay: How much of the average stays, in [0, 1).
    """
    pairs = zip(average.parameters(), trained.parameters(), strict=True)
    moving = [pair for pair in pairs if pair[0] is not pair[1]]
    if moving:
        means, values = zip(*moving, strict=True)
        torch._foreach_lerp_(means, values, 1 - decay)
    for averaged, current in zip(average.buffers(), trained.buffers(), strict=True):
        averaged.copy_(current)
