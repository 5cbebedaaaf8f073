"""The view of a search: all cells that were tried by what they cost, and one that is chosen or drawn by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn

from playground.data import ImageSpec, Split, unit
from playground.labs.frontiers.search.candidate import Budget, CandidateSampler
from playground.labs.frontiers.search.cells import RESIDUAL, SIZE, Cell, canonical, cell_at, index, notation
from playground.labs.frontiers.search.latency import latency, table
from playground.labs.frontiers.search.measured import compared, reference, shipped
from playground.labs.frontiers.search.network import InSpace, Searched
from playground.labs.frontiers.search.proxies import PROXIES, Examples, score, size
from playground.labs.frontiers.search.supernet import Supernet
from playground.metrics.ranks import spearman, spearman_interval
from playground.objective import Moment
from playground.view import Answer, Options, Part, View, option

TESTS, COMPARED = 200, 24
"""Test pictures that shared weights are evaluated on, and cells that are compared in a supernet."""
BEST = -1
Across = Literal["latency", "flops", "parameters", "alone", "synflow", "naswot", "grad_norm", "snip"]


class Drawn(Options):
    """The cell on the stage."""

    cell: int = option(BEST, "The cell, by its number in the space; -1 is the best so far.", ge=BEST, le=SIZE - 1)


class Axis(Options):
    """What cells are laid out by."""

    across: Across = option(
        "latency",
        "What is laid out from left to right: a cost, a zero-cost proxy of the untrained cell, or its accuracy alone.",
        label="Across",
        names={
            "latency": "latency",
            "flops": "arithmetic (FLOPs)",
            "parameters": "parameters",
            "alone": "accuracy trained alone",
            **{name: f"{title} (proxy)" for name, (title, _) in PROXIES.items()},
        },
    )


class Chosen(Drawn, Axis):
    """Both."""


def points(network: InSpace, spec: ImageSpec, test: Split) -> tuple[list[Cell], Tensor]:
    """The cells that a network knows something of, and how good it takes each to be, (n,).

    A search knows what it has tried. A supernet is asked with shared weights for the accuracy on test pictures of some
    cells, those whose accuracy trained alone is known, so that both can be compared.
    """
    if isinstance(network, Searched):
        return network.tried, network.accuracy
    known = list(reference(spec, network.width))
    cells = known[:: max(1, len(known) // COMPARED)][:COMPARED] or [RESIDUAL]
    return cells, torch.tensor([shared(network, cell, test) for cell in cells])


def shared(network: nn.Module, cell: Cell, test: Split) -> float:
    """The accuracy of a cell on test pictures, all at once, with the weights that all cells share."""
    assert isinstance(network, Supernet)
    right = network(unit(test["images"]), cell).argmax(dim=1) == test["labels"]
    return float(right.float().mean())


def on_stage(network: InSpace, options: Drawn) -> Cell:
    """The chosen cell; the best one of a search where none is chosen, and the residual cell of a supernet."""
    if options.cell != BEST:
        return cell_at(options.cell)
    return network.cell if isinstance(network, Searched) else RESIDUAL


def costs(network: InSpace, spec: ImageSpec) -> Tensor:
    """The latencies of operations: as the search has measured them, or as they are here and now."""
    if isinstance(network, Searched) and bool(network.latency.any()):
        return network.latency
    return table(network.width, spec.size)


def cells_view(network: InSpace, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """All cells that something is known of.

    Returns:
        `numbers` (n,) of the cells, int32; `accuracy` (n,); `parents` (n,), int32, -1 where there is none; `values` for
        the trace, (1,) or (2,). The words say whether the weights are `shared`, which place is the `best`, the accuracy
        `by_hand` of the residual cell where that was measured under the same budget, and what the `benchmark` found,
        see `compared`.
    """
    cells, accuracy = points(network, spec, inputs["test"])
    known, hand = reference(spec, network.width), canonical(RESIDUAL)
    tensors = {"numbers": numbered(cells), "accuracy": accuracy}
    words: dict[str, Any] = {"hand": index(RESIDUAL), "n": len(inputs["test"]), "shares": False}
    words["benchmark"] = [method._asdict() for method in compared(shipped(spec))]
    if isinstance(network, Searched):
        best, recipe, measured = network.kept, inputs["recipe"], shipped(spec)
        alike = measured and (measured.budget, measured.batch_size) == (recipe.budget, recipe.batch_size)
        by_hand = known[hand].accuracy if alike and hand in known else None
        tensors["parents"] = network.parents.to(torch.int32)
        tensors["values"] = accuracy.new_full((1,), torch.nan) if best is None else accuracy[[best]]
        words |= {"shared": False, "best": best, "by_hand": by_hand, "names": ["Best accuracy so far"]}
        return Answer(tensors, words)
    alone = torch.tensor([known[cell].accuracy for cell in cells if cell in known])
    rank = spearman(accuracy, alone) if len(alone) > 2 else torch.tensor(torch.nan)
    tensors["parents"] = torch.full((len(cells),), -1, dtype=torch.int32)
    tensors["values"] = torch.stack([rank.float(), accuracy.mean()])
    names = ["Rank correlation with training alone", "Mean accuracy"]
    return Answer(tensors, words | {"shared": True, "best": int(accuracy.argmax()), "by_hand": None, "names": names})


def numbered(cells: Sequence[Cell]) -> Tensor:
    """The numbers of cells, (n,), int32."""
    return torch.tensor([index(cell) for cell in cells], dtype=torch.int32)


def across_view(network: InSpace, spec: ImageSpec, options: Chosen, inputs: Mapping[str, Any]) -> Answer:
    """Where cells lie from left to right, `across` (n,), and `chosen` (2,) the one on the stage and the residual cell.

    What is unknown is not a number.

    `rank` (3,) is Spearman's rank correlation of that with the accuracy, and its interval.
    """
    found = inputs["answer"].tensors
    cells, accuracy = [cell_at(number) for number in found["numbers"].tolist()], found["accuracy"]
    measured, examples = costs(network, spec), Examples.of(inputs["test"])

    def place(cell: Cell) -> float:
        match options.across:
            case "latency":
                return latency(cell, measured)
            case "parameters" | "flops":
                return size(cell, spec, network.width)[options.across == "flops"]
            case "alone":
                known = reference(spec, network.width).get(canonical(cell))
                return known.accuracy if known else torch.nan
        return score(options.across, cell, spec, network.width, examples)

    across = torch.tensor([place(cell) for cell in cells])
    there = ~across.isnan()
    rank = torch.full((3,), torch.nan)
    if int(there.sum()) > 2:
        rank = torch.stack(list(spearman_interval(across[there], accuracy[there]))).float()
    chosen = torch.tensor([place(on_stage(network, options)), place(RESIDUAL)])
    return Answer({"across": across, "chosen": chosen, "rank": rank}, {"known": int(there.sum())})


def drawn_view(network: InSpace, spec: ImageSpec, options: Drawn, inputs: Mapping[str, Any]) -> Answer:
    """The cell on the stage: `operations` (6,), int32, and what is known of it without training it.

    The words say its `number`, its `notation` and its `canonical` number, its `parameters`, `flops` and `latency`
    (microseconds a picture), which candidate it was (`place`, None if none), and its accuracy with `shared` weights.
    """
    cell = on_stage(network, options)
    named = canonical(cell)
    parameters, flops = size(cell, spec, network.width)
    tried = network.tried if isinstance(network, Searched) else []
    place = tried.index(named) if named in tried else None
    words = {
        "number": index(cell),
        "canonical": index(named),
        "notation": notation(cell),
        "parameters": parameters,
        "flops": flops,
        "latency": latency(cell, costs(network, spec)),
        "place": place,
        "accuracy": network.accuracy[place].item() if isinstance(network, Searched) and place is not None else None,
        "shared": shared(network, named, inputs["test"]) if isinstance(network, Supernet) else None,
    }
    return Answer({"operations": torch.tensor(cell, dtype=torch.int32)}, words)


def trained_view(network: InSpace, spec: ImageSpec, options: Drawn, inputs: Mapping[str, Any]) -> Answer:
    """The cell on the stage after a training such as candidates have: `accuracy` on the pictures held out and tested.

    One that the search has tried already is not trained again.
    """
    named, recipe = canonical(on_stage(network, options)), inputs["recipe"]
    budget: Budget = recipe.budget
    if isinstance(network, Searched) and named in network.tried:
        return Answer({"accuracy": network.accuracy[[network.tried.index(named)]]}, {"number": index(named)})
    data = inputs["data"]
    sampler = CandidateSampler(data.train, batches=budget.batches, batch_size=recipe.batch_size, seed=budget.seed)
    _, found = budget.trained(named, spec, sampler(Moment(0, 0.0, torch.Generator())))
    return Answer({"accuracy": torch.tensor([found["accuracy"]])}, {"number": index(named)})


CELLS = Part(cells_view, inputs=("test", "recipe"), tests=TESTS, heavy=True)
"""Also the trace: how good the best cell is, and how well shared weights rank."""

ACROSS = Part(across_view, options=Chosen, inputs=("test", "recipe", "answer"), tests=TESTS, heavy=True, on=CELLS)

SEARCH = View(
    name="search",
    title="Search",
    question="Which cell is worth its time?",
    about="Each dot is a cell that was tried; the line is the Pareto front, of cells that no other one beats in both. "
    "Choose a dot, or an edge of the cell to draw one by hand.",
    needs=InSpace,
    painter="frontiers/search/search.js",
    options=Chosen,
    parts={
        "cells": CELLS,
        "across": ACROSS,
        "drawn": Part(drawn_view, options=Drawn, inputs=("test",), tests=TESTS),
        "trained": Part(trained_view, options=Drawn, inputs=("recipe", "data"), heavy=True),
    },
    trace=CELLS,
)
