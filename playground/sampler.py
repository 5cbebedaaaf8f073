"""Which examples a step looks at: a function of the moment, so that a resumed run needs no position in the data."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Generator, Tensor

from playground.data import Split
from playground.objective import Batch, Moment
from playground.randomness import seeded


class Sampler(Protocol):
    """Gives the batch of each step: shuffled epochs, or episodes, tasks in turn, balanced classes."""

    def __call__(self, moment: Moment) -> Batch:
        """The columns that the step at `moment` looks at, on the device of the data.

        A method that looks at two sets in a step, such as validation examples in a phase of its own, gives the columns
        of the second one a prefix.
        """
        ...


class ShuffledEpochs:
    """Walks through a split in random order, each example once an epoch; a last short batch is skipped."""

    def __init__(self, split: Split, *, batch_size: int, seed: int) -> None:
        """A batch is never larger than the split."""
        self.split, self.seed = split, seed
        self.size = min(batch_size, len(split))
        self.steps = len(split) // self.size  # of an epoch
        self.epoch, self.order = -1, torch.empty(0, dtype=torch.long)
        self.device = next(iter(split.columns.values())).device

    def indices(self, step: int) -> Tensor:
        """The rows (B,), int64, on the CPU, that step number `step` looks at, counted from 0."""
        epoch, position = divmod(step, self.steps)
        if epoch != self.epoch:
            self.epoch = epoch
            self.order = torch.randperm(len(self.split), generator=seeded(Generator(), self.seed, "epoch", epoch))
        return self.order[position * self.size : (position + 1) * self.size]

    def __call__(self, moment: Moment) -> Batch:
        """The batch of a step."""
        return self.split.batch(self.indices(moment.step).to(self.device))
