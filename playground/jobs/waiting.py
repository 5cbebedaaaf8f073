"""How long a run will have to wait, and the text for it."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Sequence

from playground.errors import PlaygroundError
from playground.runs.reader import Run

UNKNOWN = 60.0
"""Seconds that a run is taken to last while nothing better is known."""


def remaining(run: Run) -> float:
    """Seconds that `run` will probably still be in training: as it says itself, or else by its budget."""
    status = run.status
    if status.state == "running" and status.left is not None:
        return status.left
    try:
        budget = run.recipe.seconds or UNKNOWN
    except PlaygroundError:
        budget = UNKNOWN
    return budget * (1 - status.progress)


def waits(lengths: Iterable[float], busy: Sequence[float], warming: Sequence[float], total: int) -> list[float]:
    """Seconds until each of the queued runs begins.

    Args:
        lengths: How long each queued run lasts, the next one first.
        busy: How long each run in training still lasts; can be more than `total` after a restart.
        warming: How long each free place takes to be ready.
        total: How many runs can be in training at once, 1 or more.
    """
    free = sorted(busy)[max(0, len(busy) - total) :] + list(warming)[: max(0, total - len(busy))]
    heapq.heapify(free)
    starts = []
    for length in lengths:
        start = heapq.heappop(free)
        starts.append(start)
        heapq.heappush(free, start + length)
    return starts


def queue_message(position: int, wait: float | None) -> str:
    """Such as “2nd in the queue, about 40 s”."""
    if wait is None:
        return f"{ordinal(position)} in the queue, which waits for a training process to start"
    return f"{ordinal(position)} in the queue, about {rounded_duration(wait)}"


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def rounded_duration(seconds: float) -> str:
    """A duration in a unit that fits it, rounded up."""
    if seconds <= 90:
        return f"{max(1, math.ceil(seconds / 5)) * 5} s"
    return f"{math.ceil(seconds / 60)} min" if seconds <= 5400 else f"{math.ceil(seconds / 3600)} h"
