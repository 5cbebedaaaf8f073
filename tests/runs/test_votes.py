"""Votes are kept by run, view and step, and counted with an interval."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from scipy.stats import binomtest

from playground.runs import votes
from playground.runs.votes import Tally, Votes


@pytest.fixture
def kept(tmp_path):
    return Votes(tmp_path / ".votes")


@pytest.mark.parametrize(("right", "n"), [(0, 1), (1, 1), (7, 10), (55, 100), (1180, 2336)])
def test_the_interval_is_wilsons(right, n):
    tally = Tally.of(100, right, n)
    low, high = binomtest(right, n).proportion_ci(method="wilson")
    assert (tally.low, tally.high) == pytest.approx((low, high), abs=1e-6)


def test_votes_are_counted_by_run_view_and_step(kept):
    assert kept.tallies("run-a", "blind") == []
    for run, view, step, right in [
        ("run-a", "blind", 20, True),
        ("run-a", "blind", 5, False),
        ("run-a", "blind", 20, False),
        ("run-a", "other", 20, True),
        ("run-b", "blind", 20, True),
    ]:
        kept.add(run, view, step, right=right)
    assert [(tally.step, tally.right, tally.n) for tally in kept.tallies("run-a", "blind")] == [(5, 0, 1), (20, 1, 2)]
    again = Votes(kept.folder)
    assert again.tallies("run-b", "blind")[0].n == 1, "they outlive the server"


def test_a_damaged_line_does_not_count(kept):
    kept.add("run", "blind", 3, right=True)
    with (kept.folder / "run.jsonl").open("ab") as file:
        file.write(b'{"view": "blind", "st\n[1]\n{"view": "blind", "step": "x", "right": 1}\n\xff\n')
    kept.add("run", "blind", 3, right=True)
    assert [(tally.step, tally.right, tally.n) for tally in kept.tallies("run", "blind")] == [(3, 2, 2)]


def test_no_vote_of_many_at_once_is_lost(kept):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: kept.add("run", "blind", i % 2, right=i % 3 == 0), range(200)))
    assert [(tally.step, tally.n) for tally in kept.tallies("run", "blind")] == [(0, 100), (1, 100)]
    assert sum(tally.right for tally in kept.tallies("run", "blind")) == 67


def test_a_file_of_votes_has_an_end(kept, monkeypatch):
    monkeypatch.setattr(votes, "MOST", 5)
    for _ in range(9):
        kept.add("run", "blind", 3, right=True)
    assert kept.tallies("run", "blind")[0].n == 5


def test_the_votes_on_a_run_that_is_deleted_are_dropped(store, written):
    run = written()
    store.votes.add(run.id, "blind", 5, right=True)
    store.delete(run)
    assert store.votes.tallies(run.id, "blind") == []
    store.votes.forget("nobody-voted")
