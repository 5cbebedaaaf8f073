"""The test pictures that previews show, and which of them a network recognizes."""

from __future__ import annotations

from torch import Tensor

from playground.data import Data
from playground.labs.frontiers.recognized import COLUMNS, dimmed, first_of_each
from playground.media import Sheet

EACH = 4
"""Pictures of each class, two classes in a row."""


def watched(data: Data) -> tuple[Tensor, Tensor]:
    """The images, uint8, and labels of the first test pictures of each class, a class after the other."""
    classes = len(data.spec.classes)
    rows = first_of_each(data.test["labels"], classes).view(classes, COLUMNS)[:, :EACH].flatten()
    return data.test["images"][rows], data.test["labels"][rows]


def sheet(images: Tensor, right: Tensor) -> Sheet:
    """The images (N, C, H, W), uint8, those dark that are not `right` (N,), bool."""
    return Sheet(dimmed(images, right), COLUMNS)
