"""The benchmarks of the page ask for what there is: all that they measure is answered."""

import pytest

from training.benchmarks import visitors


@pytest.mark.slow
def test_the_visitors_are_answered():
    *kinds, runs, memory = visitors.rows(seconds=2)
    assert [row.what.split(",")[0] for row in kinds] == [
        "a drag in the latent plane",
        "a preview while scrubbing",
        "attention",
    ]
    assert all(row.values[0] > 0 for row in kinds) and len(runs.values) == 20
    assert memory.values[-1] > 100, "megabytes of a server that has torch in it"
