"""The test pictures of a run on one sheet, of which views show those that they speak of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playground.data import ImageSpec
from playground.pictures import tiled
from playground.view import Answer, Options, Part

COLUMNS = 32
"""Pictures in a row of the sheet."""


def sheet_view(network: Any, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """A `jpeg` of all test pictures, with `columns` of them in a row."""
    return Answer({"jpeg": tiled(inputs["test"]["images"], COLUMNS)}, {"columns": COLUMNS, "size": spec.size})


def sheet(tests: int) -> Part:
    """The part that answers so for the first `tests` test pictures."""
    return Part(sheet_view, inputs=("test",), tests=tests)
