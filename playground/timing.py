"""How long computations take on a machine on which others compute, too."""

from __future__ import annotations

import time
from collections.abc import Callable


def seconds(computation: Callable[[], object]) -> float:
    """What one turn takes."""
    start = time.perf_counter()
    computation()
    return time.perf_counter() - start


def fastest(computation: Callable[[], object], turns: int) -> float:
    """The seconds of the fastest of some turns, as it was disturbed least."""
    return min(seconds(computation) for _ in range(turns))


def ratio(computation: Callable[[], object], reference: Callable[[], object], turns: int) -> float:
    """How many times as long a computation takes as another one, by the fastest turn of each.

    They take turns, so that whatever else the machine does meanwhile slows both.
    """
    taken = [(seconds(computation), seconds(reference)) for _ in range(turns)]
    ours, theirs = zip(*taken, strict=True)
    return min(ours) / min(theirs)
