"""The views whose parts take seconds, for tests that ask many of them."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

LONG = ("map", "labels", "motion", "collapse", "next", "words", "mask", "factors", "detector", "synthetic")
"""What they answer is computed on much that is in a data set."""


def thorough_where_long(parts: Iterable[tuple[str, str, str]]) -> list[pytest.ParameterSet]:
    """Parameters of a test: lab, view and part; those of long views are thorough."""
    return [pytest.param(*one, marks=pytest.mark.thorough if one[1] in LONG else []) for one in parts]
