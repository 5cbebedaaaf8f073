"""What is minimised: the modules of one method, who of them is optimised when, and how the result is judged."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Generator, Tensor, nn
from torch.optim import Optimizer

Batch = dict[str, Tensor]
"""What one step looks at; every tensor has the batch as its first dimension."""


@dataclass(frozen=True)
class Phase:
    """One optimisation inside a step: a classifier has one, a GAN has two.

    Attributes:
        name: What `Objective.loss` is told.
        optimizers: Those that step after this phase's backward pass; together they hold the phase's parameters.
        every: The phase takes part in one step of `every`.
    """

    name: str
    optimizers: Sequence[Optimizer]
    every: int = 1


class Objective(nn.Module):
    """Holds the modules that a method trains and knows nothing of loops, files or pages.

    Subclasses set `shown`, the module that the views look at (an average of the weights where the method keeps one),
    and give `phases`, `loss`, `preview` and `evaluate`.
    """

    shown: nn.Module
    preview_columns: int = 8
    glance: int = 1000
    """How many test pictures the evaluations during a run look at, the first ones."""
    final: int | None = None
    """How many the last evaluation looks at: all, unless that would take longer than a person waits."""

    def phases(self) -> list[Phase]:
        """The phases of one step, in their order; called once, after the modules are on their device."""
        raise TypeError(f"{type(self).__name__} has no phases")

    def loss(self, phase: str, batch: Batch, rng: Generator) -> dict[str, Tensor]:
        """The named scalar terms of one phase, `"loss"` among them; all randomness comes from `rng`."""
        raise TypeError(f"{type(self).__name__} has no loss")

    def forward(self, phase: str, batch: Batch, rng: Generator) -> dict[str, Tensor]:
        """Calls `loss`, so that wrappers of modules (autocast, data parallelism) work."""
        return self.loss(phase, batch, rng)

    def schedule(self, progress: float) -> float:
        """What learning rates are multiplied by at `progress` in [0, 1]: one cycle, up in a fifth, down as a cosine."""
        warmup = 0.2
        if progress < warmup:
            return 0.05 + 0.95 * progress / warmup
        return 0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup)))

    def snapshot(self) -> Mapping[str, Tensor]:
        """The weights that a film frame holds: those of `shown`, and what else a fork or a view needs."""
        return self.shown.state_dict()

    def restore(self, weights: Mapping[str, Tensor]) -> None:
        """Takes on the weights of a snapshot; objectives that average their weights set both copies."""
        self.shown.load_state_dict(weights)

    def after_step(self, step: int) -> None:
        """Runs after all phases of a step: averages of weights, queues, clipping."""

    def preview(self, rng: Generator) -> Tensor:
        """Pictures (N, C, H, W), uint8, that show where the training is.

        `rng` starts from the same state at every call, so that all previews of a run can be compared.
        """
        raise TypeError(f"{type(self).__name__} has no preview")

    def evaluate(self, split: Any) -> dict[str, float]:
        """Numbers about the module `shown` on all pictures of `split`; no gradient, no randomness."""
        raise TypeError(f"{type(self).__name__} cannot be evaluated")
