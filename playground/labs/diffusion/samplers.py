"""Samplers, from noise to an image. Each is a generator of its steps, so that every step can be shown.

All take a denoiser, a start x (B, ...) = sigmas[0] * noise, and descending noise levels `sigmas` (N + 1,), the last of
which is usually 0; all work in the convention x = x0 + sigma eps, whatever path the denoiser was trained on. In it the
flow from noise to images is dx / dsigma = (x - denoise(x, sigma)) / sigma (Karras et al., 2022, arXiv 2206.00364,
equation 3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Literal, NamedTuple

import torch
from torch import Generator, Tensor

from playground.labs.diffusion.denoise import Denoise
from playground.labs.diffusion.path import SIGMA_MAX, SIGMA_MIN, Path


class Step(NamedTuple):
    """The state of a sampling.

    Attributes:
        x: (B, ...), the noisy image x0 + sigma eps.
        x0: (B, ...), the denoised image; at the end, x itself if no noise is left.
        sigma: The noise level.
        evaluations: How often the denoiser was evaluated so far.
    """

    x: Tensor
    x0: Tensor
    sigma: float
    evaluations: int


Sampler = Callable[[Denoise, Tensor, Tensor, Tensor | None, Generator | None], Iterator[Step]]
"""(denoise, x, sigmas, condition, rng) -> N + 1 steps, the last of which holds the result."""


def euler(
    denoise: Denoise, x: Tensor, sigmas: Tensor, condition: Tensor | None = None, rng: Generator | None = None
) -> Iterator[Step]:
    """Euler's method, order 1, one evaluation a step.

    A step recombines the predicted image and noise at the next level, x0 + sigma' eps. So it is the same step on every
    path: DDIM with eta 0 on the variance preserving ones, flow matching's Euler on the straight one.
    """
    for i, (sigma, after) in enumerate(zip(sigmas[:-1], sigmas[1:], strict=True)):
        x0 = denoise(x, sigma, condition)
        yield Step(x, x0, float(sigma), i + 1)
        x = x + (after - sigma) * (x - x0) / sigma
    yield _last(x, x0, sigmas, len(sigmas) - 1)


def heun(
    denoise: Denoise,
    x: Tensor,
    sigmas: Tensor,
    condition: Tensor | None = None,
    rng: Generator | None = None,
    *,
    straight: bool = False,
) -> Iterator[Step]:
    """Heun's method, order 2, two evaluations a step but for a last one to 0: EDM, algorithm 1.

    With `straight`, what is averaged are not the slopes dx / dsigma but the velocities eps - x0 by the time t = sigma /
    (1 + sigma) of the straight path. Other than Euler's steps, Heun's are not the same in both; where the first ones
    are long, as at equal steps of time, only these lead to images.
    """
    evaluations = 0
    for sigma, after in zip(sigmas[:-1], sigmas[1:], strict=True):
        x0 = denoise(x, sigma, condition)
        evaluations += 1
        yield Step(x, x0, float(sigma), evaluations)
        noise = (x - x0) / sigma  # d_i
        ahead = x0 + after * noise
        if after > 0:
            x0_ahead = denoise(ahead, after, condition)
            evaluations += 1
            mean = (noise + (ahead - x0_ahead) / after) / 2
            if straight:
                velocity = mean - (x0 + x0_ahead) / 2
                x_t = x / (1 + sigma) + (after / (1 + after) - sigma / (1 + sigma)) * velocity
                ahead = (1 + after) * x_t
            else:
                ahead = x + (after - sigma) * mean
            x0 = x0_ahead
        x = ahead
    yield _last(x, x0, sigmas, evaluations)


def dpm(
    denoise: Denoise, x: Tensor, sigmas: Tensor, condition: Tensor | None = None, rng: Generator | None = None
) -> Iterator[Step]:
    """DPM-Solver++(2M), order 2, one evaluation a step: Lu et al., 2022 (arXiv 2211.01095), algorithm 2.

    lambda = -ln(sigma) in this convention; h is its step and r the last step's in parts of it. The first step and one
    to 0 are of order 1.
    """
    before: Tensor | None = None
    h_before = torch.zeros(())
    for i, (sigma, after) in enumerate(zip(sigmas[:-1], sigmas[1:], strict=True)):
        x0 = denoise(x, sigma, condition)
        yield Step(x, x0, float(sigma), i + 1)
        h = (sigma / after).log()
        ahead = x0
        if before is not None and after > 0:
            r = h_before / h
            ahead = x0 + (x0 - before) / (2 * r)  # D_i
        x = (after / sigma) * x + (1 - after / sigma) * ahead
        before, h_before = x0, h
    yield _last(x, x0, sigmas, len(sigmas) - 1)


def ddpm(
    denoise: Denoise, x: Tensor, sigmas: Tensor, condition: Tensor | None = None, rng: Generator | None = None
) -> Iterator[Step]:
    """Ancestral sampling from the posterior q(x'|x, x0): Ho et al., 2020 (arXiv 2006.11239), equations 6 and 7.

    In this convention the posterior between sigma and sigma' has the mean x0 + (sigma' / sigma)^2 (x - x0) and the
    variance sigma'^2 (sigma^2 - sigma'^2) / sigma^2.
    """
    for i, (sigma, after) in enumerate(zip(sigmas[:-1], sigmas[1:], strict=True)):
        x0 = denoise(x, sigma, condition)
        yield Step(x, x0, float(sigma), i + 1)
        x = x0 + (after / sigma).square() * (x - x0) + _posterior_deviation(sigma, after) * _noise(x, rng)
    yield _last(x, x0, sigmas, len(sigmas) - 1)


def ddim(
    denoise: Denoise,
    x: Tensor,
    sigmas: Tensor,
    condition: Tensor | None = None,
    rng: Generator | None = None,
    *,
    eta: float = 0.0,
) -> Iterator[Step]:
    """DDIM: Song et al., 2020 (arXiv 2010.02502), equations 12 and 16.

    `eta` is the part of DDPM's fresh noise that a step adds: with 0 the noise decides the image, with 1 it is DDPM.
    """
    for i, (sigma, after) in enumerate(zip(sigmas[:-1], sigmas[1:], strict=True)):
        x0 = denoise(x, sigma, condition)
        yield Step(x, x0, float(sigma), i + 1)
        fresh = eta * _posterior_deviation(sigma, after)
        x = x0 + (after.square() - fresh.square()).clamp(min=0).sqrt() * (x - x0) / sigma
        if eta:
            x = x + fresh * _noise(x, rng)
    yield _last(x, x0, sigmas, len(sigmas) - 1)


SamplerName = Literal["euler", "heun", "dpm++", "ddim", "ddim-half", "ddpm"]
SAMPLERS: dict[SamplerName, Sampler] = {
    "euler": euler,
    "heun": heun,
    "dpm++": dpm,
    "ddim": ddim,
    "ddim-half": partial(ddim, eta=0.5),
    "ddpm": ddpm,
}


def karras(steps: int, *, rho: float = 7.0) -> Tensor:
    """EDM's noise levels (steps + 1,), from SIGMA_MAX to SIGMA_MIN and then 0: equation 5."""
    ramp = torch.linspace(0, 1, steps, dtype=torch.double)  # 0 alone for one step
    first, last = SIGMA_MAX ** (1 / rho), SIGMA_MIN ** (1 / rho)
    return torch.cat([(first + ramp * (last - first)) ** rho, torch.zeros(1)]).float()


def uniform(steps: int, path: Path) -> Tensor:
    """Noise levels (steps + 1,) at equal steps of the path's time, from SIGMA_MAX to 0."""
    last = path.time(torch.tensor(SIGMA_MAX, dtype=torch.double))
    times = last * torch.linspace(1, 0, steps + 1, dtype=torch.double)
    return torch.cat([path.ratio(times[:-1]), torch.zeros(1)]).float()


def sample(
    sampler: Sampler,
    denoise: Denoise,
    noise: Tensor,
    sigmas: Tensor,
    condition: Tensor | None = None,
    rng: Generator | None = None,
) -> Tensor:
    """The result alone: images (B, ...) from normal noise (B, ...)."""
    sigmas = sigmas.to(noise)
    for step in sampler(denoise, sigmas[0] * noise, sigmas, condition, rng):
        x = step.x
    return x


def _posterior_deviation(sigma: Tensor, after: Tensor) -> Tensor:
    return after * (sigma.square() - after.square()).sqrt() / sigma


def _noise(x: Tensor, rng: Generator | None) -> Tensor:
    return torch.randn(x.shape, generator=rng, dtype=x.dtype, device=x.device)


def _last(x: Tensor, x0: Tensor, sigmas: Tensor, evaluations: int) -> Step:
    return Step(x, x if sigmas[-1] == 0 else x0, float(sigmas[-1]), evaluations)
