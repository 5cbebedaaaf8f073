"""Likelihoods against torch.distributions and closed forms, in float64."""

import math

import pytest
import torch
from torch.distributions import Bernoulli as TorchBernoulli
from torch.distributions import Normal

from playground.labs.vae.likelihood import LIKELIHOODS, Bernoulli, Gaussian, Logistic


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def images(n=5):
    drawn = torch.randint(0, 256, (n, 3, 4, 4), generator=rng()).to(torch.uint8)
    drawn[0] = 0
    drawn[1] = 255
    return drawn


def outputs(channels=3, scale=1.0):
    return scale * torch.randn(5, channels, 4, 4, generator=rng(1), dtype=torch.double)


def test_bernoulli_is_that_of_torch():
    expected = TorchBernoulli(logits=outputs(), validate_args=False).log_prob(images().double() / 255)
    torch.testing.assert_close(Bernoulli().log_prob(outputs(), images()), expected.sum(dim=(1, 2, 3)))
    torch.testing.assert_close(Bernoulli().mean(outputs()), outputs().sigmoid())


def test_gaussian_is_that_of_torch():
    likelihood = Gaussian().double()
    with torch.no_grad():
        likelihood.log_deviation.fill_(-2.0)
    expected = Normal(outputs().sigmoid(), math.exp(-2)).log_prob(images().double() / 255)
    torch.testing.assert_close(likelihood.log_prob(outputs(), images()), expected.sum(dim=(1, 2, 3)))


def test_the_best_deviation_of_a_gaussian_is_the_mean_error():
    likelihood = Gaussian().double()
    error = (images().double() / 255 - outputs().sigmoid()).square().mean().sqrt()
    with torch.no_grad():
        likelihood.log_deviation.copy_(error.log())
    likelihood.log_prob(outputs(), images()).sum().backward()
    assert float(likelihood.log_deviation.grad) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("log_scale", [-9.0, -4.0, 0.0, 3.0])
@pytest.mark.parametrize("location", [-1.5, 0.0, 0.37, 1.0])
def test_the_256_brightnesses_of_a_logistic_are_all_there_is(location, log_scale):
    given = torch.tensor([location, log_scale], dtype=torch.double)[None, :, None, None].expand(256, -1, -1, -1)
    every = torch.arange(256, dtype=torch.uint8)[:, None, None, None]
    log_prob = Logistic().log_prob(given, every)
    assert float(log_prob.exp().sum()) == pytest.approx(1, abs=1e-12) and bool(log_prob.isfinite().all())


def test_a_logistic_is_the_difference_of_its_distribution_function():
    location, log_scale = outputs(6, scale=0.5).chunk(2, dim=1)
    x, scale = images().double() / 127.5 - 1, log_scale.exp()
    upper = torch.where(images() == 255, 1.0, ((x + 1 / 255 - location) / scale).sigmoid())
    lower = torch.where(images() == 0, 0.0, ((x - 1 / 255 - location) / scale).sigmoid())
    expected = (upper - lower).log().sum(dim=(1, 2, 3))
    torch.testing.assert_close(Logistic().log_prob(outputs(6, scale=0.5), images()), expected)
    torch.testing.assert_close(Logistic().mean(outputs(6)), ((outputs(6)[:, :3] + 1) / 2).clamp(0, 1))


@pytest.mark.parametrize("likelihood", LIKELIHOODS.values())
def test_half_precision_loses_nothing_but_the_outputs_digits(likelihood):
    made = likelihood()
    given = outputs(3 * made.outputs).bfloat16()
    torch.testing.assert_close(made.log_prob(given, images()), made.log_prob(given.float(), images()))
