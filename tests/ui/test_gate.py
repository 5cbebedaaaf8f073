"""The gate before the computing: how many it lets in, whom it turns away, and who goes first."""

import time
from threading import Thread

import pytest

from playground.errors import Busy
from playground.ui.gate import Gate

PATIENCE = 10


def test_a_gate_lets_few_in_and_turns_the_rest_away():
    gate = Gate(1, waiting=0)
    with gate.turn(), pytest.raises(Busy, match="Many visitors"), gate.turn():
        pass
    with gate.turn():
        pass


def test_a_place_is_free_again_after_a_failure():
    gate = Gate(1, waiting=0)
    with pytest.raises(ZeroDivisionError), gate.turn():
        raise ZeroDivisionError
    with gate.turn():
        pass


class Queue:
    """Threads that wait at a gate with one place, which this one holds until all have come."""

    def __init__(self, gate):
        self.gate, self.order, self.threads = gate, [], []

    def comes(self, name):
        def waits():
            with self.gate.turn():
                self.order.append(name)

        thread = Thread(target=waits, daemon=True)
        waiting = len(self.gate._queue)
        thread.start()
        self.threads.append(thread)
        until = time.monotonic() + PATIENCE
        while len(self.gate._queue) == waiting:
            assert time.monotonic() < until, "it does not wait"
            time.sleep(0.001)

    def served(self):
        for thread in self.threads:
            thread.join(PATIENCE)
        return self.order


def test_who_came_first_goes_first():
    queue = Queue(Gate(1))
    with queue.gate.turn():
        for name in ("one", "another", "a third"):
            queue.comes(name)
    assert queue.served() == ["one", "another", "a third"]


def test_whoever_leaves_cannot_take_the_place_again_past_those_who_wait():
    for _ in range(20):
        queue = Queue(Gate(1))
        with queue.gate.turn():
            queue.comes("one")
        with queue.gate.turn():
            queue.order.append("the same again")
        assert queue.served() == ["one", "the same again"]


def test_as_many_are_let_in_after_many_came_as_before():
    gate, inside, most = Gate(2, waiting=64), [], []

    def visits():
        for _ in range(20):
            with gate.turn():
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.0005)
                inside.pop()

    threads = [Thread(target=visits, daemon=True) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(most) == 320 and max(most) == 2
    with gate.turn(), gate.turn():
        pass
