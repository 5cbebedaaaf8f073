"""The benchmarks of the page ask for what there is: all that they measure is answered."""

import pytest

from training.benchmarks import music, visitors


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
