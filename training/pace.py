"""When a training reports something: how often numbers, frames and states come."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping

from torch import Tensor

SNAPSHOT_RATIO = 1.5
"""Snapshots are taken at steps that grow by this factor: about 20 of them in 6000 steps."""
SNAPSHOT_GAP = 5
"""The distance in steps between the first few snapshots."""


class Pace:
    """When the loop reports: often at first, then less, and never so often that it slows the training."""

    def __init__(self, first_step: int, step: int) -> None:
        """Starts at `step` of a run that began at `first_step`."""
        self.preview, self.checkpoint = Timer(1.0, 0.1), Timer(1.0, 0.05)
        # where a curve is read off, at frames, and between two of them, where it is cheap
        self.evaluation = {"frame": Timer(0.1, 0.1), "between": Timer(0.5, 0.03)}
        # a run that goes on may have been killed after it was saved and before the frame of that step
        self.first_step, self.last_snapshot, self.next_snapshot = first_step, first_step, first_step
        while self.next_snapshot <= step:
            self.next_snapshot = self.following(self.next_snapshot)
        self.reported_at = 0.0
        self.sums: dict[str, Tensor] = {}
        self.counts: dict[str, Tensor | int] = {}

    def add(self, terms: Mapping[str, Tensor]) -> None:
        """Takes in one step's terms; no number is fetched from the device yet."""
        for name, value in terms.items():
            count: Tensor | int = 1
            if value.ndim:  # what is not a number in a vector was not there
                count, value = (~value.isnan()).int(), value.nan_to_num(nan=0.0, posinf=math.inf, neginf=-math.inf)
            known = self.sums.get(name)
            if known is None or known.shape != value.shape:  # a vector grows where a task or an expert comes
                self.sums[name], self.counts[name] = value, count
            else:
                self.sums[name], self.counts[name] = known + value, self.counts[name] + count

    def take(self) -> dict[str, float]:
        """The means since the last call, each over the steps that had the term; a vector's parts are `name.0`, ..."""
        means: dict[str, float] = {}
        for name, total in self.sums.items():
            mean = (total / self.counts[name]).tolist()
            if isinstance(mean, list):
                means |= {f"{name}.{i}": part for i, part in enumerate(mean) if not math.isnan(part)}
            else:
                means[name] = mean
        self.reported_at, self.sums, self.counts = time.perf_counter(), {}, {}
        return means

    def metrics_due(self, step: int) -> bool:
        """Every step at first, then four times a second."""
        return step - self.first_step <= 10 or time.perf_counter() - self.reported_at > 0.25

    def snapshot_taken(self, step: int) -> None:
        """Moves on to the next step on the logarithmic scale."""
        self.last_snapshot = step
        while self.next_snapshot <= step:
            self.next_snapshot = self.following(self.next_snapshot)

    def following(self, step: int) -> int:
        """The step of the snapshot that comes after the one at `step`."""
        done = step - self.first_step
        return self.first_step + max(done + SNAPSHOT_GAP, round(done * SNAPSHOT_RATIO))


class Timer:
    """Due every `period` seconds, or less often where what it times would take more than `share` of the whole."""

    def __init__(self, period: float, share: float) -> None:
        """Starts now."""
        self.period, self.share = period, share
        self.last, self.cost = time.perf_counter(), 0.0

    def due(self) -> bool:
        """Whether it is time again."""
        return time.perf_counter() - self.last > max(self.period, self.cost / self.share)

    def __enter__(self) -> None:
        """Begins what is timed."""
        self.last = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        """Records how long it took."""
        now = time.perf_counter()
        self.cost, self.last = now - self.last, now
