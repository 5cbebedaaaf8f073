"""What people chose in blind games, kept as data: a file a run, a line a vote, without a word on who voted."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock

from playground.metrics.intervals import wilson

VOTES = ".votes"
"""The folder among those of the runs."""
MOST = 100_000
"""Votes that are kept of a run."""


@dataclass(frozen=True)
class Tally:
    """The votes on one snapshot.

    Attributes:
        step: Of the snapshot.
        right: How many were right.
        n: Of how many.
        low: The lower end of the 95 % interval of the share that is right.
        high: Its upper end.
    """

    step: int
    right: int
    n: int
    low: float
    high: float

    @classmethod
    def of(cls, step: int, right: int, n: int) -> Tally:
        """With its interval."""
        return cls(step, right, n, *wilson(right, n))


class Votes:
    """The votes on all runs; many threads may add to them."""

    def __init__(self, folder: Path) -> None:
        """The folder is made with the first vote."""
        self.folder = folder
        self._lock = Lock()

    def add(self, run: str, view: str, step: int, *, right: bool) -> None:
        """Counts a vote on the snapshot of a run at `step`; of one that has `MOST` no more are kept."""
        line = json.dumps({"view": view, "step": step, "right": right})
        with self._lock:
            self.folder.mkdir(parents=True, exist_ok=True)
            path = self._path(run)
            size = path.stat().st_size if path.exists() else 0
            if size < MOST * len(line):
                with path.open("a", encoding="utf-8") as file:
                    file.write(f"{line}\n")

    def tallies(self, run: str, view: str) -> list[Tally]:
        """The votes on a run in a view by step, ascending; a line that is damaged does not count."""
        right: Counter[int] = Counter()
        n: Counter[int] = Counter()
        with suppress(OSError):
            for line in self._path(run).read_text(encoding="utf-8", errors="replace").splitlines():
                with suppress(ValueError, KeyError, TypeError):
                    vote = json.loads(line)
                    if vote["view"] == view:
                        n[int(vote["step"])] += 1
                        right[int(vote["step"])] += bool(vote["right"])
        return [Tally.of(step, right[step], n[step]) for step in sorted(n)]

    def forget(self, run: str) -> None:
        """Drops the votes on a run that is deleted."""
        with self._lock:
            self._path(run).unlink(missing_ok=True)

    def _path(self, run: str) -> Path:
        return self.folder / f"{run}.jsonl"


def as_words(tallies: list[Tally]) -> list[dict[str, float]]:
    """Tallies as JSON has them."""
    return [asdict(tally) for tally in tallies]
