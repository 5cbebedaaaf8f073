"""Samplers against a Gaussian whose denoiser and flow are known exactly, and against each other."""

import math
from functools import partial

import pytest
import torch

from playground.labs.diffusion.path import PATHS, SIGMA_MAX, SIGMA_MIN
from playground.labs.diffusion.samplers import SAMPLERS, ddim, ddpm, dpm, euler, heun, karras, sample, uniform
from tests.labs.diffusion.denoisers import DEVIATION, EXACT, MEAN, flowed, gaussian, guess, normal, results, rng


def test_straight_heun_is_heuns_method_in_the_time_of_the_path():
    t, x_t = torch.linspace(0.95, 0.15, 6, dtype=torch.double), normal(2, 3, 4)

    def velocity(x_t, t):
        x, sigma = x_t / (1 - t), t / (1 - t)
        x0 = guess(x, sigma)
        return (x - x0) / sigma - x0

    ours = results(heun, guess, x_t / (1 - t[0]), t / (1 - t), straight=True)
    for here, after in zip(t[:-1], t[1:], strict=True):
        first = velocity(x_t, here)
        x_t = x_t + (after - here) * (first + velocity(x_t + (after - here) * first, after)) / 2
    torch.testing.assert_close(ours[-1].x * (1 - t[-1]), x_t, **EXACT)


@pytest.mark.parametrize(
    ("sampler", "order"),
    [(euler, 1), (ddim, 1), (heun, 2), (partial(heun, straight=True), 2), (dpm, 2)],
    ids=["euler", "ddim", "heun", "straight heun", "dpm++"],
)
def test_the_error_falls_with_the_order_of_the_method(sampler, order):
    x = 10 * normal(50)
    counts, errors = (32, 64, 128, 256), []
    for n in counts:
        sigmas = torch.logspace(1, -1, n + 1, dtype=torch.double)
        end = results(sampler, gaussian, x, sigmas)[-1].x
        errors.append(float((end - flowed(x, 10.0, 0.1)).abs().max()))
    slope = math.log(errors[0] / errors[-1]) / math.log(counts[-1] / counts[0])
    assert slope == pytest.approx(order, abs=0.12), errors


@pytest.mark.parametrize("name", sorted(SAMPLERS))
def test_every_sampler_reaches_the_gaussian(name):
    """Mean and deviation of 20,000 samples, within what so many tell and the steps allow."""
    actual = sample(SAMPLERS[name], gaussian, normal(20_000), karras(400), None, rng())
    assert actual.mean() == pytest.approx(MEAN, abs=0.02)
    assert actual.std() == pytest.approx(DEVIATION, rel=0.03)


@pytest.mark.parametrize("name", ["euler", "ddim", "heun", "dpm++"])
def test_without_fresh_noise_the_start_decides(name):
    x = normal(50)
    actual = sample(SAMPLERS[name], gaussian, x, karras(200))
    torch.testing.assert_close(actual, flowed(SIGMA_MAX * x, SIGMA_MAX, 0.0), rtol=0.03, atol=0.01)
    assert torch.equal(actual, sample(SAMPLERS[name], gaussian, x, karras(200), None, rng(1)))


@pytest.mark.parametrize("name", sorted(SAMPLERS))
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_one_known_picture_is_reached_in_any_number_of_steps(name, steps):
    target = normal(3, 4, seed=5)
    for sigmas in (karras(steps), uniform(steps, PATHS["straight"])):
        actual = sample(
            SAMPLERS[name], lambda x, sigma, condition: target.expand_as(x), normal(2, 3, 4), sigmas, None, rng()
        )
        torch.testing.assert_close(actual, target.expand(2, 3, 4), rtol=1e-9, atol=1e-9)


def test_all_noise_anew_is_ddpm_and_none_is_euler():
    x, sigmas = 80 * normal(2, 3, 4), karras(9).double()
    ours = {eta: results(ddim, guess, x, sigmas, rng=rng(), eta=eta)[-1].x for eta in (0.0, 1.0)}
    torch.testing.assert_close(ours[1.0], results(ddpm, guess, x, sigmas, rng=rng())[-1].x, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(ours[0.0], results(euler, guess, x, sigmas)[-1].x, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", sorted(SAMPLERS))
def test_a_sampling_is_a_film(name):
    calls = []

    def counted(x, sigma, condition):
        calls.append(float(sigma))
        return gaussian(x, sigma)

    sigmas = karras(6).double()
    steps = results(SAMPLERS[name], counted, 80 * normal(4), sigmas, rng=rng())
    assert [step.sigma for step in steps] == sigmas.tolist()
    torch.testing.assert_close(steps[0].x, 80 * normal(4))
    torch.testing.assert_close(steps[2].x0, gaussian(steps[2].x, sigmas[2]))
    assert torch.equal(steps[-1].x0, steps[-1].x)
    assert steps[-1].evaluations == len(calls) == (11 if name == "heun" else 6)


def test_schedules():
    assert karras(5)[0] == pytest.approx(SIGMA_MAX) and karras(5)[-2] == pytest.approx(SIGMA_MIN) and karras(5)[-1] == 0
    assert karras(1).tolist() == pytest.approx([SIGMA_MAX, 0])
    for path in PATHS.values():
        actual = uniform(4, path)
        assert actual[0] == pytest.approx(SIGMA_MAX, rel=1e-4) and actual[-1] == 0 and (actual.diff() < 0).all()
    torch.testing.assert_close(uniform(2, PATHS["straight"])[1], torch.tensor(40 / 81 / (1 - 40 / 81)))
