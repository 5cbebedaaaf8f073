"""Diffusion in the plane: the exact denoiser in closed form, the field as a score, a training that can be repeated."""

import math
from functools import partial

import pytest
import torch

from playground.data.toy2d import sample
from playground.labs.diffusion import plane
from playground.labs.diffusion.path import PATHS
from playground.labs.diffusion.plane import BadLook, Look, PointDiffusion, exact_denoiser, lattice
from playground.labs.diffusion.samplers import SAMPLERS

pytestmark = pytest.mark.usefixtures("one_thread")


def study(seed=0, density="moons", **options):
    return PointDiffusion(draw=partial(sample, density), seed=seed, **options)


def at_one_place(n, rng):
    return torch.tensor([[0.4, -0.7]]).expand(n, 2)


def weights(denoiser):
    return torch.cat([parameter.detach().flatten() for parameter in denoiser.parameters()])


def double(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.double)


def test_the_exact_denoiser_of_two_points_is_a_tanh():
    place = torch.tensor([[0.6, -0.3]], dtype=torch.double)
    x, sigma = double(50, 2), double(50, seed=1).abs() + 0.1
    guess = exact_denoiser(torch.cat([place, -place]))(x, sigma, None)
    expected = place * torch.tanh((x @ place.T) / sigma[:, None].square())
    torch.testing.assert_close(guess, expected, rtol=1e-10, atol=1e-10)


def test_the_field_is_the_score_times_the_variance(monkeypatch):
    """Tweedie's formula against the slope of the log density of x_t, a mixture of Gaussians."""
    model = study()
    model.data = model.data.double()
    model.exact = exact_denoiser(model.data)
    x_t = lattice().double().requires_grad_(True)
    monkeypatch.setattr(plane, "lattice", lambda: x_t)
    for time in (0.1, 0.5, 0.9):
        distances = (x_t[:, None] - (1 - time) * model.data).square().sum(dim=2)
        density = (-distances / (2 * time**2)).logsumexp(dim=1)
        (score,) = torch.autograd.grad(density.sum(), x_t)
        field = model.field(Look(time=time, exact=True))
        torch.testing.assert_close(field, time**2 * score, rtol=1e-6, atol=1e-6)


def test_the_field_asks_the_denoiser_in_its_own_coordinates():
    """A denoiser that says 0 pulls every place to the middle; one that says x takes x_t back to itself."""
    model = study()
    model.shown = lambda x, sigma, condition: torch.zeros_like(x)
    torch.testing.assert_close(model.field(Look(time=0.4)), -lattice())
    model.shown = lambda x, sigma, condition: x
    torch.testing.assert_close(model.field(Look(time=0.4)), torch.zeros(plane.FIELD**2, 2), atol=1e-6, rtol=0)


def test_the_arrows_stand_row_by_row_from_below():
    places = lattice().view(plane.FIELD, plane.FIELD, 2)
    step = 2 * plane.EXTENT / plane.FIELD
    assert places[2, 5].tolist() == pytest.approx([-plane.EXTENT + 5.5 * step, -plane.EXTENT + 2.5 * step])


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_every_sampler_finds_the_only_point_there_is(sampler):
    model = PointDiffusion(draw=at_one_place, seed=0)
    times, points = model.paths(Look(sampler=sampler, steps=7, exact=True))
    assert len(times) == 8 and points.shape == (8, plane.SAMPLES, 2)
    assert times[0] == pytest.approx(80 / 81, rel=1e-4) and times[-1] == 0 and times == sorted(times, reverse=True)
    torch.testing.assert_close(points[0], model.start * 80 / 81, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(points[-1], at_one_place(plane.SAMPLES, None), rtol=1e-4, atol=1e-4)


def test_eulers_ways_are_straight_when_there_is_one_point():
    model = PointDiffusion(draw=at_one_place, seed=0)
    times, points = model.paths(Look(steps=5, exact=True))
    end = at_one_place(1, None)
    noise = (points[0] - (1 - times[0]) * end) / times[0]
    for time, reached in zip(times, points, strict=True):
        torch.testing.assert_close(reached, (1 - time) * end + time * noise, rtol=1e-3, atol=1e-3)


def test_a_sampling_with_fresh_noise_is_the_same_at_every_look():
    model, look = study(), Look(sampler="ddpm", steps=4)
    assert torch.equal(model.paths(look)[1], model.paths(look)[1])


def test_the_same_seed_trains_the_same_network():
    models = [study(seed=3), study(seed=3), study(seed=4)]
    torch.manual_seed(1)
    for model in models:
        for _ in range(3):
            model.step()
    a, b, c = (weights(model.shown) for model in models)
    assert torch.equal(a, b) and not torch.equal(a, c)


def test_looking_changes_nothing():
    looked, left = study(), study()
    for _ in range(3):
        looked.field(Look())
        looked.paths(Look(sampler="ddpm", steps=2))
        assert looked.errors[1] > 0
        looked.step()
        left.step()
    assert torch.equal(weights(looked.denoiser), weights(left.denoiser))


def test_what_is_shown_is_an_average_of_what_learns():
    model = study()
    before = weights(model.denoiser)
    model.step()
    first = weights(model.denoiser)
    torch.testing.assert_close(weights(model.shown), before.lerp(first, 0.8))
    shown = weights(model.shown)
    model.steps = 10_000
    model.step()
    torch.testing.assert_close(weights(model.shown), shown.lerp(weights(model.denoiser), 0.02))


def test_the_error_is_that_of_the_velocity():
    """On the straight path the velocity eps - x0 of a guess differs from the true one by (guess - x0) / t."""
    model = study()
    t = PATHS["straight"].time(model._levels)[:, None]
    wrong = model.error(lambda x, sigma, condition: model.data + 0.3 * t)
    assert wrong == pytest.approx(0.09, rel=1e-3)
    assert model.error(lambda x, sigma, condition: model.data) == 0


def test_training_comes_nearer_to_what_is_possible():
    model = study()
    start, least = model.errors
    for _ in range(100):
        model.step()
    error, _ = model.errors
    assert least < error < least + 0.2 * (start - least)


@pytest.mark.slow
@pytest.mark.parametrize("density", ["moons", "gaussians", "rings"])
def test_samples_lie_on_the_data_after_training(density):
    model = study(density=density)

    def away():
        return float(torch.cdist(model.paths(Look(steps=16))[1][-1], model.data).amin(dim=1).mean())

    start = away()
    for _ in range(800):
        model.step()
    assert away() < min(0.06, start / 2)


@pytest.mark.parametrize(
    ("knobs", "sentence"),
    [
        ({"sampler": "best"}, "no sampler “best”; there are euler"),
        ({"steps": 0}, "takes 1 to 32 steps, and 0"),
        ({"steps": 33}, "takes 1 to 32 steps"),
        ({"time": 1.0}, "from 0.005 to 0.985, and it was 1"),
        ({"time": math.nan}, "from 0.005"),
    ],
)
def test_what_cannot_be_looked_at_is_refused(knobs, sentence):
    with pytest.raises(BadLook, match=sentence):
        Look(**knobs)
