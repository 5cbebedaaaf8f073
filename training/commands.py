"""What the verbs of the command line share: knobs, runs by name, and trainings that are watched."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from playground.device import pick
from playground.errors import PlaygroundError
from playground.recipe import Recipe
from playground.runs.events import Evaluated, Finished, Metrics
from playground.runs.folder import Parent
from playground.runs.reader import Run
from playground.runs.store import PRETRAINED, Store
from training.record import record


def with_knobs(chosen: Recipe, options: argparse.Namespace) -> Recipe:
    """The recipe with what the command line says; a budget that is given replaces the recipe's own."""
    knobs: dict[str, Any] = {}
    if options.seconds is not None or options.steps is not None:
        knobs |= {"seconds": options.seconds, "steps": options.steps}
    return chosen.changed(**{**knobs, **dict(settings(options.set))})


def settings(given: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Knobs and values as the command line has them, `knob=value`."""
    for setting in given:
        name, sign, value = setting.partition("=")
        if not sign:
            raise PlaygroundError(f"“{setting}” is no setting; write it as knob=value.")
        yield name.strip(), value


def create(name: str, chosen: Recipe, options: argparse.Namespace, parent: Parent | None = None) -> Run:
    """A new run in `--out` or below `--runs`; its data are fetched if they are not here."""
    store = Store(options.runs)
    data = chosen.load(store.data, _download_bar())
    if options.out is not None and (options.out / "run.json").exists():
        raise PlaygroundError(f"There is a run in {options.out} already; name another folder, or resume that one.")
    device = pick(options.device)
    return store.create(
        name, chosen, data_hash=data.hash, device=device, parent=parent, group=options.group, path=options.out
    )


def train(run: Run, options: argparse.Namespace, *, resume: bool = False) -> int:
    """Trains a run and says how it goes; 0 where it spent its budget."""
    values: dict[str, float] = {}
    quiet = options.json or not sys.stderr.isatty()
    with tqdm(total=1.0, disable=quiet, bar_format="{desc} {percentage:3.0f}% |{bar}| {postfix}") as bar:
        for event in record(run, resume=resume, device=pick(options.device), store=Store(options.runs)):
            match event:
                case Metrics(step, _, terms, rate, progress, left):
                    bar.set_description_str(f"step {step}")
                    bar.n = progress
                    bar.set_postfix_str(f"{shown(terms)}, {rate:.0f} examples/s, {left:.0f} s left")
                case Evaluated(_, metrics, _, True):
                    values = dict(metrics)
                case Finished(step, _, _):
                    bar.n = bar.total
                    bar.set_description_str(f"step {step}")
    status = run.status
    if options.json:
        result = {"run": run.id, "path": str(run.path), "state": status.state, "step": status.step, "metrics": values}
        print(json.dumps(result))
    else:
        print(f"{run.path}: {status.state} at step {status.step}. {shown(values)}")
    if status.state == "failed":
        print(status.message, file=sys.stderr)
    return 0 if status.state == "done" else 1


def find(name: str, options: argparse.Namespace) -> Run:
    """A run by its name in the store, or by the path of its folder."""
    path = Path(name)
    if (path / "run.json").is_file():
        return Run(path.resolve().name, path, shipped=path.resolve().parent == PRETRAINED)
    return Store(options.runs).get(name)


def shown(values: Any) -> str:
    """Numbers by name, for a person."""
    return ", ".join(f"{name} {value:.4g}" for name, value in values.items())


def _download_bar() -> Any:
    bar = tqdm(total=1.0, disable=not sys.stderr.isatty(), bar_format="{desc} {percentage:3.0f}% |{bar}|", leave=False)

    def progress(share: float, what: str) -> None:
        bar.set_description_str(what)
        bar.n = share
        bar.refresh()

    return progress
