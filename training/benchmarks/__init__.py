"""What BENCHMARKS.md states, measured: `python -m training benchmark [GROUP ...]`."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.metadata import version
from inspect import signature
from pathlib import Path
from statistics import median

from playground.errors import PlaygroundError
from playground.runs.experiment import Experiment

GROUPS = (
    "networks",
    "jobs",
    "page",
    "stage",
    "training",
    "steps",
    "points",
    "generation",
    "representations",
    "collapse",
    "labels",
    "words",
    "disentanglement",
    "relevance",
    "photograph",
    "likelihoods",
    "translation",
    "inversion",
    "music",
    "continual",
    "memory",
    "search",
    "visitors",
)


class UnknownGroup(PlaygroundError):
    """There is no such group of measurements."""


@dataclass(frozen=True)
class Row:
    """One measured number.

    Attributes:
        what: What was measured.
        values: All repetitions.
        unit: Of the values.
        goal: What it shall be, such as "<= 50"; empty where nothing is asked.
        how: What was done, in a sentence.
    """

    what: str
    values: Sequence[float]
    unit: str
    goal: str = ""
    how: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the median reaches the goal; nothing where there is none."""
        if not self.goal:
            return None
        sign, _, limit = self.goal.partition(" ")
        return median(self.values) <= float(limit) if sign == "<=" else median(self.values) >= float(limit)

    def markdown(self) -> str:
        """A line of the table."""
        spread = f"{min(self.values):.4g} to {max(self.values):.4g}, n = {len(self.values)}"
        status = {True: "met", False: "**missed**", None: ""}[self.met]
        return (
            f"| {self.what} | {median(self.values):.4g} {self.unit} | {spread} | {self.goal} | {status} | {self.how} |"
        )


def measure(
    names: Sequence[str],
    *,
    out: Path | None = None,
    seconds: float | None = None,
    seeds: int | None = None,
    run: Path | None = None,
) -> int:
    """Measures the named groups, all if none is named, and prints a Markdown table as it goes.

    `seconds` of training, the number of `seeds` and the folder of a `run` are for the groups that take them; the others
    keep their own.
    """
    for name in names:
        if name not in GROUPS:
            raise UnknownGroup(f"There is no group of measurements “{name}”; there are {', '.join(GROUPS)}.")
    print(machine(), "\n")
    print("| what | median | spread | goal | | how |\n|---|---|---|---|---|---|")
    rows = []
    for name in names or GROUPS:
        rows_of: Callable[..., Iterator[Row]] = import_module(f"{__name__}.{name}").rows
        options = {"seconds": seconds, "seeds": seeds, "run": run}
        accepted = {key: options[key] for key in signature(rows_of).parameters if options.get(key) is not None}
        for row in rows_of(**accepted):
            print(row.markdown(), flush=True)
            rows.append(row)
    if out is not None:
        results = [{**asdict(row), "median": median(row.values), "met": row.met} for row in rows]
        out.write_text(json.dumps({"machine": machine(), "rows": results}, indent=1), encoding="utf-8")
    return 0


def experiment_of(name: str, file: Path) -> Experiment:
    """What the group `name` wrote to `file` by `--out`, as an experiment.

    Raises:
        UnknownGroup: When there is no such group, or its rows are none.
    """
    known = [group for group in GROUPS if hasattr(import_module(f"{__name__}.{group}"), "experiment_of")]
    if name not in known:
        raise UnknownGroup(f"The measurements “{name}” are no experiment; those of {' and '.join(known)} are.")
    written: Experiment = import_module(f"{__name__}.{name}").experiment_of(file)
    return written


def machine() -> str:
    """The machine and the versions, in a line."""
    import torch

    from training.ship import processor

    load = f"load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    versions = f"Python {platform.python_version()}, torch {torch.__version__}, gradio {version('gradio')}"
    return f"{os.cpu_count()} cores, {processor()}, {versions}, {torch.get_num_threads()} threads, {load}"
