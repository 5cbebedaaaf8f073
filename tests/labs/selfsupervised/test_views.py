"""The map of features, and the views that count as the same."""

import pytest
import torch

from playground.labs.selfsupervised.embedding import mapped


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_the_first_map_is_that_of_the_principal_components():
    features = normal(200, 6) * torch.tensor([5.0, 3.0, 1.0, 0.1, 0.1, 0.1])
    chart = mapped(features, None)
    unit = torch.nn.functional.normalize(features, dim=1)
    _, values, _ = torch.linalg.svd(unit - unit.mean(dim=0))
    assert chart.explained_variance == pytest.approx(float(values[:2].square().sum() / values.square().sum()), rel=1e-4)
    covariance = chart.points.T @ chart.points / 200
    assert covariance[0, 1].abs() < 1e-4 and covariance[0, 0] > covariance[1, 1]
    assert float(covariance.diagonal().mean()) == pytest.approx(1, rel=1e-3)


def test_the_next_map_is_turned_to_lie_as_the_one_before():
    """Features turned about in their space are the same features."""
    features = normal(200, 6) * torch.tensor([5.0, 3.0, 1.0, 0.1, 0.1, 0.1])
    before = mapped(features, None)
    turn = torch.linalg.qr(normal(6, 6, seed=1)).Q
    again = mapped(features @ turn, before.points)
    torch.testing.assert_close(again.points, before.points, rtol=0, atol=1e-3)
    alone = mapped(features @ turn, None)
    assert (alone.points - before.points).abs().max() > 0.5, "without the turn it jumps"


def test_a_picture_lands_where_its_own_dot_is():
    features = normal(50, 6)
    chart = mapped(features, None)
    torch.testing.assert_close(chart.place(9 * features[:3]), chart.points[:3], rtol=0, atol=1e-4)


def test_a_collapse_has_a_map():
    chart = mapped(torch.ones(20, 4), None)
    assert torch.isfinite(chart.points).all() and chart.points.abs().max() < 1e-3
    assert torch.isfinite(mapped(torch.ones(20, 4), chart.points).points).all()
