"""An experiment: recipes with some knobs changed, each trained from several seeds, on equal terms.

It is the group of its runs. What ships of one is a file of its numbers, `pretrained/NAME.experiment.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, computed_field

from playground.energy import watt_hours
from playground.errors import PlaygroundError
from playground.metrics.labels import LABELS, Share
from playground.recipe import Recipe
from playground.runs.event_log import current_events
from playground.runs.folder import State_
from playground.runs.reader import Run

ENDING = ".experiment.json"
SET_APART = ("seed",)
"""Knobs in which the trials of one arm differ."""
Axis = Literal["images", "seconds", "steps", "knob"]


class UnknownExperiment(PlaygroundError):
    """There is no experiment of that name."""


class Point(BaseModel):
    """One evaluation in the middle of a training, or at its end.

    Attributes:
        step: Steps done.
        seconds: Of training so far.
        values: Metric -> value.
    """

    model_config = ConfigDict(frozen=True)
    step: int
    seconds: float
    values: dict[str, float]

    def along(self, axis: Axis, batch: int) -> float:
        """Where it lies on an axis."""
        return self.seconds if axis == "seconds" else self.step * (batch if axis == "images" else 1)


class Trial(BaseModel):
    """One training.

    Attributes:
        run: The run's id.
        seed: What it began from.
        state: How far it is.
        step: Steps done.
        seconds: Of training.
        points: Evaluations on part of the test data, ascending.
        final: The last one, on all of the test data; empty where there is none yet.
        n: On how many examples that was.
        threads: CPU threads used; nothing where that is not on record, it went on with others, or it was not trained
            on a CPU.
    """

    model_config = ConfigDict(frozen=True)
    run: str
    seed: int
    state: State_
    step: int
    seconds: float
    points: tuple[Point, ...]
    final: dict[str, float]
    n: int
    threads: int | None = None

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorators on top of a property
    @property
    def watt_hours(self) -> float | None:
        """The energy of the training as `playground.energy` estimates it; nothing without `threads`."""
        return None if self.threads is None else watt_hours(self.seconds, self.threads)


class Arm(BaseModel):
    """What is trained from several seeds.

    Attributes:
        name: What sets it apart from the others.
        recipe: The name of the recipe that it is a variation of.
        knobs: All of them but the seed.
        parameters: How many numbers are trained.
        flops: Floating-point operations of one forward pass of one example; nothing where its recipe counts none.
        batch: Examples in a step.
        trials: By seed.
        sheet: What it generates, a WebP file in base64; empty where nothing is shown.
    """

    model_config = ConfigDict(frozen=True)
    name: str
    recipe: str
    knobs: dict[str, Any]
    parameters: int
    flops: int | None = None
    batch: int
    trials: tuple[Trial, ...]
    sheet: str = ""


class Experiment(BaseModel):
    """All arms of an experiment.

    Attributes:
        name: In addresses.
        title: What people call it: a question.
        labs: Where it is shown.
        data: What people call the data.
        watched: The metric that matters most, and whether it "falls" or "rises".
        labels: What people call metrics and knobs.
        shares: Those that are told in percent.
        machine: Where it was trained.
        measured: On what the metrics were measured, in a sentence, where that is not the test data.
        arms: In the order in which they were begun.
    """

    model_config = ConfigDict(frozen=True)
    name: str
    title: str
    labs: tuple[str, ...]
    data: str
    watched: tuple[str, str]
    labels: dict[str, str]
    shares: tuple[str, ...]
    machine: str
    measured: str = ""
    arms: tuple[Arm, ...]

    @property
    def metrics(self) -> list[str]:
        """What arms report: what matters most first, then what all of them do, then what some do."""
        of_arms = [
            {
                name
                for trial in arm.trials
                for one in (trial.final, *(point.values for point in trial.points))
                for name in one
            }
            for arm in self.arms
        ]
        every = set().union(*of_arms)
        return sorted(
            every, key=lambda name: (name != self.watched[0], sum(name not in of for of in of_arms) > 0, name)
        )


def trial_of(run: Run) -> Trial:
    """The numbers of a run."""
    points: list[Point] = []
    step, seconds, final, n = 0, 0.0, {}, 0
    events = run.read_events().events
    sessions = {(event.get("device"), event.get("threads")) for event in events if event["event"] == "started"}
    device, threads = sessions.pop() if len(sessions) == 1 else (None, None)
    for event in current_events(events):
        step, seconds = event["step"], float(event.get("seconds", seconds))
        if event["event"] != "evaluated":
            continue
        values = {name: value for name, value in event["values"].items() if value is not None}
        if event.get("final"):
            final, n = values, int(event.get("n", 0))
        elif not points or points[-1].step < step:
            points.append(Point(step=step, seconds=seconds, values=values))
    state = run.status.state
    return Trial(
        run=run.id,
        seed=run.recipe.seed,
        state=state,
        step=step,
        seconds=seconds,
        points=tuple(points),
        final=final if state == "done" else {},
        n=n,
        threads=threads if device == "cpu" else None,
    )


def gathered(name: str, runs: Sequence[Run], *, title: str = "", machine: str = "") -> Experiment:
    """The experiment that a group of runs is; what was trained twice from one seed counts once, as it was last done.

    Raises:
        UnknownExperiment: When there is none of them.
    """
    if not runs:
        raise UnknownExperiment(f"There is no experiment “{name[:80]}” here.")
    runs = sorted(runs, key=lambda run: run.info.created)
    by_arm: dict[str, list[Run]] = {}
    for run in runs:
        by_arm.setdefault(json.dumps([run.info.name, _knobs(run.recipe)], sort_keys=True), []).append(run)
    firsts = [members[0] for members in by_arm.values()]
    names = apart([(run.recipe, _knobs(run.recipe)) for run in firsts])
    first = firsts[0]
    labels = {key: label for run in firsts for key, label in {**LABELS, **run.recipe.labels}.items()}
    called = {key: control.label for run in firsts for key, control in run.recipe.controls().items()}
    return Experiment(
        name=name,
        title=title or name,
        labs=(first.recipe.lab,),
        data=first.info.data_title or first.info.spec.name,
        watched=first.recipe.watched(first.info.spec),
        labels={**called, **labels},
        shares=tuple(key for key, label in labels.items() if isinstance(label, Share)),
        machine=machine,
        arms=tuple(
            Arm(
                name=names[i],
                recipe=members[0].info.name,
                knobs=_knobs(members[0].recipe),
                parameters=int(_started(members[0].read_events().events).get("parameters", 0)),
                flops=members[0].recipe.flops(members[0].spec),
                batch=members[0].recipe.batch_size,
                trials=tuple(map(trial_of, _once(members))),
            )
            for i, members in enumerate(by_arm.values())
        ),
    )


def _once(members: Sequence[Run]) -> list[Run]:
    """The runs of one arm by seed: of several from one, the last that is done, or the last."""
    by_seed = {run.recipe.seed: run for run in sorted(members, key=lambda run: run.status.state == "done")}
    return [by_seed[seed] for seed in sorted(by_seed)]


def apart(arms: Sequence[tuple[Recipe, Mapping[str, Any]]]) -> list[str]:
    """What sets each of some recipes apart: its title where others have another, and its knobs where they differ."""
    titles = {recipe.title for recipe, _ in arms}
    names = []
    for recipe, knobs in arms:
        same = [other for one, other in arms if one.title == recipe.title]
        differ = [key for key in knobs if any(other.get(key) != knobs[key] for other in same)]
        words = [recipe.title] if len(titles) > 1 or not differ else []
        labels = {name: _within(control.label) for name, control in recipe.controls().items()}
        names.append(", ".join([*words, *(f"{labels.get(key, key)} {_shown(knobs[key])}" for key in differ)]))
    return names


def shipped_experiments(folder: Path) -> dict[str, Path]:
    """The files of experiments that ship, by name."""
    return {file.name.removesuffix(ENDING): file for file in sorted(folder.glob(f"*{ENDING}"))}


def read(file: Path) -> Experiment:
    """An experiment that ships.

    Raises:
        UnknownExperiment: When its file is missing or makes no sense.
    """
    try:
        return Experiment.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise UnknownExperiment(f"The experiment in {file.name} cannot be read.") from error


def _started(events: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """What a run said of itself as it first began; nothing as long as it has not."""
    return next((event for event in events if event["event"] == "started"), {})


def _knobs(recipe: Recipe) -> dict[str, Any]:
    return {name: value for name, value in recipe.model_dump().items() if name not in SET_APART}


def _within(label: str) -> str:
    """A label as it stands within a line: small, unless it is an abbreviation."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
