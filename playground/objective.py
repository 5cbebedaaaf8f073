"""What is minimized: the modules of one method, which of them is optimized when, and how the result is evaluated."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.optim import Optimizer

from playground.media import Media

Batch = Mapping[str, Tensor]
"""The columns of the examples that one step looks at."""
Terms = Mapping[str, Tensor]
"""What a phase reports, `"loss"` among it: each a scalar, or a short vector such as one number an expert or a task.

The loss is what is minimized, unless there is an `"objective"`: then that is, and the loss is a number that runs can be
compared by, such as a bound whose parts the objective weights.

A part of a vector that is not a number says nothing in this step, as of a client that took no part."""


def minimized(terms: Terms) -> Tensor:
    """The term whose gradient is followed."""
    return terms.get("objective", terms["loss"])


@dataclass(frozen=True)
class Moment:
    """When something happens in a training.

    Attributes:
        step: Steps done before this one; a branch counts on from its parent's.
        progress: The spent part of the budget, in [0, 1].
        rng: All randomness of this step, on the objective's device; it depends on seed and step alone.
    """

    step: int
    progress: float
    rng: Generator


@dataclass(frozen=True)
class Phase:
    """One optimization inside a step: a classifier has one, a GAN has two.

    Attributes:
        name: What `Objective.loss` is called with.
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
    quick_examples: int = 1000
    """How many test examples the evaluations during a run use, the first ones."""
    final: int | None = None
    """How many the last evaluation uses: all, unless that would take longer than a person waits."""
    precision: torch.dtype = torch.float32
    """What `autocast` multiplies matrices in; the trainer sets it as the recipe says."""

    def phases(self) -> list[Phase]:
        """The phases of one step, in their order.

        Called once the modules are on their device, and again after a `mark` that changed the `shape`: the optimizers
        then begin anew.
        """
        raise TypeError(f"{type(self).__name__} has no phases")

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """The terms of one phase; all randomness that is not a layer's own comes from `moment.rng`."""
        raise TypeError(f"{type(self).__name__} has no loss")

    def update(self, phase: Phase, batch: Batch, moment: Moment) -> Terms:
        """One optimization step of a phase; a method with an inner loop or with clients overrides it.

        Its forward passes belong into `autocast`, its backward passes do not.
        """
        for optimizer in phase.optimizers:
            optimizer.zero_grad(set_to_none=True)
        with self.autocast():
            terms = self.loss(phase.name, batch, moment)
        minimized(terms).backward()
        for optimizer in phase.optimizers:
            optimizer.step()
        return terms

    def autocast(self) -> torch.autocast:
        """A context for forward passes, in which matrices are multiplied in `precision`."""
        device = next(self.parameters()).device.type
        return torch.autocast(device, self.precision, enabled=self.precision is not torch.float32)

    def schedule(self, phase: str, progress: float) -> float:
        """What a phase's learning rates are multiplied by at `progress` in [0, 1]: up in a fifth, down as a cosine."""
        warmup = 0.2
        if progress < warmup:
            return 0.05 + 0.95 * progress / warmup
        return 0.5 * (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup)))

    def after_step(self, moment: Moment) -> None:
        """Runs after all phases of a step: averages of weights, queues, clipping."""

    def mark(self, moment: Moment) -> str:
        """A few words on what just happened if it deserves a frame of its own: a task ends, the network grows.

        It is asked after the step at `moment`, whose frame is that of step `moment.step + 1`.
        """
        return ""

    def shape(self) -> dict[str, Any]:
        """The arguments beyond the recipe's knobs that rebuild `shown` as it is now, for `Recipe.network`."""
        return {}

    def reshape(self, shape: Mapping[str, Any]) -> None:
        """Takes on the `shape` of a snapshot or a saved state, whose weights follow; what never grows ignores it."""

    def snapshot(self) -> Mapping[str, Tensor]:
        """The weights that a frame holds: those of a module that `Recipe.network` builds, of `shape`.

        A branch begins with them and with fresh optimizers. So what a method must not lose, such as a teacher, a
        predictor or a queue, is part of that module, as the discriminator is of a GAN.
        """
        return self.shown.state_dict()

    def restore(self, weights: Mapping[str, Tensor]) -> None:
        """Takes on the weights of a snapshot; objectives that average their weights set both copies."""
        self.shown.load_state_dict(weights)

    def preview(self, rng: Generator) -> Media:
        """Shows where the training is, always from the same inputs or noise.

        `rng` starts from the same state at every call, so that all previews of a run can be compared.
        """
        raise TypeError(f"{type(self).__name__} has no preview")

    def evaluate(self, split: Any) -> dict[str, float]:
        """Numbers about the module `shown` on all examples of a `Split`; no gradient, no randomness."""
        raise TypeError(f"{type(self).__name__} cannot be evaluated")

    def examine(self, data: Any) -> dict[str, float]:
        """Further numbers about `shown` that take too long for a training; a finished run is examined once."""
        return {}
