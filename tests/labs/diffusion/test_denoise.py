"""Guidance between a denoiser with a condition and one without."""

import torch

from playground.labs.diffusion.denoise import UNCONDITIONAL, clipped, guided
from playground.labs.diffusion.path import spread
from playground.labs.diffusion.samplers import euler, karras, sample
from tests.labs.diffusion.denoisers import gaussian, normal


def test_guidance_of_one_is_the_conditional_denoiser():
    def denoise(x, sigma, condition):
        return gaussian(x, spread(sigma, x)) + (0 if condition is None else condition.clamp(min=0)[:, None])

    x, sigma, labels = normal(3, 4), torch.tensor(2.0, dtype=torch.double), torch.tensor([1, 2, 5])
    plain, conditional = denoise(x, sigma, None), denoise(x, sigma, labels)
    assert torch.equal(guided(denoise, 1)(x, sigma, labels), conditional)
    assert torch.equal(guided(denoise, 0)(x, sigma, labels), plain)
    torch.testing.assert_close(guided(denoise, 3)(x, sigma, labels), plain + 3 * (conditional - plain))
    assert torch.equal(guided(denoise, 3)(x, sigma, None), plain)
    levels = torch.tensor([0.5, 1.0, 2.0], dtype=torch.double)
    torch.testing.assert_close(guided(denoise, 3)(x, levels, labels)[2], guided(denoise, 3)(x, sigma, labels)[2])
    assert clipped(denoise)(x, sigma, labels).abs().max() == 1


def test_a_classifier_free_guide_moves_towards_its_class():
    """For two Gaussians of one width guidance multiplies the distance of the class from the mean of all."""

    def denoise(x, sigma, condition):
        return 0 * x + torch.where(condition == UNCONDITIONAL, 0.0, 0.2)

    end = sample(euler, guided(denoise, 4), normal(6), karras(5), torch.zeros(6, dtype=torch.long))
    torch.testing.assert_close(end, torch.full((6,), 0.8, dtype=torch.double))
