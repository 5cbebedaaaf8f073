"""Generated images are the last frame of a film of the sampling."""

import torch

from playground.labs.diffusion.sampling import Settings, film, sample_images
from tests.labs.diffusion.denoisers import network, normal


def test_pictures_are_the_last_frame_of_the_film():
    denoiser, noise, labels = network(), normal(5, 1, 8, 8), torch.arange(5) % 3
    settings = Settings(sampler="heun", steps=3, guidance=2.0)
    *_, last = film(denoiser, noise, labels, settings)
    actual = sample_images(denoiser, noise, labels, settings)
    assert actual.dtype == torch.uint8
    assert torch.equal(actual, ((last.x + 1) * 127.5).round().clamp(0, 255).to(torch.uint8))
    assert settings.evaluations(last.evaluations, conditional=True) == 10
    assert settings.evaluations(last.evaluations, conditional=False) == 5
    again = sample_images(denoiser, noise, labels, Settings(sampler="ddpm", steps=3))
    assert torch.equal(again, sample_images(denoiser, noise, labels, Settings(sampler="ddpm", steps=3)))
