"""Diffusion in the plane: the exact denoiser in closed form, the field as a score, a training that can be repeated."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from playground.data import packs
from playground.labs import recipe
from playground.labs.diffusion import points
from playground.labs.diffusion.path import PATHS
from playground.labs.diffusion.points import (
    EXTENT,
    FIELD,
    SAMPLES,
    exact_denoiser,
    field,
    fixed_noise,
    paths,
    velocity_error,
    with_noise,
)
from playground.labs.diffusion.samplers import SAMPLERS
from playground.labs.plane import lattice
from playground.media import GENERATED, REAL
from playground.objective import Moment
from playground.runs.events import Evaluated, Snapshot
from training.loop import walk
from training.trainer import prepared

pytestmark = pytest.mark.usefixtures("one_thread")

PLACE = torch.tensor([[0.4, -0.7]])


def chosen(steps=100, **knobs):
    return recipe("point-diffusion-moons").changed(seconds=None, steps=steps, **knobs)


def trained(steps=100, **knobs):
    """The network after a training, and its last evaluation."""
    wanted = chosen(steps, **knobs)
    events = [*walk(prepared(wanted, wanted.load(packs)))]
    last = [event for event in events if isinstance(event, Snapshot)][-1]
    network = wanted.network(None, **last.shape)
    network.load_state_dict(last.weights)
    network.requires_grad_(False)
    return network, next(event.values for event in events if isinstance(event, Evaluated) and event.final)


def untrained(**knobs):
    torch.manual_seed(0)
    wanted = chosen(**knobs)
    return wanted.build(wanted.load(packs)).eval()


def weights(network):
    return torch.cat([parameter.detach().flatten() for parameter in network.parameters()])


def double(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.double)


def moment(step=0):
    return Moment(step, 0.5, torch.Generator().manual_seed(step))


class Exact(nn.Module):
    """An exact denoiser where a network stands."""

    def __init__(self, data):
        super().__init__()
        self.denoise = exact_denoiser(data)

    def forward(self, x, sigma, condition=None):
        return self.denoise(x, sigma, condition)


def moons(n=1024):
    return packs.load("moons").train["points"][:n]


def test_the_exact_denoiser_of_two_points_is_a_tanh():
    place = torch.tensor([[0.6, -0.3]], dtype=torch.double)
    x, sigma = double(50, 2), double(50, seed=1).abs() + 0.1
    guess = exact_denoiser(torch.cat([place, -place]))(x, sigma, None)
    expected = place * torch.tanh((x @ place.T) / sigma[:, None].square())
    torch.testing.assert_close(guess, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("sigma", [0.002, 0.05, 1.0, 80.0])
def test_the_exact_denoiser_is_a_mean_over_all_points(sigma):
    """Equation 57 of Karras et al. written out in float64, also where sigma^2 is below float32's precision."""
    data = moons()
    x = data[:20] + sigma * fixed_noise(20, seed=3)
    likelihoods = [
        [-float((one.double() - other).square().sum()) / (2 * sigma**2) for other in data.double()] for one in x
    ]
    shares = torch.tensor(likelihoods, dtype=torch.double).softmax(dim=1)
    torch.testing.assert_close(
        exact_denoiser(data)(x, torch.tensor(sigma), None).double(), shares @ data.double(), rtol=0, atol=3e-4
    )


def test_the_field_is_the_score_times_the_variance(monkeypatch):
    """Tweedie's formula against the slope of the log density of x_t, a mixture of Gaussians."""
    data = moons().double()
    x_t = lattice(FIELD, EXTENT).double().requires_grad_(True)
    monkeypatch.setattr(points, "lattice", lambda side, extent: x_t)
    for time in (0.1, 0.5, 0.9):
        distances = (x_t[:, None] - (1 - time) * data).square().sum(dim=2)
        density = (-distances / (2 * time**2)).logsumexp(dim=1)
        (score,) = torch.autograd.grad(density.sum(), x_t)
        torch.testing.assert_close(field(exact_denoiser(data), time), time**2 * score, rtol=1e-6, atol=1e-6)


def test_the_field_asks_the_denoiser_in_its_own_coordinates():
    """A denoiser that says 0 pulls every place to the middle; one that says x takes x_t back to itself."""
    torch.testing.assert_close(field(lambda x, sigma, condition: torch.zeros_like(x), 0.4), -lattice(FIELD, EXTENT))
    still = field(lambda x, sigma, condition: x, 0.4)
    torch.testing.assert_close(still, torch.zeros(FIELD**2, 2), atol=1e-6, rtol=0)


def test_the_arrows_stand_row_by_row_from_below():
    places = lattice(FIELD, EXTENT).view(FIELD, FIELD, 2)
    step = 2 * EXTENT / FIELD
    assert places[2, 5].tolist() == pytest.approx([-EXTENT + 5.5 * step, -EXTENT + 2.5 * step])


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_sampler_finds_the_only_point_there_is(sampler):
    times, reached = paths(exact_denoiser(PLACE), sampler, 7)
    assert len(times) == 8 and reached.shape == (8, SAMPLES, 2)
    assert float(times[0]) == pytest.approx(80 / 81, rel=1e-4) and times[-1] == 0 and bool((times.diff() < 0).all())
    torch.testing.assert_close(reached[0], fixed_noise(SAMPLES, seed=0) * 80 / 81, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(reached[-1], PLACE.expand(SAMPLES, 2), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_sampler_of_the_exact_denoiser_ends_at_the_data(sampler):
    data = moons(64)
    ends = [paths(exact_denoiser(data), sampler, steps)[1][-1] for steps in (20, 200)]
    few, many = (float(torch.cdist(end, data).amin(dim=1).mean()) for end in ends)
    assert many < 0.002 < few < 0.05


def test_eulers_ways_are_straight_when_there_is_one_point():
    times, reached = paths(exact_denoiser(PLACE), "euler", 5)
    noise = (reached[0] - (1 - times[0]) * PLACE) / times[0]
    for time, here in zip(times, reached, strict=True):
        torch.testing.assert_close(here, (1 - time) * PLACE + time * noise, rtol=1e-3, atol=1e-3)


def test_a_sampling_with_fresh_noise_is_the_same_at_every_look():
    denoise = exact_denoiser(moons())
    torch.manual_seed(1)
    first = paths(denoise, "ddpm", 4)[1]
    torch.manual_seed(2)
    assert torch.equal(paths(denoise, "ddpm", 4)[1], first)


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
    assert not network.network(double(5, 2).float(), torch.zeros(5)).any()
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


def test_the_error_is_that_of_the_velocity():
    """On the straight path the velocity eps - x0 of a guess differs from the true one by (guess - x0) / t."""
    data = moons()
    x, sigma = with_noise(data)
    t = PATHS["straight"].time(sigma)[:, None]
    assert velocity_error(data, data, sigma) == 0
    assert velocity_error(data + 0.3 * t, data, sigma) == pytest.approx(0.09, rel=1e-3)
    noise = (x - data) / sigma[:, None]
    assert noise.std() == pytest.approx(1, abs=0.05) and torch.equal(with_noise(data)[0], x)
    assert t.flatten().sort().values.diff().std() < 1e-5, "levels drawn evenly in time"


def test_the_excess_is_the_error_above_the_least_possible():
    """What is counted is the distance from the exact denoiser; with much noise both are the same number."""
    objective, data = untrained(points=256), moons(256)
    with torch.no_grad():
        for parameter in objective.shown.parameters():
            parameter.normal_(std=0.1, generator=torch.Generator().manual_seed(0))
    often = data.repeat(400, 1)
    x, sigma = with_noise(often)
    error, least = (velocity_error(one(x, sigma), often, sigma) for one in (objective.shown, exact_denoiser(data)))
    assert objective.evaluate(packs.load("moons").test)["excess"] == pytest.approx(error - least, rel=0.05)


def test_nobody_is_better_than_the_exact_denoiser():
    objective, test = untrained(), packs.load("moons").test
    objective.shown = Exact(objective.data)
    assert objective.evaluate(test)["excess"] == 0
    objective.shown = Exact(moons(900))
    assert objective.evaluate(test)["excess"] > 0


def test_the_excess_on_few_points_is_a_mean_over_much_noise():
    """With eight points alone the error would hang on eight noise levels."""
    x, sigma, best = untrained(points=8)._exact
    assert len(x) == len(sigma.unique()) == 2048
    assert torch.equal(best, exact_denoiser(moons(8))(x, sigma, None))
    nearest = torch.cdist(x[sigma < 0.05], moons(8)).argmin(dim=1)
    assert nearest.unique().tolist() == [*range(8)]


def test_training_comes_nearer_to_what_is_possible():
    start = untrained().evaluate(packs.load("moons").test)["excess"]
    _, values = trained(100)
    assert 0 < values["excess"] < 0.2 * start
    assert values.keys() == {"loss", "excess"}


def test_all_test_points_are_looked_at():
    objective = untrained()
    assert objective.quick_examples >= 512 and objective.final is None


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


@pytest.mark.slow
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
