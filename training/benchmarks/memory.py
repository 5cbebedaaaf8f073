"""How far beyond the lengths of their training networks still copy, recall and sort.

Graves, Wayne & Danihelka, "Neural Turing Machines", 2014 (arXiv 1410.5401), section 4: a network with a memory that it
addresses by location goes on, an LSTM does not. The recipes as they stand, for about as long each; the transformer also
with its window alone and with one that holds everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch

from playground.data import packs
from playground.labs import recipe
from training.benchmarks import Row
from training.benchmarks.generation import trained


@dataclass(frozen=True)
class Method:
    """A recipe with some knobs changed, and the steps that take it about as long as the others."""

    title: str
    what: str
    steps: int
    knobs: dict[str, Any] = field(default_factory=dict)


METHODS = (
    Method("neural Turing machine", "ntm", 3_000),
    Method("LSTM", "lstm", 6_000),
    Method("transformer, window of 4, 4 of its memory", "transformer", 4_000),
    Method("transformer, window of 4", "transformer", 4_000, {"top": 0}),
    Method("transformer, all steps", "transformer", 4_000, {"window": 128, "top": 0}),
)
GOALS = {("neural Turing machine", "copy", 20): "<= 1"}


def rows(seeds: int = 3) -> Iterator[Row]:
    """The share of wrong bits on the test sequences at several lengths, by task and method."""
    for task in ("copy", "recall", "sort"):
        for method in METHODS:
            found = [reached(method, task, seed) for seed in range(seeds)]
            for name in [name for name in found[0] if name.startswith("error.")]:
                length = int(name.removeprefix("error."))
                goal = GOALS.get((method.title, task, length), "")
                how = f"seeds 0 to {seeds - 1}, {method.steps:,} steps"
                values = [100 * one[name] for one in found]
                yield Row(f"{task}, length {length}: {method.title}", values, "% of bits", goal, how)


def reached(method: Method, task: str, seed: int, steps: int | None = None) -> dict[str, float]:
    """What is evaluated at the end of a training of so many `steps`, by default the method's own."""
    budget = {"seconds": None, "steps": steps or method.steps}
    chosen = recipe(f"{method.what}-{task}").changed(seed=seed, **method.knobs, **budget)
    data = packs.load(task)
    objective = trained(chosen, data)
    with torch.no_grad():
        return objective.eval().evaluate(data.test)
