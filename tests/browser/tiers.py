"""Which tests of the page run when: some with `pytest` alone, most in `.ci/run`, and some by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pytest

QUICK = ("test_fixtures", "test_labs", "test_film")
"""The files that are through in a few minutes: every lab opens and trains, and a run is a film. All others are slow."""


def standing_for_all(labs: Iterable[str], *chosen: str) -> list[pytest.ParameterSet]:
    """Parameters of a test that tries the same in each of some labs: all but the `chosen` ones are thorough."""
    return [pytest.param(lab, marks=[] if lab in chosen else pytest.mark.thorough) for lab in labs]


def first_for_all(cases: Iterable[Sequence[Any]]) -> list[pytest.ParameterSet]:
    """Parameters of a test that tries much the same several times: all but the first ones are thorough."""
    return [pytest.param(*case, marks=pytest.mark.thorough if i else []) for i, case in enumerate(cases)]
