"""A whole sampling with its settings: the images alone, or every step on the way to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple

import torch
from torch import Generator, Tensor

from playground.data import as_images
from playground.labs.diffusion.denoise import Denoise, Denoiser, clipped, guided
from playground.labs.diffusion.path import Path
from playground.labs.diffusion.samplers import SAMPLERS, SamplerName, Step, heun, karras, uniform

ScheduleName = Literal["uniform", "karras"]
CHUNK = 256


@dataclass(frozen=True)
class Settings:
    """Settings of a sampling.

    Attributes:
        sampler: One of `SAMPLERS`.
        steps: How many, at least 1.
        schedule: "uniform" steps of the path's time, or EDM's noise levels.
        guidance: See `guided`; counts where there is a class.
    """

    sampler: SamplerName = "dpm++"
    steps: int = 8
    schedule: ScheduleName = "uniform"
    guidance: float = 1.0

    def sigmas(self, path: Path) -> Tensor:
        """The noise levels (steps + 1,), the last one 0."""
        return karras(self.steps) if self.schedule == "karras" else uniform(self.steps, path)

    def evaluations(self, calls: int, *, conditional: bool) -> int:
        """How often the network is evaluated in so many `calls` of the denoiser."""
        return 2 * calls if conditional and self.guidance not in (0, 1) else calls


def film(
    denoiser: Denoiser, noise: Tensor, condition: Tensor | None, settings: Settings, rng: Generator | None = None
) -> Iterator[Step]:
    """The steps of a sampling from normal noise (B, C, H, W); `rng` counts where the sampler adds fresh noise."""
    denoise: Denoise = clipped(guided(denoiser, settings.guidance))
    sigmas = settings.sigmas(denoiser.path).to(noise)
    sampler = SAMPLERS[settings.sampler]
    if sampler is heun:
        sampler = partial(heun, straight=settings.schedule == "uniform")
    return sampler(denoise, sigmas[0] * noise, sigmas, condition, rng)


@torch.no_grad()
def sample_images(denoiser: Denoiser, noise: Tensor, condition: Tensor | None, settings: Settings) -> Tensor:
    """What a sampling ends with: (B, C, H, W), uint8, from normal noise of that shape and classes (B,) or None.

    A sampler that adds fresh noise takes it from a generator with a fixed seed.
    """
    rng = Generator(noise.device).manual_seed(0)
    classes = [None] * len(noise) if condition is None else condition.split(CHUNK)
    images = []
    for part, labels in zip(noise.split(CHUNK), classes, strict=False):
        for step in film(denoiser, part, labels, settings, rng):
            x = step.x
        images.append(as_images(x))
    return torch.cat(images)


class Recorded(NamedTuple):
    """A sampling as a film of uint8 images.

    Attributes:
        x: (N + 1, B, C, H, W), the noisy images, scaled by `visible`.
        x0: (N + 1, B, C, H, W), the denoised ones.
        sigmas: (N + 1,), their noise levels.
        evaluations: How often the network was evaluated on each image.
    """

    x: Tensor
    x0: Tensor
    sigmas: list[float]
    evaluations: int


@torch.no_grad()
def recorded(denoiser: Denoiser, noise: Tensor, condition: Tensor | None, settings: Settings, *, seed: int) -> Recorded:
    """Records every step of a sampling from normal noise (B, C, H, W).

    Fresh noise, where the sampler adds it, comes from a generator with `seed`.
    """
    rng = Generator(noise.device).manual_seed(seed)
    steps = [*film(denoiser, noise, condition, settings, rng)]
    return Recorded(
        x=torch.stack([visible(step.x, step.sigma) for step in steps]),
        x0=torch.stack([as_images(step.x0) for step in steps]),
        sigmas=[step.sigma for step in steps],
        evaluations=settings.evaluations(steps[-1].evaluations, conditional=condition is not None),
    )


def visible(x: Tensor, sigma: float) -> Tensor:
    """A noisy image x0 + sigma eps scaled to about unit variance for display, as uint8: x / sqrt(1 + sigma^2)."""
    return as_images(x / (1 + sigma**2) ** 0.5)
