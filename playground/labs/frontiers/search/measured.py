"""Cells that were trained for the benchmark, each once: how good they are does not depend on who asks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import torch

from playground.data import ImageSpec
from playground.labs.frontiers.search.candidate import Budget
from playground.labs.frontiers.search.cells import Cell, cell_at, index
from playground.metrics.intervals import bootstrap

FOLDER = Path(__file__).parent / "references"


class Result(NamedTuple):
    """Of one cell, trained alone: accuracies (0 to 1) on the pictures held out and on the test set."""

    accuracy: float
    tested: float


@dataclass
class Measured:
    """Results by cell, each by its canonical name, for one data set and one budget."""

    data_hash: str
    size: int
    batch_size: int
    budget: Budget
    results: dict[Cell, Result] = field(default_factory=dict)
    searches: dict[str, list[list[int]]] = field(default_factory=dict)
    """By method, of each seed the candidates in their order, by their numbers."""

    def text(self) -> str:
        """As JSON, a line a cell."""
        facts: dict[str, Any] = {"data_hash": self.data_hash, "size": self.size, "batch_size": self.batch_size}
        lines = [
            f'  "{index(cell)}": [{result.accuracy:.5g}, {result.tested:.5g}]'
            for cell, result in sorted(self.results.items(), key=lambda pair: index(pair[0]))
        ]
        head = json.dumps(facts | {"budget": asdict(self.budget)}, indent=1).removesuffix("\n}")
        searches = ",\n".join(f'  "{name}": {json.dumps(trials)}' for name, trials in self.searches.items())
        cells = ",\n".join(lines)
        return f'{head},\n "searches": {{\n{searches}\n }},\n "cells": {{\n{cells}\n }}\n}}\n'


def read(path: Path) -> Measured:
    """What `Measured.text` says."""
    content = json.loads(path.read_text(encoding="utf-8"))
    results = {cell_at(int(number)): Result(*result) for number, result in content.pop("cells").items()}
    return Measured(**{**content, "budget": Budget(**content["budget"])}, results=results)


Span = tuple[float, float, float]
"""A mean over trials and the ends of its interval."""


class Method(NamedTuple):
    """What a way to search has found in several trials of as many candidates, beside random search.

    Attributes:
        name: What people call it.
        trials: How many seeds.
        candidates: How many cells each of them has tried.
        held: Of the best cell of each trial, the accuracy on the pictures held out, by which it was chosen.
        tested: On the test set.
        more: How much higher the first is than that of random search with the same seed.
        tested_more: How much higher the second is.
    """

    name: str
    trials: int
    candidates: int
    held: Span
    tested: Span
    more: Span
    tested_more: Span


@cache
def shipped(spec: ImageSpec) -> Measured | None:
    """What ships of data of `spec`, at the size that it was measured at."""
    path = FOLDER / f"{spec.name}.json"
    found = read(path) if path.exists() else None
    return found if found and found.size == spec.size else None


def reference(spec: ImageSpec, width: int) -> Mapping[Cell, Result]:
    """The results that ship of cells of so many channels in the first stage; none where there are none."""
    found = shipped(spec)
    return found.results if found and found.budget.width == width else {}


def best(measured: Measured, name: str) -> list[Result]:
    """Of each trial of a method the cell that is best on the pictures held out."""
    trials = measured.searches[name]
    return [max((measured.results[cell_at(cell)] for cell in trial), key=lambda one: one.accuracy) for trial in trials]


def compared(measured: Measured | None) -> list[Method]:
    """All methods that were measured, random search first."""
    if measured is None or not measured.searches:
        return []
    found = {name: torch.tensor(best(measured, name)) for name in measured.searches}  # (trials, 2) each
    baseline = next(iter(found.values()))
    methods = []
    for name, values in found.items():
        spans = [span(one) for one in (*values.T, *(values - baseline).T)]
        methods.append(Method(name, len(values), len(measured.searches[name][0]), *spans))
    return methods


def span(values: torch.Tensor) -> Span:
    """Of trials (N,)."""
    mean, low, high = (float(one) for one in bootstrap(values))
    return mean, low, high
