"""What a classifier takes for what: its answer to every test picture, of which the page makes a confusion matrix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from playground.data import ImageSpec, unit
from playground.labs.vision.classifier import Classifier
from playground.sheets import sheet
from playground.view import Answer, Options, Part, View, option

PICTURES = 2000
BATCH = 250


class Cell(Options):
    """A cell of the matrix, whose pictures are shown."""

    truth: int = option(
        -1, "The class that the pictures are of, counted from 0; -1 is the worst confusion.", ge=-1, le=9999
    )
    taken: int = option(-1, "The class that they are taken for, likewise.", ge=-1, le=9999)
    differ: bool = option(False, "Instead of a cell, the pictures that two compared networks answer differently.")


def answers_view(network: Classifier, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """The answer to each of N test pictures.

    Returns:
        The `labels` (N,), int32; what they are `taken` for, (N,), int32, and with which probability, `confidence` (N,).
    """
    split = inputs["test"]
    parts = [network(unit(images)).softmax(dim=1).max(dim=1) for images in split["images"].split(BATCH)]
    confidence, taken = (torch.cat(both) for both in zip(*parts, strict=True))
    return Answer(
        {"labels": split["labels"].int(), "taken": taken.int(), "confidence": confidence},
        {"classes": list(spec.classes)},
    )


MISTAKES = View(
    name="mistakes",
    title="Mistakes",
    question="What does it confuse?",
    about="The confusion matrix of the test pictures: a row for each class, a column for what its pictures are taken "
    "for. Choose a cell to see the pictures in it, the surest answers first; compare two runs to see those that they "
    "answer differently.",
    needs=Classifier,
    painter="vision/mistakes.js",
    options=Cell,
    parts={
        "answers": Part(answers_view, inputs=("test",), tests=PICTURES, heavy=True),
        "sheet": sheet(PICTURES),
    },
)
