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

    def comes(self, name, *, patient=False):
        def waits():
            with self.gate.turn(patient=patient):
                self.order.append(name)

        thread = Thread(target=waits, daemon=True)
        waiting = sum(map(len, self.gate._queues))
        thread.start()
        self.threads.append(thread)
        until = time.monotonic() + PATIENCE
        while sum(map(len, self.gate._queues)) == waiting:
            assert time.monotonic() < until, "it does not wait"
            time.sleep(0.001)

    def served(self):
        for thread in self.threads:
            thread.join(PATIENCE)
        return self.order


def test_who_came_first_goes_first_and_the_patient_go_last():
    queue = Queue(Gate(1))
    with queue.gate.turn():
        queue.comes("a trace", patient=True)
        queue.comes("a view")
        queue.comes("another trace", patient=True)
        queue.comes("another view")
    assert queue.served() == ["a view", "another view", "a trace", "another trace"]


def test_whoever_leaves_cannot_take_the_place_again_past_those_who_wait():
    """As a trace does, which asks of one snapshot after the other."""
    for _ in range(20):
        queue = Queue(Gate(1))
        with queue.gate.turn():
            queue.comes("a view")
        with queue.gate.turn():
            queue.order.append("the next snapshot")
        assert queue.served() == ["a view", "the next snapshot"]


def test_as_many_are_let_in_after_many_came_as_before():
    gate, inside, most = Gate(2, waiting=64), [], []

    def visits(patient):
        for _ in range(20):
            with gate.turn(patient=patient):
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.0005)
                inside.pop()

    threads = [Thread(target=visits, args=(i % 2 == 0,), daemon=True) for i in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(most) == 320 and max(most) == 2
    with gate.turn(), gate.turn():
        pass
