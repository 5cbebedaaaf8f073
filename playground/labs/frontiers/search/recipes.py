"""The recipes of architecture search: one cell, searches for cells, and weights that all cells share."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar, Literal

from pydantic import field_validator

from playground.data import Data, ImageSpec
from playground.labs.frontiers.search.candidate import Budget, CandidateSampler, parted
from playground.labs.frontiers.search.cells import RESIDUAL, notation, parsed
from playground.labs.frontiers.search.network import CellNetwork, Searched
from playground.labs.frontiers.search.objective import Search
from playground.labs.frontiers.search.strategies import Strategy, at_random, evolved
from playground.labs.frontiers.search.supernet import SharedWeights, Supernet
from playground.labs.vision.recipes_base import ClassifierRecipe
from playground.metrics.labels import Share
from playground.recipe import ImageRecipe, Recipe, knob
from playground.sampler import Sampler, ShuffledEpochs


class CellRecipe(ClassifierRecipe):
    """A classifier that is three times the same small cell, drawn by hand or found by a search."""

    what: ClassVar[str] = "cell"
    lab: ClassVar[str] = "frontiers"
    title: ClassVar[str] = "One cell"

    cell: str = knob(
        notation(RESIDUAL),
        "Cell: the operation on each edge from a node to a later one, as NAS-Bench-201 writes it.",
        shown=True,
    )
    width: int = knob(
        8, "Width: channels of the first stage; each further stage has twice as many.", ge=4, le=32, step=4, shown=True
    )

    @field_validator("cell")
    @classmethod
    def _is_a_cell(cls, cell: str) -> str:
        return notation(parsed(cell))

    def network(self, spec: ImageSpec) -> CellNetwork:
        """The network of the cell."""
        return CellNetwork(cell=parsed(self.cell), channels=spec.channels, classes=len(spec.classes), width=self.width)


class InSpaceRecipe(ImageRecipe):
    """What searches and shared weights have in common: a space of cells, and pictures that are held out."""

    lab: ClassVar[str] = "frontiers"
    columns: ClassVar[tuple[str, ...]] = ("images", "labels")

    width: int = knob(
        8, "Width: channels of the first stage; each further stage has twice as many.", ge=4, le=32, step=4
    )
    batch_size: int = knob(64, "Batch size: pictures that one step of a cell's training looks at.", ge=1, le=1024)
    learning_rate: float = knob(0.2, "Peak learning rate of gradient descent with momentum.", ge=1e-4, le=2)

    def watched(self, spec: ImageSpec) -> tuple[str, str]:
        """The accuracy on the test set."""
        return ("accuracy", "rises")

    def skeleton(self, spec: ImageSpec) -> dict[str, int]:
        """What the networks of all cells have in common."""
        return {"channels": spec.channels, "classes": len(spec.classes), "width": self.width}


class SearchRecipe(InSpaceRecipe):
    """What all searches share. A step is a candidate, trained for a short while and evaluated on pictures held out."""

    labels: ClassVar[Mapping[str, str]] = {
        "loss": "Loss of the best cell so far",
        "accuracy": Share("Accuracy of the best cell so far"),
        "best": Share("Best accuracy so far (pictures held out)"),
        "candidate": Share("Accuracy of the candidate (pictures held out)"),
    }

    precision: Literal["float32"] = knob(
        "float32", "Number format of the arithmetic: candidates are compared in float32."
    )
    batches: int = knob(
        100, "Training of a candidate: steps of gradient descent.", ge=1, le=10_000, unit="steps", shown=True
    )
    latency_weight: float = knob(
        0,
        "Hardware-aware: how much a cell's latency, measured on this machine, counts against its accuracy (MnasNet's "
        "exponent; 0 looks at accuracy alone).",
        ge=0,
        le=1,
        step=0.05,
        shown=True,
    )

    @property
    def strategy(self) -> Strategy:
        """Chooses the candidates."""
        raise TypeError(f"{type(self).__name__} has no strategy")

    @property
    def budget(self) -> Budget:
        """What a candidate is given."""
        return Budget(batches=self.batches, width=self.width, learning_rate=self.learning_rate, seed=self.seed)

    def network(self, spec: ImageSpec, *, cell: str = notation(RESIDUAL), tried: int = 0) -> Searched:
        """The network of the best cell, with room for what was tried."""
        return Searched(cell=parsed(cell), tried=tried, **self.skeleton(spec))

    def sampler(self, data: Data) -> Sampler:
        """All that a candidate looks at, the same in each step."""
        return CandidateSampler(data.train, batches=self.batches, batch_size=self.batch_size, seed=self.seed)

    def build(self, data: Data) -> Search:
        """A search that begins."""
        return Search(
            network=self.network(data.spec),
            data=data,
            budget=self.budget,
            strategy=self.strategy,
            latency_weight=self.latency_weight,
        )


class RandomSearchRecipe(SearchRecipe):
    """Cells drawn at random, none of them twice: what any search has to beat."""

    what: ClassVar[str] = "random-search"
    title: ClassVar[str] = "Random search"

    @property
    def strategy(self) -> Strategy:
        """Each operation as likely as any other."""
        return at_random


class EvolutionRecipe(SearchRecipe):
    """Regularized evolution: a good cell has a child that differs in one operation, and the oldest cell dies."""

    what: ClassVar[str] = "evolution"
    title: ClassVar[str] = "Regularized evolution"

    population: int = knob(10, "Population: cells that are alive, the last ones tried.", ge=2, le=100, step=1)
    tournament: int = knob(
        4, "Tournament: cells drawn from the population, of which the best has a child.", ge=1, le=100, step=1
    )

    @property
    def strategy(self) -> Strategy:
        """A tournament, a mutation."""
        return partial(evolved, population=self.population, tournament=self.tournament)


class SupernetRecipe(InSpaceRecipe):
    """A supernet: every edge has all operations, and each of the 15,625 cells is a path through the same weights."""

    what: ClassVar[str] = "supernet"
    title: ClassVar[str] = "Supernet with shared weights"
    labels: ClassVar[Mapping[str, str]] = {"accuracy": Share("Accuracy with shared weights, mean of a few cells")}

    width: int = knob(
        8, "Width: channels of the first stage; each further stage has twice as many.", ge=4, le=32, step=4, shown=True
    )
    learning_rate: float = knob(0.1, "Peak learning rate of gradient descent with momentum.", ge=1e-4, le=2)

    @property
    def budget(self) -> Budget:
        """What a cell is given that is trained alone, to be compared: the same as in a search."""
        return EvolutionRecipe(width=self.width, seed=self.seed).budget

    def network(self, spec: ImageSpec) -> Supernet:
        """All operations on all edges."""
        return Supernet(**self.skeleton(spec))

    def sampler(self, data: Data) -> Sampler:
        """Shuffled epochs of what searches train on too: the pictures that choose between cells are held out."""
        return ShuffledEpochs(parted(data.train, self.seed)[1], batch_size=self.batch_size, seed=self.seed)

    def build(self, data: Data) -> SharedWeights:
        """Paths that are drawn fairly."""
        settings: dict[str, Any] = {"network": self.network(data.spec), "learning_rate": self.learning_rate}
        return SharedWeights(data=data, seed=self.seed, **settings)


RECIPES: dict[str, Recipe] = {
    "evolution-fashion": EvolutionRecipe(),
    "random-search-fashion": RandomSearchRecipe(),
    "supernet-fashion": SupernetRecipe(),
    "cell-fashion": CellRecipe(),
}
