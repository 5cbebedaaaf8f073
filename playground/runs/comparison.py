"""The arms of an experiment side by side: curves with intervals, and what each reached."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

from playground.metrics.intervals import Interval, bootstrap
from playground.runs.experiment import Arm, Axis, Experiment, UnknownExperiment

AXES: dict[Axis, str] = {"images": "examples seen", "seconds": "seconds of training", "steps": "steps"}
GRID = 60
"""Places at which curves are compared."""


def curve(arm: Arm, metric: str, axis: Axis) -> tuple[list[float], Interval] | None:
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


def told(experiment: Experiment, metric: str, axis: Axis) -> dict[str, Any]:
    """What the page shows of it, by a metric or else by what matters most: see `Told` in `experiment.js`.

    Raises:
        UnknownExperiment: When no arm reports that metric.
    """
    metric = metric or next(iter(experiment.metrics), "")
    if metric not in experiment.metrics and (metric or experiment.metrics):
        known = ", ".join(experiment.metrics) or "none yet"
        raise UnknownExperiment(f"This experiment reports no “{metric[:40]}”; it reports {known}.")
    arms = []
    for arm in experiment.arms:
        line, ends = curve(arm, metric, axis), finals(arm, metric)
        last = bootstrap(torch.tensor(ends)) if ends else None
        done = [trial for trial in arm.trials if trial.final]
        arms.append(
            {
                "name": arm.name,
                "recipe": arm.recipe,
                "parameters": arm.parameters,
                "sheet": arm.sheet,
                "curve": line and {"x": line[0], **_listed(line[1])},
                "final": last and _listed(last),
                "values": ends,
                "runs": [{"run": trial.run, "seed": trial.seed, "state": trial.state} for trial in arm.trials],
                "seconds": _mean(trial.seconds for trial in done),
                "images": _mean(trial.step * arm.batch for trial in done),
                "n": max((trial.n for trial in done), default=0),
            }
        )
    name, direction = experiment.watched
    return {
        **experiment.model_dump(include={"name", "title", "data", "labels", "shares", "machine"}),
        "metrics": experiment.metrics,
        "metric": metric,
        "axis": axis,
        "axes": AXES,
        "better": direction if metric == name else None,
        "arms": arms,
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
