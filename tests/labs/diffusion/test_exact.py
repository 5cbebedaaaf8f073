"""The exact denoiser of points in the plane in closed form, its field as a score, and where samplers take it."""

import pytest
import torch

from playground.labs.diffusion import points
from playground.labs.diffusion.points import EXTENT, FIELD, SAMPLES, exact_denoiser, field, fixed_noise, paths
from playground.labs.diffusion.samplers import SAMPLERS
from playground.labs.plane import lattice
from tests.labs.diffusion.denoisers import normal
from tests.labs.diffusion.plane import PLACE, moons

pytestmark = pytest.mark.usefixtures("one_thread")


def test_the_exact_denoiser_of_two_points_is_a_tanh():
    place = torch.tensor([[0.6, -0.3]], dtype=torch.double)
    x, sigma = normal(50, 2), normal(50, seed=1).abs() + 0.1
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
