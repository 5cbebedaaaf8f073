"""How often a training shows itself: metrics are means since the last ones, frames are spaced logarithmically."""

from __future__ import annotations

import time

import torch

from training.pace import Pace, Timer


def test_metrics_are_the_means_since_the_last_ones():
    pace = Pace(first_step=0, step=0)
    for value in (1.0, 2.0, 6.0):
        pace.add({"loss": torch.tensor(value), "kl": torch.tensor(2 * value)})
    assert pace.take() == {"loss": 3.0, "kl": 6.0}
    pace.add({"loss": torch.tensor(5.0)})
    assert pace.take() == {"loss": 5.0}
    pace.add({"tasks": torch.tensor([1.0])})
    pace.add({"tasks": torch.tensor([3.0, 4.0])})
    pace.add({"tasks": torch.tensor([5.0, 6.0])})
    assert pace.take() == {"tasks.0": 4.0, "tasks.1": 5.0}, "of the length that it has now"


def test_frames_are_spaced_logarithmically():
    pace, steps = Pace(first_step=100, step=100), []
    while pace.next_snapshot < 6100:
        steps.append(pace.next_snapshot - 100)
        pace.snapshot_taken(pace.next_snapshot)
    assert steps[:5] == [5, 10, 15, 22, 33] and 17 <= len(steps) <= 20
    assert Pace(first_step=100, step=100 + 22).next_snapshot == 100 + 33
    assert Pace(first_step=100, step=100 + 23).next_snapshot == 100 + 33


def test_what_is_timed_takes_no_more_than_its_share(monkeypatch):
    clock = iter([0.0, 0.4, 0.6, 1.0, 3.0, 6.9, 7.1])
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    timer = Timer(0.5, 0.5)
    assert [timer.due(), timer.due()] == [False, True]
    with timer:  # takes two seconds, until 3.0
        pass
    assert [timer.due(), timer.due()] == [False, True]
