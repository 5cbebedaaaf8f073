"""Diffusion in the plane: a training that can be repeated, its loss, and what it learns from and shows."""

import math
from dataclasses import replace

import pytest
import torch

from playground.data import packs
from playground.labs.diffusion.points import EXTENT, SAMPLES, paths
from playground.media import GENERATED, REAL
from playground.runs.events import Evaluated
from tests.labs.diffusion.denoisers import normal
from tests.labs.diffusion.plane import PLACE, Exact, chosen, moons, trained, untrained
from tests.moments import moment
from training.loop import walk
from training.trainer import prepared

pytestmark = pytest.mark.usefixtures("one_thread")


def weights(network):
    return torch.cat([parameter.detach().flatten() for parameter in network.parameters()])


def test_the_same_seed_trains_the_same_network():
    a, b, c = (weights(trained(5, seed=seed)[0]) for seed in (3, 3, 4))
    assert torch.equal(a, b) and not torch.equal(a, c)


def test_a_resumed_training_goes_on_as_if_nothing_had_happened():
    wanted, data = chosen(6), packs.load("moons")
    whole, first = prepared(wanted, data), prepared(wanted, data)
    for _ in range(3):
        first.one_step()
    second = prepared(wanted, data, state=first.state())
    for _ in range(6):
        whole.one_step()
    for _ in range(3):
        second.one_step()
    assert torch.equal(weights(whole.objective), weights(second.objective))


def test_looking_changes_nothing():
    wanted, data = chosen(6), packs.load("moons")
    looked, left = prepared(wanted, data), prepared(wanted, data)
    for _ in range(3):
        looked.preview()
        looked.evaluated(final=False)
        looked.one_step()
        left.one_step()
    assert torch.equal(weights(looked.objective), weights(left.objective))


def test_an_untrained_network_knows_nothing_of_the_place():
    """Its last layer is zero, so it says that the velocity is zero."""
    network = untrained().shown
    assert not network.network(normal(5, 2).float(), torch.zeros(5)).any()
    assert network.network.layers[0].weight.std() == pytest.approx(math.sqrt(2 / 10), rel=0.1), "He et al., 2015"


def test_flow_matching_is_the_squared_error_of_the_velocity():
    """Lipman et al., equation 23, with the noise and the levels drawn again in the same order."""
    objective, x0 = untrained(), moons(256)
    with torch.no_grad():
        for parameter in objective.network.parameters():
            parameter.normal_(std=0.2, generator=torch.Generator().manual_seed(0))
    actual = objective.loss("denoise", {"points": x0}, moment())["loss"]
    rng = moment().rng
    noise = torch.randn(x0.shape, generator=rng)
    t = 0.002 / 1.002 + (80 / 81 - 0.002 / 1.002) * torch.rand(256, generator=rng)
    x_t, sigma = (1 - t[:, None]) * x0 + t[:, None] * noise, t / (1 - t)
    scaled = x_t / (1 - t[:, None]) / (sigma**2 + 0.7**2).sqrt()[:, None]
    output = objective.network.network(scaled, sigma.log() / 4)
    torch.testing.assert_close(actual, (output - (noise - x0)).square().mean(), rtol=1e-3, atol=1e-4)


def test_adam_goes_at_one_rate_to_the_end():
    objective = untrained(learning_rate=0.003)
    (phase,) = objective.phases()
    (adam,) = phase.optimizers
    (group,) = adam.param_groups
    assert isinstance(adam, torch.optim.Adam) and (group["lr"], group["betas"]) == (0.003, (0.9, 0.99))
    assert {objective.schedule("denoise", progress) for progress in (0.0, 0.01, 0.5, 1.0)} == {1.0}


@pytest.mark.thorough
def test_few_points_are_memorized():
    """The error on new points is large, and samples lie at those few that it learned from."""
    few, few_values = trained(600, points=8)
    many, many_values = trained(600)
    assert few_values["loss"] > 1.3 * many_values["loss"]
    assert (few.points, many.points) == (8, 1024)

    def away(network, data):
        return float(torch.cdist(paths(network, "euler", 16)[1][-1], data).amin(dim=1).mean())

    assert away(few, moons(8)) < 0.5 * away(many, moons(8)) and away(many, moons()) < 0.05


@pytest.mark.parametrize(("n", "often"), [(8, {32}), (100, {1, 2, 3}), (1024, {1})])
def test_it_learns_from_the_first_points_alone(n, often):
    """In batches of 256, whose points are repeated where they are few."""
    sampler = chosen(points=n).sampler(packs.load("moons"))
    drawn = torch.cat([sampler(moment(step))["points"] for step in range(sampler.steps)])
    assert len(drawn) == max(256, n)
    kinds, counts = torch.unique(drawn, dim=0, return_counts=True)
    assert {*map(tuple, kinds.tolist())} <= {*map(tuple, moons(n).tolist())}
    assert len(kinds) > 0.9 * n and set(counts.tolist()) <= often


def test_the_preview_shows_the_data_and_samples_of_the_average():
    objective = untrained(points=40)
    scatter = objective.preview(torch.Generator().manual_seed(0))
    (data, blue), (generated, red) = scatter.clouds
    assert (blue, red, scatter.extent) == (REAL, GENERATED, EXTENT)
    assert torch.equal(data, moons(40)) and generated.shape == (SAMPLES, 2)
    objective.shown = Exact(PLACE)
    generated = objective.preview(torch.Generator().manual_seed(0)).clouds[1][0]
    torch.testing.assert_close(generated, PLACE.expand(SAMPLES, 2), rtol=1e-4, atol=1e-4)


@pytest.mark.thorough
@pytest.mark.parametrize("density", ["moons", "gaussians", "rings"])
def test_samples_lie_on_the_data_after_training(density):
    data = packs.load(density).train["points"][:1024]

    def away(network):
        return float(torch.cdist(paths(network, "euler", 16)[1][-1], data).amin(dim=1).mean())

    assert away(trained(1200, data=density)[0]) < min(0.06, away(untrained(data=density).shown) / 2)


def test_own_points_may_be_fewer_than_the_recipe_wants():
    wanted, data = chosen(2, points=1024), packs.load("moons")
    few = replace(data, train=data.train.first(30))
    events = [*walk(prepared(wanted, few))]
    assert any(isinstance(event, Evaluated) and math.isfinite(event.values["excess"]) for event in events)
