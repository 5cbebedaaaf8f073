"""A candidate of a search: a cell that is trained for a short while, always on the same pictures, and evaluated.

How good a cell is, is then a function of the cell and the seed alone: whoever trains it, a search, a visitor who has
drawn it or a benchmark, finds the same number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, nn
from torch.nn import functional as F
from torch.optim import SGD
from torch.optim.lr_scheduler import OneCycleLR

from playground.data import ImageSpec, Split, unit
from playground.labs.frontiers.search.cells import Cell, canonical, index
from playground.labs.frontiers.search.network import CellNetwork
from playground.metrics.classified import classification
from playground.objective import Batch, Moment
from playground.randomness import ambient, mixed, seeded
from playground.sampler import ShuffledEpochs

HELD_OUT = 6
"""One of so many training pictures is kept to choose between candidates; the test set stays out of the search."""
HELD = "held_"
"""Begins the names of their columns."""
COLUMNS = ("images", "labels")
MOMENTUM, WEIGHT_DECAY, WARMUP = 0.9, 5e-4, 0.2


class CandidateSampler:
    """Gives every step the same pictures: those of all batches that a candidate is trained on, and those held out."""

    def __init__(self, split: Split, *, batches: int, batch_size: int, seed: int) -> None:
        """The seed decides which are held out, and the order of the others."""
        held, rest = parted(split, seed)
        epochs = ShuffledEpochs(rest, batch_size=batch_size, seed=seed)
        taken = rest.at(torch.cat([epochs.indices(step) for step in range(batches)]))
        self.batch = {name: taken[name] for name in COLUMNS} | {HELD + name: held[name] for name in COLUMNS}

    def __call__(self, moment: Moment) -> Batch:
        """`images` and `labels` of all batches, one after the other; `held_images` and `held_labels`."""
        return self.batch


def parted(split: Split, seed: int) -> tuple[Split, Split]:
    """The pictures that are held out, and the others."""
    order = torch.randperm(len(split), generator=seeded(Generator(), seed, "held out"))
    count = -(-len(split) // HELD_OUT)
    return split.at(order[:count]), split.at(order[count:])


def descent(network: nn.Module, learning_rate: float) -> SGD:
    """Gradient descent with Nesterov's momentum, as the benchmark trains its cells."""
    return SGD(network.parameters(), lr=learning_rate, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY, nesterov=True)


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What a candidate is given.

    Attributes:
        batches: Steps of gradient descent.
        width: Channels of the network's first stage.
        learning_rate: The highest one.
        seed: Of the first weights.
    """

    batches: int
    width: int
    learning_rate: float
    seed: int

    def network(self, cell: Cell, spec: ImageSpec, device: torch.device) -> CellNetwork:
        """The untrained network of a cell; cells that are the same network begin with the same weights."""
        named = canonical(cell)
        with ambient(mixed(self.seed, "cell", index(named)), torch.device("cpu")):
            shape: dict[str, Any] = {"channels": spec.channels, "classes": len(spec.classes), "width": self.width}
            return CellNetwork(cell=named, **shape).to(device)

    def trained(self, cell: Cell, spec: ImageSpec, batch: Batch) -> tuple[CellNetwork, dict[str, float]]:
        """The network of a cell after its training, and what `classification` says of it on the pictures held out."""
        network = self.network(cell, spec, batch["images"].device).train()
        optimizer = descent(network, self.learning_rate)
        schedule = OneCycleLR(
            optimizer,
            self.learning_rate,
            total_steps=self.batches + 1,
            pct_start=max(WARMUP, 2 / (self.batches + 1)),  # one step at least
            div_factor=20,
            cycle_momentum=False,
        )
        size = len(batch["images"]) // self.batches
        with torch.enable_grad():
            for images, labels in zip(batch["images"].split(size), batch["labels"].split(size), strict=True):
                loss = F.cross_entropy(network(unit(images)), labels)
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                optimizer.step()
                schedule.step()
        network.eval()
        held = Split({name: batch[HELD + name] for name in COLUMNS})
        with torch.no_grad():
            return network, classification(network, held)
