"""Denoisers in float64: one in closed form, one that holds nothing by luck, a small network; and their samplings."""

import torch

from playground.labs.diffusion.denoise import Denoiser
from playground.labs.diffusion.parameterization import PARAMETERIZATIONS
from playground.labs.diffusion.path import PATHS
from playground.labs.diffusion.unet import UNet

EXACT = {"rtol": 1e-9, "atol": 1e-9}
MEAN, DEVIATION = 0.4, 0.6


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.double)


def rng(seed=3):
    return torch.Generator().manual_seed(seed)


def guess(x, sigma, condition=None):
    """Some smooth function that is no denoiser of anything, so that nothing holds by luck."""
    return torch.tanh(x / (1 + sigma**2) ** 0.5 + 0.3 * torch.log(sigma)) + 0.1 * x.roll(1, -1) / (1 + sigma)


def gaussian(x, sigma, condition=None):
    """The exact denoiser where x0 is normal with MEAN and DEVIATION."""
    return (DEVIATION**2 * x + sigma**2 * MEAN) / (DEVIATION**2 + sigma**2)


def flowed(x, start, end):
    """Where the flow takes x from noise level `start` to `end` under `gaussian`, in closed form."""
    return MEAN + (x - MEAN) * ((DEVIATION**2 + end**2) / (DEVIATION**2 + start**2)) ** 0.5


def results(sampler, denoise, x, sigmas, **options):
    return [*sampler(denoise, x, sigmas, None, options.pop("rng", None), **options)]


def network(path="straight", parameterization="velocity", classes=3):
    torch.manual_seed(0)
    unet = UNet(channels=1, classes=classes, width=8).double()
    with torch.no_grad():
        for parameter in unet.parameters():
            parameter.normal_(std=0.1)
    return Denoiser(network=unet, path=PATHS[path], parameterization=PARAMETERIZATIONS[parameterization]).eval()
