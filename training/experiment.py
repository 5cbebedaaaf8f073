"""Trains the arms of an experiment one after another, seed by seed; what was begun goes on where it stopped."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from playground.energy import ASSUMED
from playground.errors import PlaygroundError
from playground.labs import recipe
from playground.recipe import Recipe
from playground.runs.comparison import told
from playground.runs.experiment import ENDING, Experiment, gathered
from playground.runs.folder import forget_stop, write_whole
from playground.runs.reader import Run
from playground.runs.store import PRETRAINED, Store, is_id
from training.commands import create, settings, train
from training.ship import processor

Planned = tuple[str, Recipe]
"""The name of a recipe, and a variation of it."""


class BadExperiment(PlaygroundError):
    """What was asked for is no experiment, or cannot go on now."""


def experiment(options: argparse.Namespace) -> int:
    """`python -m training experiment`."""
    base = {} if options.seconds is options.steps is None else {"seconds": options.seconds, "steps": options.steps}
    options.out = None  # each run has a folder of its own
    base |= dict(settings(options.set))
    vary = {knob: values.split(",") for knob, values in settings(options.vary)}
    options.group = options.group or "-".join(options.names)[:81]
    if not is_id(options.group):
        raise BadExperiment(f"“{options.group[:80]}” is no name: small letters, digits and hyphens, 81 at most.")
    plan = planned(options.names, vary, options.seeds, base)
    left = trainings(plan, options.group, Store(options.runs), lambda name, chosen: create(name, chosen, options))
    for run, resumed in left:
        forget_stop(run.path)
        if train(run, options, resume=resumed):
            return 1
    return 0


def ship_experiment(options: argparse.Namespace) -> int:
    """`python -m training ship-experiment`: the numbers alone, in one file."""
    if options.benchmark:
        from training import benchmarks

        return _write(benchmarks.experiment_of(options.name, options.benchmark))
    runs = [run for run in Store(options.runs).list() if run.info.group == options.name]
    if unfinished := [run.id for run in runs if run.status.state != "done"]:
        raise BadExperiment(f"Of the experiment “{options.name}”, {', '.join(unfinished)} is not done; run it again.")
    experiment = gathered(options.name, runs, title=options.title or options.name, machine=processor())
    if options.rises:
        if options.rises not in experiment.metrics:
            raise BadExperiment(f"No run reports “{options.rises[:40]}”; they report {', '.join(experiment.metrics)}.")
        experiment = experiment.model_copy(update={"watched": (options.rises, "rises")})
    return _write(experiment)


def _write(experiment: Experiment) -> int:
    target = PRETRAINED / f"{experiment.name}{ENDING}"
    write_whole(target, f"{experiment.model_dump_json()}\n".encode())
    print(*table(experiment), sep="\n")
    print(f"{target}: {sum(len(arm.trials) for arm in experiment.arms)} runs, {target.stat().st_size:,} bytes")
    return 0


def table(experiment: Experiment) -> Iterator[str]:
    """What each arm reached and what it took, as the page says it: a line each, and a sentence on the estimates."""
    forms = {experiment.watched[0]: ".4g", "parameters": ",", "FLOPs/example": ",", "seconds": ".0f", "Wh": ".2g"}
    rows = [["", *forms]]
    for arm in told(experiment, "")["arms"]:
        took = [arm[key] for key in ("parameters", "flops", "seconds", "watt_hours")]
        values = zip([arm["final"] and arm["final"]["mean"], *took], forms.values(), strict=True)
        rows.append([arm["name"], *("-" if value is None else f"{value:{form}}" for value, form in values)])
    name, *others = (max(map(len, column)) for column in zip(*rows, strict=True))
    for first, *cells in rows:
        yield first.ljust(name) + "".join(f"   {cell:>{wide}}" for cell, wide in zip(cells, others, strict=True))
    yield ASSUMED


def planned(
    names: Sequence[str], vary: Mapping[str, Sequence[str]], seeds: int, base: Mapping[str, Any]
) -> list[Planned]:
    """Every recipe with every choice of knobs and every seed; seed by seed, so that all arms are soon there to compare.

    Args:
        names: Of recipes.
        vary: Knob -> what it is set to, in turn.
        seeds: How many, from 0 on.
        base: Knobs that are the same in all of them.

    Raises:
        BadExperiment: When there would be nothing to compare on one page, or one training would count twice.
        InvalidRecipe: Naming each knob that is off.
        UnknownRecipe: When there is none of a name.
    """
    if seeds < 1:
        raise BadExperiment("An experiment has one seed or more.")
    arms = [
        (name, recipe(name).changed(**{**base, **dict(zip(vary, values, strict=True))}))
        for name in names
        for values in product(*vary.values())
    ]
    labs = sorted({chosen.lab for _, chosen in arms})
    if len(labs) > 1:
        raise BadExperiment(f"These recipes are from several labs ({', '.join(labs)}); an experiment stays within one.")
    plan = [(name, chosen.changed(seed=seed)) for seed in range(seeds) for name, chosen in arms]
    if twice := [name for i, (name, chosen) in enumerate(plan) if (name, chosen) in plan[:i]]:
        raise BadExperiment(
            f"Two arms of “{twice[0]}” are the same, and their seeds would count twice; name each recipe and each "
            "value of a knob once. Seeds are those that --seeds counts."
        )
    return plan


def trainings(
    plan: Sequence[Planned], group: str, store: Store, create: Callable[[str, Recipe], Run]
) -> Iterator[tuple[Run, bool]]:
    """What is left to be trained of a plan, each run with whether it is resumed; those that are done are passed over.

    Raises:
        BadExperiment: When somebody else trains a run of it.
    """
    begun = [run for run in store.list() if run.info.group == group]
    for name, chosen in plan:
        run = next((run for run in begun if run.info.name == name and run.recipe == chosen), None)
        if run is None:
            yield create(name, chosen), False
        elif run.status.state == "running":
            raise BadExperiment(f"The run “{run.id}” of it is in training already; wait, or stop it first.")
        elif run.status.state != "done":
            yield run, run.resumable
