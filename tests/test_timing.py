"""Times of computations that are known to take longer than others."""

import time

from playground.timing import fastest, ratio


def test_the_fastest_turn_counts():
    naps = iter([0.02, 0.002, 0.03])
    assert 0.002 <= fastest(lambda: time.sleep(next(naps)), 3) < 0.02


def test_turns_are_taken_and_a_disturbance_of_one_does_not_count():
    order = []
    naps = iter([0.012, 0.05, 0.012])

    def slow():
        order.append("slow")
        time.sleep(next(naps))

    def quick():
        order.append("quick")
        time.sleep(0.004)

    assert 2 < ratio(slow, quick, 3) < 3.5 and order == ["slow", "quick"] * 3
