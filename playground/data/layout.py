"""What the folders of a data set of one's own mean: classes and splits.

- A folder that wraps all others is left out, and images further below belong to the first folder that remains.
- Folders named train and test (or training, val, valid, validation) are a given split; without one, every fifth image
  of a class is for the test.
- Without sub-folders all images are one class, named after the source.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from playground.data.listing import Entry, Refused, shown

SPLITS = {"train": False, "training": False, "test": True, "val": True, "valid": True, "validation": True}
"""Names of folders that are a split, and whether its images are for the test."""
TEST_EVERY = 5


class Placed(NamedTuple):
    """A file with its class and, where the folders say so, its split."""

    entry: Entry
    label: str
    test: bool | None
    order: tuple[object, ...]


def arranged(entries: Sequence[Entry], name: str) -> tuple[list[Placed], list[Refused]]:
    """Every file with its class, in the order of the result, and those outside the folders of the classes."""
    paths = _unwrapped([entry.path for entry in entries])
    tops = {path[0].casefold() for path in paths if len(path) > 1}
    given = {SPLITS.get(top) for top in tops} == {True, False}
    sides: list[bool | None] = [None] * len(paths)
    loose = [given and len(path) == 1 for path in paths]
    if given:
        sides = [SPLITS.get(path[0].casefold()) for path in paths]
        inner = iter(_unwrapped([path[1:] for path, out in zip(paths, loose, strict=True) if not out]))
        paths = [path if out else next(inner) for path, out in zip(paths, loose, strict=True)]
    folders = any(len(path) > 1 for path in paths)
    placed, strays = [], []
    for entry, path, side, out in zip(entries, paths, sides, loose, strict=True):
        if out or (folders and len(path) == 1):
            strays.append(
                Refused(shown("/".join(entry.path)), "It lies beside the folders of the classes; put it in one.")
            )
            continue
        label = path[0] if folders else name
        order = (natural(label), bool(side), tuple(map(natural, path)), tuple(map(natural, entry.path)))
        placed.append(Placed(entry, label, side, order))
    return sorted(placed, key=lambda file: file.order), strays


def _unwrapped(paths: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The paths without the folders that wrap all of them, as long as folders remain below."""
    if not paths:
        return []
    common = min(len(os.path.commonprefix([path[:-1] for path in paths])), max(map(len, paths)) - 2)
    return [path[max(common, 0) :] for path in paths]


def natural(text: str) -> tuple[tuple[str | int, ...], str]:
    """A key that sorts names as people do, "img 2" before "IMG 10"; different names have different keys."""
    parts = re.split(r"(\d+)", text)  # text and digits take turns, so that only like is compared with like
    return tuple(int(part) if i % 2 else part.casefold() for i, part in enumerate(parts)), text


def every_fifth(labels: Tensor) -> Tensor:
    """Every fifth image of each class (N,), bool; the last one of a class with 2 to 4, none of a class with 1."""
    test = torch.zeros(len(labels), dtype=torch.bool)
    for label in labels.unique():
        (rows,) = torch.where(labels == label)
        test[rows[TEST_EVERY - 1 :: TEST_EVERY] if len(rows) >= TEST_EVERY else rows[1:][-1:]] = True
    return test
