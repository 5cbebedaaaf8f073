"""`events.jsonl`, read: what a training reported, a line an event."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAME = "events.jsonl"
TAIL = 4096
"""How many of the last bytes are looked through first for how a run ended."""


@dataclass(frozen=True)
class EventSlice:
    """The events beyond a position.

    Attributes:
        events: The parsed lines, each a dictionary with `event` and `step`; with `values` where those are of numbers.
        position: Where to read on, in bytes.
    """

    events: list[dict[str, Any]]
    position: int


def read_events(run: Path, since: int = 0) -> EventSlice:
    """The events of the run in a folder beyond `since` bytes; an unfinished last line is left for the next call."""
    try:
        with open(run / NAME, "rb") as file:
            if since > os.fstat(file.fileno()).st_size:
                since = 0
            file.seek(since)
            content = file.read()
    except OSError:  # nothing yet, or deleted
        return EventSlice([], 0)
    whole = content[: content.rfind(b"\n") + 1]
    return EventSlice([event for line in whole.splitlines() if (event := _parsed(line))], since + len(whole))


def final_evaluation(run: Path) -> tuple[dict[str, float | None], int] | None:
    """The last evaluation on the whole test split and its number of examples, where there is one.

    It stands among the last lines, so those are read first, and more of them until it or the start is met.
    """
    try:
        size = (run / NAME).stat().st_size
    except OSError:
        return None
    tail = TAIL
    while True:
        for event in reversed(read_events(run, max(0, size - tail)).events):
            if event["event"] == "evaluated" and event.get("final") and {"values", "n"} <= event.keys():
                return event["values"], event["n"]
            if event["event"] == "started":
                return None
        if tail >= size:
            return None
        tail *= 8


def current_events(events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events that still count: a run that goes on from a saved state says anew what came after it."""
    valid: list[dict[str, Any]] = []
    for event in events:
        if event["event"] == "started":
            valid = [earlier for earlier in valid if earlier["step"] <= event["step"]]
        valid.append(event)
    return valid


def _finite(text: str) -> float | None:
    return value if math.isfinite(value := float(text)) else None


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        # "Infinity" is no JSON, but other writers may say it, and 1e999 is JSON that no number holds
        event = json.loads(line, parse_constant=lambda name: None, parse_float=_finite)
    except (ValueError, RecursionError):
        return None
    return event if _is_event(event) else None


def _is_event(value: Any) -> bool:
    """Whether it holds what readers of its kind rely on."""
    match value:
        case {"event": "metrics" | "evaluated", "step": int(), "values": dict(values)}:
            return all(number is None or isinstance(number, int | float) for number in values.values())
        case {"event": "mark", "step": int()}:
            return isinstance(value.get("knobs", {}), dict)
        case {"event": "metrics" | "evaluated"}:
            return False
        case {"event": str(), "step": int()}:
            return True
    return False
