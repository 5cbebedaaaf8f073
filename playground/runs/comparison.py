"""The arms of an experiment side by side: curves with intervals, and what each reached."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch

from playground.energy import ASSUMED
from playground.metrics.intervals import Interval, bootstrap
from playground.metrics.labels import LABELS
from playground.runs.experiment import Arm, Axis, Experiment, UnknownExperiment

AXES: dict[Axis, str] = {"images": "examples seen", "seconds": "seconds of training", "steps": "steps"}
"""What curves may run along, and at last a knob, where arms differ in one."""
GRID = 60
"""Places at which curves are compared."""

SAME = 1.1
"""Budgets that differ by a smaller factor are the same."""
Line = tuple[list[float], Interval]
"""Where a curve was looked at, and the mean there, in its interval."""


def curve(arm: Arm, metric: str, axis: Axis) -> Line | None:
    """The mean of a metric along an axis, with its interval; nothing where no trial was evaluated twice.

    Trials are evaluated at places of their own; what lies between two is taken from the line through both. Compared is
    only what all of them have reached.
    """
    lines = []
    for trial in arm.trials:
        points = [point for point in trial.points if metric in point.values]
        if len(points) > 1:
            x = [point.along(axis, arm.batch) for point in points]
            lines.append((x, [point.values[metric] for point in points]))
    if not lines:
        return None
    low, high = max(x[0] for x, _ in lines), min(x[-1] for x, _ in lines)
    if low >= high:
        return None
    places = (np.geomspace if low > 0 else np.linspace)(low, high, GRID)
    values = torch.tensor([np.interp(places, x, y).tolist() for x, y in lines], dtype=torch.double)
    return places.tolist(), bootstrap(values)


def finals(arm: Arm, metric: str) -> list[float]:
    """What the trials that are done reached on all of the test data."""
    return [trial.final[metric] for trial in arm.trials if metric in trial.final]


def varied(arms: Sequence[Arm]) -> str | None:
    """The knob, a number, that alone sets arms of the same recipe apart; nothing where there is none or are more."""
    differ = {
        name
        for one in arms
        for other in arms
        if one.recipe == other.recipe
        for name, value in one.knobs.items()
        if other.knobs.get(name) != value
    }
    name = differ.pop() if len(differ) == 1 else None
    numbers = [arm.knobs[name] for arm in arms if name in arm.knobs]
    return (
        name if numbers and all(isinstance(one, int | float) and not isinstance(one, bool) for one in numbers) else None
    )


def along_knob(arms: Sequence[Arm], knob: str, metric: str) -> Line | None:
    """What arms that differ in a knob alone reached by its value; nothing where fewer than two of those are done."""
    reached = sorted((float(arm.knobs[knob]), finals(arm, metric)) for arm in arms if knob in arm.knobs)
    known = [(value, bootstrap(torch.tensor(ends))) for value, ends in reached if ends]
    if len(known) < 2:
        return None
    intervals = zip(*(interval for _, interval in known), strict=True)
    return [value for value, _ in known], Interval(*(torch.stack(values) for values in intervals))


def told(experiment: Experiment, metric: str, axis: Axis | None = None) -> dict[str, Any]:
    """What the page shows of it: see `Told` in `experiment.js`.

    Args:
        experiment: Which.
        metric: What is compared; where it is empty, what matters most.
        axis: What curves run along; along a knob there is one for each recipe, else one for each arm. Where nothing is
            asked for it is the knob if arms differ in one, and else what they were given as much of.

    Raises:
        UnknownExperiment: When no arm reports that metric.
    """
    metric = metric or next(iter(experiment.metrics), "")
    if metric not in experiment.metrics and (metric or experiment.metrics):
        known = ", ".join(experiment.metrics) or "none yet"
        raise UnknownExperiment(f"This experiment reports no “{metric[:40]}”; it reports {known}.")
    knob, arms = varied(experiment.arms), experiment.arms
    recipes = list(dict.fromkeys(arm.recipe for arm in arms))
    lines: list[Line | None]
    axis = axis or ("knob" if knob else _shared(arms))
    if axis == "knob" and knob:
        of_line = [recipes.index(arm.recipe) for arm in arms]
        lines = [along_knob([arm for arm in arms if arm.recipe == one], knob, metric) for one in recipes]
    else:
        axis = "images" if axis == "knob" else axis
        of_line, lines = list(range(len(arms))), [curve(arm, metric, axis) for arm in arms]
    name, direction = experiment.watched
    return {
        **experiment.model_dump(include={"name", "title", "data", "machine", "measured"}),
        "labels": {**LABELS, **experiment.labels},
        "metrics": experiment.metrics,
        "shares": [name for name in experiment.metrics if _is_share(name, experiment.shares)],
        "metric": metric,
        "axis": axis,
        "axes": {**AXES, **({"knob": experiment.labels.get(knob, knob)} if knob else {})},
        "better": direction if metric == name else None,
        "assumed": ASSUMED,
        "lines": [line and {"x": line[0], **_listed(line[1])} for line in lines],
        "arms": [{**_reached(arm, metric), "line": line} for arm, line in zip(arms, of_line, strict=True)],
    }


def _is_share(metric: str, shares: Sequence[str]) -> bool:
    """Whether a metric is a share, by its name or by what stands before that of the run in whose features it is."""
    return any(metric == share or metric.startswith(f"{share}_") for share in shares)


def _shared(arms: Sequence[Arm]) -> Axis:
    """What all that are done were given as much of: seconds, or else examples."""
    seconds = [trial.seconds for arm in arms for trial in arm.trials if trial.final]
    return "seconds" if seconds and max(seconds) < SAME * min(seconds) else "images"


def _reached(arm: Arm, metric: str) -> dict[str, Any]:
    """What the table says of an arm."""
    ends, done = finals(arm, metric), [trial for trial in arm.trials if trial.final]
    last = bootstrap(torch.tensor(ends)) if ends else None
    return {
        "name": arm.name,
        "recipe": arm.recipe,
        "parameters": arm.parameters,
        "flops": arm.flops,
        "sheet": arm.sheet,
        "final": last and _listed(last),
        "values": ends,
        "runs": [{"run": trial.run, "seed": trial.seed, "state": trial.state} for trial in arm.trials],
        "seconds": _mean(trial.seconds for trial in done),
        "watt_hours": _mean(trial.watt_hours for trial in done if trial.watt_hours is not None),
        "images": _mean(trial.step * arm.batch for trial in done if trial.step),
        "n": max((trial.n for trial in done), default=0),
    }


def _mean(values: Iterable[float]) -> float | None:
    given = list(values)
    return sum(given) / len(given) if given else None


def _listed(interval: Interval) -> dict[str, Any]:
    return {name: _plain(value.tolist()) for name, value in interval._asdict().items()}


def _plain(value: Any) -> Any:
    """Numbers as JSON has them: null for what is none."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value if math.isfinite(value) else None
