"""Paths go to the common convention and back, and all parameterizations convert into one another."""

from itertools import product

import pytest
import torch

from playground.labs.diffusion.parameterization import (
    PARAMETERIZATIONS,
    SIGMA_DATA,
    converted,
    weight,
)
from playground.labs.diffusion.path import PATHS, SIGMA_MAX, SIGMA_MIN, spread

TIMES = torch.linspace(0.02, 0.98, 25, dtype=torch.double)
LEVELS = torch.logspace(-2.5, 1.8, 25, dtype=torch.double)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=rng(seed), dtype=torch.double)


@pytest.fixture(params=sorted(PATHS))
def path(request):
    return PATHS[request.param]


def test_a_path_goes_from_the_picture_to_noise(path):
    t = TIMES
    assert (path.ratio(t).diff() > 0).all()
    ends = torch.tensor([0.0, 1.0], dtype=torch.double)
    (clean, noisy), alpha = (
        path.sigma(ends) / (path.alpha(ends).square() + path.sigma(ends).square()).sqrt(),
        path.alpha,
    )
    assert clean < 0.003 and noisy > 0.999
    assert alpha(ends)[0] == pytest.approx(1.0)
    torch.testing.assert_close(path.time(path.ratio(t)), t, rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(path.ratio(path.time(LEVELS)), LEVELS, rtol=1e-9, atol=0)


@pytest.mark.parametrize("name", ["cosine", "linear"])
def test_variance_preserving_paths_preserve_the_variance(name):
    total = PATHS[name].alpha(TIMES).square() + PATHS[name].sigma(TIMES).square()
    torch.testing.assert_close(total, torch.ones_like(total))


def test_the_linear_path_is_ddpms():
    """The product of 1 - beta over 1000 steps from 1e-4 to 0.02; the continuous path comes within a step."""
    from diffusers import DDPMScheduler

    alphas_cumprod = DDPMScheduler(beta_schedule="linear").alphas_cumprod.double()
    t = (torch.arange(1000, dtype=torch.double) + 1) / 1000
    torch.testing.assert_close(PATHS["linear"].alpha(t).square().log(), alphas_cumprod.log(), rtol=0.01, atol=2e-4)


def test_equal_steps_of_edms_time_are_its_noise_levels():
    from diffusers import EDMEulerScheduler

    reference = EDMEulerScheduler(sigma_min=SIGMA_MIN, sigma_max=SIGMA_MAX)
    reference.set_timesteps(20)
    actual = PATHS["edm"].sigma(torch.linspace(1, 0, 20))
    torch.testing.assert_close(actual, reference.sigmas[:-1].float(), rtol=1e-4, atol=1e-6)


def test_the_convention_and_back(path):
    x0, noise, t = normal(25, 2, 3), normal(25, 2, 3, seed=1), TIMES
    x_t = spread(path.alpha(t), x0) * x0 + spread(path.sigma(t), x0) * noise
    x, ratio = path.to_edm(x_t, t)
    torch.testing.assert_close(x, x0 + spread(ratio, x0) * noise)
    back, time = path.from_edm(x, ratio)
    torch.testing.assert_close(back, x_t)
    torch.testing.assert_close(time, t)


@pytest.mark.parametrize("name", ["straight", "cosine"])
def test_the_velocity_is_the_derivative(name):
    """By t on the straight path; by the angle pi t / 2 on the cosine one, which is Salimans & Ho's v."""
    path, t = PATHS[name], TIMES.clone().requires_grad_()
    (of_x0,) = torch.autograd.grad(path.alpha(t).sum(), t)
    (of_noise,) = torch.autograd.grad(path.sigma(t).sum(), t)
    speed = 1 if name == "straight" else torch.pi / 2
    a, b = path.velocity(TIMES)
    torch.testing.assert_close(a * speed, of_x0)
    torch.testing.assert_close(b * speed, of_noise)


def test_training_levels_have_their_distribution(path):
    n = 40_000
    drawn = path.draw(n, rng(), "uniform").double()
    assert drawn.min() >= SIGMA_MIN and drawn.max() <= SIGMA_MAX * (1 + 1e-5)
    first, last = path.time(torch.tensor([SIGMA_MIN, SIGMA_MAX], dtype=torch.double))
    times = (path.time(drawn) - first) / (last - first)
    spaced = (torch.arange(n, dtype=torch.double) + 0.5) / n
    assert (times.sort().values - spaced).abs().max() < 1.63 / n**0.5, "Kolmogorov and Smirnov, at the level of 1 %"

    logs = path.draw(n, rng(), "log-normal").double().log()
    mean, deviation = path.center
    assert logs.mean() == pytest.approx(mean, abs=0.03) and logs.std() == pytest.approx(deviation, rel=0.02)
    assert torch.equal(path.draw(9, rng()), path.draw(9, rng()))


def test_log_normal_levels_are_logit_normal_times_on_the_straight_path():
    levels = PATHS["straight"].draw(1000, rng(), "log-normal")
    torch.testing.assert_close(PATHS["straight"].time(levels).logit(), levels.log(), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(("source", "target"), [*product(PARAMETERIZATIONS, repeat=2)])
def test_parameterizations_convert_exactly(path, source, target):
    x0, noise = normal(25, 2, 3), normal(25, 2, 3, seed=1)
    x = x0 + spread(LEVELS, x0) * noise
    output = PARAMETERIZATIONS[source].from_x0(x0, x, LEVELS, path)
    expected = PARAMETERIZATIONS[target].from_x0(x0, x, LEVELS, path)
    actual = converted(output, x, LEVELS, path=path, source=source, target=target)
    torch.testing.assert_close(actual, expected, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(PARAMETERIZATIONS[source].to_x0(output, x, LEVELS, path), x0, rtol=1e-9, atol=1e-9)


def test_the_targets_are_what_their_names_say(path):
    x0, noise = normal(25, 2, 3), normal(25, 2, 3, seed=1)
    x, t = x0 + spread(LEVELS, x0) * noise, path.time(LEVELS)
    alpha, sigma = spread(path.alpha(t), x0), spread(path.sigma(t), x0)
    velocity = {"straight": noise - x0, "edm": noise}.get(
        next(name for name, one in PATHS.items() if one is path), alpha * noise - sigma * x0
    )
    edm = (x0 - SIGMA_DATA**2 / (spread(LEVELS, x0) ** 2 + SIGMA_DATA**2) * x) / (
        spread(LEVELS, x0) * SIGMA_DATA / (spread(LEVELS, x0) ** 2 + SIGMA_DATA**2).sqrt()
    )
    expected = {"epsilon": noise, "x0": x0, "velocity": velocity, "edm": edm}
    for name, target in expected.items():
        actual = PARAMETERIZATIONS[name].from_x0(x0, x, LEVELS, path)
        torch.testing.assert_close(actual, target, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", sorted(PARAMETERIZATIONS))
def test_the_weight_of_the_output_is_its_plain_squared_error(path, name):
    one = PARAMETERIZATIONS[name]
    x0, x, wrong = normal(25, 6), normal(25, 6, seed=1), normal(25, 6, seed=2)
    target = one.from_x0(x0, x, LEVELS, path)
    missed = (one.to_x0(target + wrong, x, LEVELS, path) - x0).square().mean(dim=1)
    actual = weight(LEVELS, path=path, parameterization=one, weighting="output") * missed
    torch.testing.assert_close(actual, wrong.square().mean(dim=1), rtol=1e-6, atol=1e-9)


def test_the_other_weights(path):
    def of(weighting):
        return weight(LEVELS, path=path, parameterization=PARAMETERIZATIONS["x0"], weighting=weighting)

    snr = 1 / LEVELS.square()
    torch.testing.assert_close(of("epsilon"), snr)
    torch.testing.assert_close(of("min-snr"), torch.minimum(snr, torch.tensor(5.0, dtype=torch.double)))
    torch.testing.assert_close(of("edm"), (LEVELS**2 + SIGMA_DATA**2) / (LEVELS * SIGMA_DATA) ** 2)
    assert torch.equal(of("output"), torch.ones_like(LEVELS))
