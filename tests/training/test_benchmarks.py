"""The benchmarks of the page ask for what there is: all that they measure is answered."""

import pytest
import torch

from training.benchmarks import music, points, visitors


@pytest.mark.thorough
def test_the_visitors_are_answered():
    *kinds, runs, memory = visitors.rows(seconds=2)
    assert [row.what.split(",")[0] for row in kinds] == [
        "a drag in the latent plane",
        "a preview while scrubbing",
        "attention",
    ]
    assert all(row.values[0] > 0 for row in kinds) and len(runs.values) == 20
    assert memory.values[-1] > 100, "megabytes of a server that has torch in it"


@pytest.mark.parametrize(
    ("name", "bach", "voices", "goal"),
    [
        ("crossings", 0.02, 0.2, "<= 0.03"),  # at most 1.5 times Bach's
        ("crossings", 0.02, 0.025, "<= 0.025"),  # and at most those of voices that know nothing of one another
        ("consonance", 0.7, 0.1, ">= 0.55"),  # dissonance is what is counted
        ("in_range", 0.996, 0.998, ">= 0.998"),
        ("notes_per_bar", 3.9, 3.9, ""),
    ],
)
def test_music_shall_be_near_bach_and_better_than_voices_apart(name, bach, voices, goal):
    assert music.goal(name, bach, voices) == goal


def test_a_failure_of_points_is_measured():
    one, two = (True, False), (False, True)
    found = [points.Check(modes, gradient, 2 * gradient) for modes, gradient in [(one, 1.0), (two, 4.0), (two, 2.0)]]
    balanced = [points.Check(one, gradient, 4 * gradient) for gradient in (4.0, 8.0, 100.0)]
    assert points.counts(found) == [1, 1, 1]
    assert points.changing(found, balanced) == 0.5 and points.gradient(found, balanced) == 0.25
    assert points.arrow(found, balanced) == 0.125
    assert points.first_turn([8, 7, 8, 8], 8) == 3 * points.EVERY and points.first_turn([8, 7], 8) == float("inf")


def test_a_cure_is_a_branch_with_one_knob_turned():
    failing = points.trainer_of(points.COLLAPSE, seed=3)
    failing.one_step()
    branch = points.cured(points.COLLAPSE, failing)
    before, after = failing.recipe.model_dump(), branch.recipe.model_dump()
    assert {name for name in before if before[name] != after[name]} == {"generator_steps"}
    weights, kept = failing.objective.snapshot(), branch.objective.snapshot()
    assert branch.step == failing.step == 1 and all(torch.equal(weights[name], kept[name]) for name in weights)
