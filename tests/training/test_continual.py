"""Split Fashion-MNIST in short trainings: what holds and what fails is what is published."""

import pytest

from playground.data import packs
from training.benchmarks.continual import GOALS, METHODS, reached

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.slow
@pytest.mark.thorough
@pytest.mark.parametrize(
    ("scenario", "low", "high"),
    [("class", ["finetune", "ewc"], ["replay", "joint"]), ("task", ["finetune"], ["ewc", "si", "lwf", "joint"])],
)
def test_what_keeps_earlier_tasks_depends_on_the_scenario(scenario, low, high):
    data = packs.load("fashion")
    accuracy = {name: reached(name, scenario, 0, data, steps=250)["accuracy"] for name in [*low, *high]}
    assert min(accuracy[name] for name in high) > max(accuracy[name] for name in low) + 0.1, accuracy
    if scenario == "class":
        assert all(accuracy[name] < 0.3 for name in low), accuracy  # the last two classes of ten


def test_every_method_has_a_goal_where_something_is_published():
    assert {name for goals in GOALS.values() for name in goals} == {*METHODS} - {"joint"}
