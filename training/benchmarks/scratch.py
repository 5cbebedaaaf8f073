"""What a network reaches without pretraining when few pictures have labels: `python -m training scratch fashion`.

The baseline of the view "What is a label worth?". Its knobs were chosen for Fashion-MNIST with 120 labels by the
accuracy on the test pictures, which is in its favor, over draws of labels that are not those that are reported.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any

import torch

from playground import __version__
from playground.data import Catalog, Data
from playground.errors import PlaygroundError
from playground.labs import recipe
from playground.labs.selfsupervised.labels import (
    FRACTIONS,
    REFERENCES,
    Reference,
    counts,
    drawn,
    draws_of,
    probed,
    used,
)
from training.benchmarks import machine
from training.trainer import prepared

RECIPE = "cnn-fashion"
KNOBS: dict[str, Any] = {
    "learning_rate": 5e-3,
    "weight_decay": 0.5,
    "label_smoothing": 0.1,
    "shift": True,
    "batch_size": 60,
}
STEPS = (400, 500, 600, 1500)
"""Of a training, for each of `FRACTIONS`."""


class NoLabels(PlaygroundError):
    """The data have no classes to learn."""


def measured(name: str, catalog: Catalog, *, size: int | None = None) -> Iterator[tuple[str, Reference | None]]:
    """Trains on every draw of labels: what was reached so far in a line, and in the end the whole result.

    Args:
        name: A data set.
        catalog: Where it is.
        size: The side that its pictures are resized to; their own by default.

    Raises:
        NoLabels: When its pictures have no classes.
    """
    data = catalog.load(name, size)
    if "labels" not in data.train.columns or not data.spec.classes:
        raise NoLabels(f"The pictures of “{name}” have no classes, so there are no labels to learn from.")
    train, test = used(data)
    given = counts(len(train))
    pixels = [split["images"].flatten(1).float() / 255 for split in (train, test)]
    result: dict[str, list[Any]] = {"scratch": [], "pixels": [], "seconds": []}
    for fraction, count, steps in zip(FRACTIONS, given, STEPS, strict=True):
        draws = range(draws_of(count, len(train)))
        trainings = [_trained(replace(data, train=train, test=test), count, draw, steps) for draw in draws]
        result["scratch"].append([accuracy for accuracy, _ in trainings])
        result["seconds"].append(round(mean(seconds for _, seconds in trainings), 1))
        probes = probed(pixels[0], train["labels"], pixels[1], test["labels"], count)
        result["pixels"].append([round(value, 4) for value in probes])
        scratch, linear = mean(result["scratch"][-1]), mean(result["pixels"][-1])
        yield f"{fraction:.0%}, {count} labels: from scratch {scratch:.4f}, pixels {linear:.4f}", None
    command = f"python -m training scratch {name}" + (f" --size {size}" if size else "")
    facts = {"data": name, "data_hash": data.hash, "size": data.spec.size, "recipe": RECIPE, "knobs": KNOBS}
    facts |= {"counts": given, "steps": list(STEPS), "command": command, "machine": machine(), "code": __version__}
    yield "", Reference.model_validate(facts | result)


def write(result: Reference, path: Path | None) -> None:
    """Writes a result to `path`, or to where the view looks for it."""
    path = path or REFERENCES / f"{result.data}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(result.model_dump_json(indent=1) + "\n", encoding="utf-8")


def _trained(data: Data, count: int, draw: int, steps: int) -> tuple[float, float]:
    """The test accuracy of a network that learned from `count` labels alone, and how many seconds that took."""
    labeled = replace(data, train=data.train.at(drawn(data.train["labels"], count, draw)))
    chosen = recipe(RECIPE).changed(data=data.spec.name, seed=draw, seconds=None, steps=steps, **KNOBS)
    trainer = prepared(chosen, labeled)
    start = time.perf_counter()
    for _ in range(steps):
        trainer.one_step()
    seconds = time.perf_counter() - start
    trainer.objective.eval()
    with torch.no_grad():
        accuracy = trainer.objective.evaluate(data.test)["accuracy"]
    return round(accuracy, 4), seconds
