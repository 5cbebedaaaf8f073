"""The examples of one task after the other, each for its share of the budget; and of all at once.

A batch has one more column, `turn` (B,), int64: the task whose turn it is, 0 where there are no turns.
"""

from __future__ import annotations

import torch
from torch import Tensor

from playground.data import Split
from playground.objective import Batch, Moment
from playground.sampler import ShuffledEpochs


class TasksInTurn:
    """Shuffled epochs of each task, all for equal shares of the budget; a task without examples has no turn."""

    def __init__(self, split: Split, tasks: Tensor, *, batch_size: int, seed: int) -> None:
        """`tasks` (N,), int64, says which task each example of `split` belongs to."""
        self.turns = [
            (number, ShuffledEpochs(split.at((tasks == number).nonzero()[:, 0]), batch_size=batch_size, seed=seed))
            for number in tasks.unique().tolist()
        ]

    def __call__(self, moment: Moment) -> Batch:
        """Examples of the task that `moment.progress` falls into."""
        place = min(int(moment.progress * len(self.turns)), len(self.turns) - 1)
        number, epochs = self.turns[place]
        return _with_turn(epochs(moment), number)


class AllAtOnce:
    """Shuffled epochs of all tasks together: joint training."""

    def __init__(self, split: Split, *, batch_size: int, seed: int) -> None:
        """All of `split`."""
        self.epochs = ShuffledEpochs(split, batch_size=batch_size, seed=seed)

    def __call__(self, moment: Moment) -> Batch:
        """Examples of any task."""
        return _with_turn(self.epochs(moment), 0)


def _with_turn(batch: Batch, number: int) -> Batch:
    return {**batch, "turn": torch.full_like(batch["labels"], number)}
