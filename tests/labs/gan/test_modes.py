"""Coverage and modes, against hand counts and against the data themselves."""

import math

import pytest
import torch

from playground.data.toy2d import sample
from playground.labs.gan.modes import centers, coverage, modes_covered, radii


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def test_coverage_by_hand():
    real = torch.tensor([[float(i), 0.0] for i in range(10)])
    reach = radii(real)
    assert reach.tolist() == [5, 4, 3, 3, 3, 3, 3, 3, 4, 5], "the fifth neighbor on a line"
    assert coverage(real, reach, torch.tensor([[0.0, 4.5]])) == pytest.approx(0.1)
    assert coverage(real, reach, real) == 1
    assert coverage(real, reach, torch.full((3, 2), 99.0)) == 0


@pytest.mark.parametrize(("density", "count"), [("gaussians", 8), ("grid", 25)])
def test_the_modes_are_those_of_the_data(density, count):
    middles, deviation = centers(density)
    points = sample(density, 20_000, rng())
    nearest = torch.cdist(points, middles).min(dim=1)
    assert len(middles) == count
    assert float(nearest.values.square().mean().sqrt()) == pytest.approx(math.sqrt(2) * deviation, rel=0.03)
    assert modes_covered(points, middles, deviation) == count
    some = points[nearest.indices < 3]
    assert modes_covered(some, middles, deviation) == 3
    assert modes_covered(points + 0.2, middles, deviation) == 0
    assert centers("moons") is None
