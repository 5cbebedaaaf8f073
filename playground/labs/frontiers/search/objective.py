"""A search as a training: a step is a candidate, and what is kept is the best network and all that was tried."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Generator, Tensor

from playground.data import Data, Split, unit
from playground.labs.frontiers.search.candidate import Budget
from playground.labs.frontiers.search.cells import RESIDUAL, Cell, notation, parsed
from playground.labs.frontiers.search.latency import latency, table
from playground.labs.frontiers.search.network import Searched
from playground.labs.frontiers.search.sheet import sheet, watched
from playground.labs.frontiers.search.strategies import Strategy
from playground.media import Sheet
from playground.metrics.classified import classification
from playground.objective import Batch, Moment, Objective, Phase, Terms


class Search(Objective):
    """Tries one cell a step, as its strategy says, and keeps the network of the best one."""

    shown: Searched
    fixed: Tensor
    answers: Tensor

    def __init__(
        self, *, network: Searched, data: Data, budget: Budget, strategy: Strategy, latency_weight: float
    ) -> None:
        """Takes a fresh network.

        Args:
            network: Nothing has been tried in it yet.
            data: Its spec, and pictures for the preview.
            budget: What each candidate is given.
            strategy: Chooses the candidates.
            latency_weight: See `reward`.
        """
        super().__init__()
        self.shown, self.spec, self.budget, self.strategy = network.requires_grad_(False), data.spec, budget, strategy
        self.latency_weight = latency_weight
        images, labels = watched(data)
        self.register_buffer("fixed", images, persistent=False)
        self.register_buffer("answers", labels, persistent=False)

    def phases(self) -> list[Phase]:
        """One phase; every candidate has an optimizer of its own, and the best network is trained no further."""
        return [Phase("candidate", [])]

    def reward(self, cell: Cell, accuracy: float) -> float:
        """How good a cell is: acc (t / t_residual)^-w, of its latency t and the weight w; its accuracy where w is 0.

        Tan et al., "MnasNet", 2019 (arXiv 1807.11626), equation 2, with the residual cell's latency as the target.
        """
        if not self.latency_weight:
            return accuracy
        reference = latency(RESIDUAL, self.shown.latency)
        return accuracy * (max(latency(cell, self.shown.latency), 1e-3) / reference) ** -self.latency_weight

    def update(self, phase: Phase, batch: Batch, moment: Moment) -> Terms:
        """Trains and evaluates a candidate: "candidate" is its accuracy, "best" and "loss" are of the best one."""
        shown = self.shown
        if self.latency_weight and not bool(shown.latency.any()):
            shown.latency = table(self.budget.width, self.spec.size).flatten().to(shown.latency)
        known = list(zip(shown.tried, shown.accuracy.tolist(), strict=True))
        rewards = torch.tensor([self.reward(cell, accuracy) for cell, accuracy in known])
        cell, parent = self.strategy(shown.tried, rewards, moment.rng)
        network, found = self.budget.trained(cell, self.spec, batch)
        kept = shown.kept
        shown.add(cell, parent=parent, accuracy=found["accuracy"], loss=found["loss"])
        if kept is None or self.reward(cell, found["accuracy"]) > float(rewards[kept]):
            self.reshape({"cell": notation(cell), "tried": len(shown.cells)})
            self.shown.load_state_dict({**network.state_dict(), **shown.history()})
            kept = len(known)
        best, loss = self.shown.accuracy[kept], self.shown.losses[kept]
        return {"loss": loss, "best": best, "candidate": self.shown.accuracy[-1]}

    def mark(self, moment: Moment) -> str:
        """A better cell deserves a frame, from the second one on."""
        count = len(self.shown.cells)
        return "a better cell" if count > 1 and self.shown.kept == count - 1 else ""

    def shape(self) -> dict[str, Any]:
        """The best cell, and how many were tried."""
        return {"cell": notation(self.shown.cell), "tried": len(self.shown.cells)}

    def reshape(self, shape: Mapping[str, Any]) -> None:
        """Makes room for as many cells, and for the network of the best one."""
        if not shape:
            return
        old = self.shown
        skeleton = {"channels": self.spec.channels, "classes": len(self.spec.classes), "width": self.budget.width}
        new = Searched(cell=parsed(shape["cell"]), tried=shape["tried"], **skeleton)
        self.shown = new.to(old.latency.device).requires_grad_(False).train(old.training)

    def preview(self, rng: Generator) -> Sheet:
        """Some test pictures of each class; those that the best network does not recognize are dark."""
        right = self.shown(unit(self.fixed)).argmax(dim=1) == self.answers
        return sheet(self.fixed, right)

    def evaluate(self, split: Split) -> dict[str, float]:
        """Accuracy and loss of the best network."""
        return classification(self.shown, split)
