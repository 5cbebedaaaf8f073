"""A supernet: all operations stand on every edge, and a cell is a path through weights that all cells share.

Guo et al., "Single Path One-Shot Neural Architecture Search with Uniform Sampling", 2020 (arXiv 1904.00420): one path
is trained at a time, so that no operation learns to lean on its neighbors. Chu et al., "FairNAS", 2021 (arXiv
1907.01845), algorithm 1: a step trains each operation of an edge exactly once, in paths drawn at random, and then takes
the step of all of them.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from playground.data import Data, Split, unit
from playground.labs.frontiers.search.candidate import descent
from playground.labs.frontiers.search.cells import EDGES, NONE, OPERATIONS, RESIDUAL, Cell, drawn, pruned
from playground.labs.frontiers.search.network import InSpace, Trunk, operation, summed
from playground.labs.frontiers.search.sheet import sheet, watched
from playground.layout import channels_last
from playground.media import Sheet
from playground.objective import Batch, Moment, Objective, Phase, Terms
from playground.randomness import seeded

EVALUATED = 8
"""How many random cells an evaluation looks at."""


class SharedBlock(nn.Module):
    """All operations on all edges; called with a cell, it is that cell's block."""

    def __init__(self, channels: int) -> None:
        """For maps of so many channels."""
        super().__init__()
        self.edges = nn.ModuleList(
            nn.ModuleDict(
                {name: operation(kind, channels, tracked=False) for kind, name in enumerate(OPERATIONS) if kind != NONE}
            )
            for _ in EDGES
        )

    def forward(self, x: Tensor, cell: Cell) -> Tensor:
        """(B, C, H, W) to the same shape."""
        return summed(cell, x, lambda edge, kind: self.edges[edge].get_submodule(OPERATIONS[kind]))


class Supernet(InSpace):
    """The networks of all cells in one.

    Every cell has statistics of its own, so that norms take those of the batch, also in evaluation: it must be large.
    """

    def __init__(self, *, channels: int, classes: int, width: int) -> None:
        """Images of `channels`; `width` channels in the first stage."""
        super().__init__()
        self.width = width
        self.trunk = Trunk(channels=channels, width=width, block=SharedBlock, tracked=False)
        self.head = nn.Linear(self.trunk.num_features, classes)
        for parameter in self.head.parameters():
            nn.init.zeros_(parameter)
        channels_last(self)

    def forward(self, images: Tensor, cell: Cell) -> Tensor:
        """Images (B, C, H, W), normalized as in training, to the logits (B, classes) of a cell."""
        return self.head(self.trunk(images, cell).mean(dim=(2, 3)))


def fair_paths(rng: Generator) -> list[Cell]:
    """As many random cells as there are operations, in which every edge has each of them once."""
    orders = [torch.randperm(len(OPERATIONS), generator=rng, device=rng.device).tolist() for _ in EDGES]
    return list(zip(*orders, strict=True))


def some_cells(count: int, seed: int) -> list[Cell]:
    """Random cells that have a way through them, always the same for a seed."""
    rng = seeded(Generator(), seed, "cells")
    cells: list[Cell] = []
    while len(cells) < count:
        cell = drawn(rng)
        if any(pruned(cell)):
            cells.append(cell)
    return cells


class SharedWeights(Objective):
    """Trains the weights that all cells share."""

    shown: Supernet
    fixed: Tensor
    answers: Tensor

    def __init__(self, *, network: Supernet, data: Data, learning_rate: float, seed: int) -> None:
        """The `seed` decides which cells evaluations look at."""
        super().__init__()
        self.shown, self.learning_rate = network, learning_rate
        self.cells = some_cells(EVALUATED, seed)
        images, labels = watched(data)
        self.register_buffer("fixed", images, persistent=False)
        self.register_buffer("answers", labels, persistent=False)

    def phases(self) -> list[Phase]:
        """One phase."""
        return [Phase("paths", [descent(self.shown, self.learning_rate)])]

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """The mean cross entropy and accuracy of fair paths, each on the whole batch."""
        images, labels = unit(batch["images"]), batch["labels"]
        logits = [self.shown(images, cell) for cell in fair_paths(moment.rng)]
        losses = torch.stack([F.cross_entropy(one, labels) for one in logits])
        right = torch.stack([(one.argmax(dim=1) == labels).float().mean() for one in logits])
        return {"loss": losses.mean(), "accuracy": right.mean()}

    def preview(self, rng: Generator) -> Sheet:
        """Some test pictures of each class; those that the residual cell does not recognize are dark."""
        right = self.shown(unit(self.fixed), RESIDUAL).argmax(dim=1) == self.answers
        return sheet(self.fixed, right)

    def evaluate(self, split: Split) -> dict[str, float]:
        """Means over some cells of the accuracy and the loss on all pictures at once."""
        images, labels = unit(split["images"]), split["labels"]
        logits = [self.shown(images, cell) for cell in self.cells]
        right = [float((one.argmax(dim=1) == labels).float().mean()) for one in logits]
        losses = [float(F.cross_entropy(one, labels)) for one in logits]
        return {"accuracy": sum(right) / len(right), "loss": sum(losses) / len(losses)}
