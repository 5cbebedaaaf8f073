"""The order of the queue, and what waiting runs are told."""

from __future__ import annotations

import random

import pytest

from playground.jobs.fair import FairQueue
from playground.jobs.waiting import ordinal, queue_message, rounded_duration, waits


def queue_of(*items: str) -> FairQueue[str]:
    """Each item's first letter is its visitor."""
    queue: FairQueue[str] = FairQueue()
    for item in items:
        queue.add(item[0], item)
    return queue


def test_visitors_take_turns_and_keep_their_own_order():
    queue = queue_of("a1", "a2", "a3", "b1", "c1", "c2")
    assert queue.order() == ["a1", "b1", "c1", "a2", "c2", "a3"]
    assert [queue.pop() for _ in range(len(queue))] == ["a1", "b1", "c1", "a2", "c2", "a3"]


def test_who_is_served_now_lets_newcomers_go_first():
    queue = queue_of("a2", "a3")
    queue.add("b", "b1", served={"a"})
    queue.add("c", "c1", served={"a"})
    queue.add("a", "a4", served={"a"})
    assert queue.order() == ["b1", "c1", "a2", "a3", "a4"]


def test_nobody_starves():
    queue = queue_of("a1", "a2")
    served = ""
    for number in range(20):
        queue.add(f"n{number}", f"n{number}", served={served})
        item = queue.pop()
        served = item[0] if item[0] == "a" else item
        if item == "a2":
            break
    assert item == "a2" and number < 5


def test_what_is_taken_out_leaves_the_rest_in_order():
    queue = queue_of("a1", "a2", "b1", "b2")
    assert queue.remove(lambda item: item in ("a1", "b2")) == ["a1", "b2"]
    assert queue.order() == ["a2", "b1"]
    assert queue.remove(lambda item: item == "a2") == ["a2"] and len(queue) == 1


def test_the_order_foretells_what_pop_gives():
    chance = random.Random(0)
    for _ in range(50):
        queue = queue_of(*(chance.choice("abcd") + str(n) for n in range(12)))
        for _ in range(chance.randrange(4)):
            queue.pop()
        assert queue.order() == [queue.pop() for _ in range(len(queue))]


@pytest.mark.parametrize(
    ("lengths", "busy", "warming", "total", "expected"),
    [
        ([60, 60, 60], [20], [], 1, [20, 80, 140]),
        ([60, 60, 60], [20, 30], [], 2, [20, 30, 80]),
        ([60], [], [5], 1, [5]),
        ([60, 60], [20], [0], 2, [0, 20]),
        ([60, 60], [10, 20, 30], [4], 1, [30, 90]),
    ],
)
def test_waits(lengths, busy, warming, total, expected):
    assert waits(lengths, busy, warming, total) == expected


def test_what_a_waiting_run_is_told():
    assert queue_message(2, 38.2) == "2nd in the queue, about 40 s"
    assert queue_message(1, 0.0) == "1st in the queue, about 5 s"
    assert queue_message(3, None) == "3rd in the queue, which waits for a training process to start"
    assert [ordinal(n) for n in (4, 11, 12, 13, 21, 102, 111)] == [
        "4th",
        "11th",
        "12th",
        "13th",
        "21st",
        "102nd",
        "111th",
    ]
    assert [rounded_duration(s) for s in (90, 91, 5400, 5401)] == ["90 s", "2 min", "90 min", "2 h"]
