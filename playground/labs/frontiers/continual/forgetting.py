"""The view of what is forgotten: how well each task is answered, and which pictures no longer are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from playground.data import ImageSpec
from playground.labs.frontiers.continual.accuracy import accuracies, answered
from playground.labs.frontiers.continual.network import TaskClassifier
from playground.sheets import sheet
from playground.view import Answer, Options, Part, View, option

PICTURES = 1000


class Chosen(Options):
    """The task whose forgotten pictures are shown."""

    task: int = option(
        -1,
        "The task whose forgotten pictures are shown, counted from 0; -1 is the one that lost the most.",
        ge=-1,
        le=99,
    )


def prepared(network: TaskClassifier, spec: ImageSpec, inputs: Mapping[str, Any]) -> Tensor:
    """What each test picture is taken for, (N,)."""
    split = inputs["test"]
    return answered(network, split["images"], split["labels"])


def answers_view(network: TaskClassifier, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """The answer to each of N test pictures.

    Returns:
        The `labels` (N,) and what they are `taken` for, (N,), int32; the `accuracy` on each task (T,), and `seen` (T,),
        int32, which is 1 for those that were learned from; the words say the `scenario`, which classes each task `has`,
        and the accuracy by `chance`.
    """
    classes, labels, taken = list(spec.classes), inputs["test"]["labels"], inputs["prepared"]
    return Answer(
        {
            "labels": labels.int(),
            "taken": taken.int(),
            "accuracy": accuracies(network, taken, labels),
            "seen": network.seen.int(),
        },
        {
            "classes": classes,
            "has": [classes[at : at + network.per] for at in range(0, len(classes), network.per)],
            "scenario": network.scenario,
            "chance": network.chance(),
        },
    )


def trace_view(network: TaskClassifier, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """The accuracy on each task, `values` (T,); not a number for one that has not come yet."""
    values = accuracies(network, inputs["prepared"], inputs["test"]["labels"])
    names = [f"Task {task + 1}" for task in range(network.tasks)]
    return Answer({"values": values.where(network.seen, torch.nan)}, {"names": names, "shares": False, "ends": [0, 1]})


FORGETTING = View(
    name="forgetting",
    title="Forgetting",
    question="What does it forget?",
    about="Tasks are learned one after the other, and each row of the matrix is how well all of them were answered "
    "when one had ended. Choose a task to see its test pictures that were recognized then and are not any more.",
    needs=TaskClassifier,
    painter="frontiers/continual/forgetting.js",
    options=Chosen,
    parts={
        "answers": Part(answers_view, inputs=("test",), tests=PICTURES, prepare=prepared),
        "sheet": sheet(PICTURES),
    },
    trace=Part(trace_view, inputs=("test",), tests=PICTURES, prepare=prepared),
)
