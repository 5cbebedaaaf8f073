"""Networks with a memory in short trainings: what the benchmark compares is what its recipes can be set to."""

import pytest

from playground.labs import recipe
from training.benchmarks.memory import GOALS, METHODS, Method, reached

pytestmark = pytest.mark.usefixtures("one_thread")


def test_every_goal_is_of_a_method_and_every_method_of_a_recipe():
    assert {title for title, _, _ in GOALS} <= {method.title for method in METHODS}
    for method in METHODS:
        for task in ("copy", "recall", "sort"):
            assert recipe(f"{method.what}-{task}").changed(**method.knobs).steps is None


@pytest.mark.thorough
def test_a_neural_turing_machine_copies_beyond_its_training_and_an_lstm_does_not():
    ntm = reached(Method("", "ntm", 700), "copy", 0)
    lstm = reached(Method("", "lstm", 700), "copy", 0)
    assert ntm["error.20"] < 0.05 and lstm["error.20"] > 0.3, (ntm, lstm)
