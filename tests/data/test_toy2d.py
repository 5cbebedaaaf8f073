"""The densities in the plane: in range, repeatable, and where they should be."""

import math

import pytest
import torch

from playground.data.toy2d import NoStrokes, UnknownDensity, densities, from_strokes, sample


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", densities())
def test_points_lie_in_the_square_and_follow_the_seed(name):
    points = sample(name, 5000, rng())
    assert points.shape == (5000, 2) and points.dtype == torch.float32
    assert float((points.abs() > 1).any(1).float().mean()) < 0.005
    assert float(points.abs().max()) < 1.3
    assert float(points.std(0).min()) > 0.2
    assert torch.equal(points, sample(name, 5000, rng()))
    assert not torch.equal(points, sample(name, 5000, rng(1)))


@pytest.mark.parametrize("name", densities())
def test_every_density_is_balanced_about_its_middle(name):
    assert float(sample(name, 20_000, rng()).mean(0).abs().max()) < 0.03


def test_grid_has_25_even_modes():
    points = sample("grid", 20_000, rng())
    cell = (points / 0.45 + 2).round()
    assert float((points / 0.45 + 2 - cell).abs().mean()) < 0.1
    counts = (cell[:, 0] * 5 + cell[:, 1]).long().bincount(minlength=25)
    assert len(counts) == 25 and int(counts.min()) > 650


def test_rings_are_as_dense_as_long():
    radius = sample("rings", 20_000, rng()).norm(dim=1)
    part = [float(((radius - r).abs() < 0.1).float().mean()) for r in (0.3, 0.6, 0.9)]
    assert part == pytest.approx([1 / 6, 2 / 6, 3 / 6], abs=0.02)


def test_checkerboard_leaves_every_other_field_empty():
    field = ((sample("checkerboard", 20_000, rng()) / 0.95 + 1) * 2).floor().long()
    assert bool(((field.sum(1) % 2) == 0).all())
    assert int((field[:, 0] * 4 + field[:, 1]).bincount().gt(0).sum()) == 8


def test_gaussians_lie_at_eighths_of_a_turn():
    points = sample("gaussians", 20_000, rng())
    turn = torch.atan2(points[:, 1], points[:, 0]) / (math.pi / 4)
    assert float((turn - turn.round()).abs().mean()) < 0.1
    assert int(turn.round().long().remainder(8).bincount(minlength=8).min()) > 2200


def test_an_unknown_density_is_refused():
    with pytest.raises(UnknownDensity, match="“stars”; there are rings, grid"):
        sample("stars", 1, rng())


def test_points_spread_evenly_along_strokes():
    corner = [(-1.0, 0.0), (0.0, 0.0), (0.0, 3.0)]
    points = from_strokes([corner], 40_000, rng(), 0.01)
    assert points.shape == (40_000, 2) and points.dtype == torch.float32
    assert float((points[:, 1] > 0.1).float().mean()) == pytest.approx(2.9 / 4, abs=0.01)
    flat = points[points[:, 0] < -0.1]
    assert float(flat[:, 1].std()) == pytest.approx(0.01, rel=0.05)
    high = points[points[:, 1] > 0.1, 1]
    assert float(((high - 0.1) / 2.9).mean()) == pytest.approx(0.5, abs=0.01)


def test_a_single_dot_is_a_blot():
    points = from_strokes([[(0.5, -0.5)]], 10_000, rng(), 0.05)
    assert points.mean(0).tolist() == pytest.approx([0.5, -0.5], abs=0.003)
    assert points.std(0).tolist() == pytest.approx([0.05, 0.05], rel=0.05)
    still = from_strokes([[(0.5, -0.5), (0.5, -0.5)]], 10, rng(), 0.0)
    assert torch.equal(still, torch.tensor([[0.5, -0.5]]).expand(10, 2))


def test_two_strokes_are_not_joined():
    points = from_strokes([[(-1, 0), (-0.5, 0)], [(0.5, 0), (1, 0)], []], 5000, rng(), 0.01)
    assert float(points[:, 0].abs().min()) > 0.4


@pytest.mark.parametrize("strokes", [[], [[]], [[(0.0, math.nan), (1.0, 1.0)]]])
def test_nothing_drawn_is_refused(strokes):
    with pytest.raises(NoStrokes, match="draw"):
        from_strokes(strokes, 10, rng())
