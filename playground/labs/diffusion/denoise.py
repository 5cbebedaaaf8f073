"""The one function of this lab, denoise(x, sigma, condition) -> x0, and what can be wrapped around it.

x = x0 + sigma eps is a noisy image, x0 the denoised one: the mean of all images that it may be. Which path and
parameterization the network was trained with is known here alone; samplers, guidance and views see the function.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from playground.labs.diffusion.parameterization import SIGMA_DATA, Parameterization, WeightingName, weight
from playground.labs.diffusion.path import Path, spread

Denoise = Callable[[Tensor, Tensor, Tensor | None], Tensor]
"""x (B, ...), noise levels (B,) or () above 0, classes (B,) int64 or nothing, to x0 (B, ...)."""
UNCONDITIONAL = -1
"""Among classes, that of a sample that has none."""


class Denoiser(nn.Module):
    """A network as a denoiser. The network takes (input (B, ...), level (B,), condition (B,) or None).

    Its input is x scaled to about unit variance, its level ln(sigma) / 4 (EDM, table 1: c_in and c_noise).
    """

    def __init__(self, *, network: nn.Module, path: Path, parameterization: Parameterization) -> None:
        """`network` outputs what `parameterization` predicts, in the shape of its input."""
        super().__init__()
        self.network, self.path, self.parameterization = network, path, parameterization

    def forward(self, x: Tensor, sigma: Tensor, condition: Tensor | None = None) -> Tensor:
        """The denoised x; see `Denoise`."""
        scale = (sigma.square() + SIGMA_DATA**2).rsqrt()
        level = (sigma.log() / 4).expand(len(x))
        output = self.network(spread(scale, x) * x, level, condition)
        return self.parameterization.to_x0(output, x, sigma, self.path)

    def error(
        self, x0: Tensor, noise: Tensor, sigma: Tensor, condition: Tensor | None, weighting: WeightingName
    ) -> Tensor:
        """The weighted squared error, a mean over each image: (B,), for x0 and noise (B, ...) and sigma (B,)."""
        denoised = self(x0 + spread(sigma, x0) * noise, sigma, condition)
        error = (denoised - x0).square().flatten(1).mean(dim=1)
        return error * weight(sigma, path=self.path, parameterization=self.parameterization, weighting=weighting)


def guided(denoise: Denoise, scale: float) -> Denoise:
    """Classifier-free guidance: Ho & Salimans, 2022 (arXiv 2207.12598), equation 6 with scale = 1 + w.

    Extrapolates from the unconditional prediction `scale` times the way to the conditional one: 0 ignores the class, 1
    is the plain conditional denoiser, more exaggerates what sets the class apart. Other scales than 0 and 1 evaluate
    every sample twice, in one batch; without a condition there is nothing to guide by.
    """

    def denoise_guided(x: Tensor, sigma: Tensor, condition: Tensor | None = None) -> Tensor:
        if condition is None or scale == 1:
            return denoise(x, sigma, condition)
        if scale == 0:
            return denoise(x, sigma, None)
        classes = torch.cat([torch.full_like(condition, UNCONDITIONAL), condition])
        sigmas = torch.cat([sigma, sigma]) if sigma.ndim else sigma
        unconditional, conditional = denoise(torch.cat([x, x]), sigmas, classes).chunk(2)
        return torch.lerp(unconditional, conditional, scale)

    return denoise_guided


def clipped(denoise: Denoise) -> Denoise:
    """Clips the denoised image to [-1, 1], the range of all images; few large steps stay stable that way."""

    def denoise_clipped(x: Tensor, sigma: Tensor, condition: Tensor | None = None) -> Tensor:
        return denoise(x, sigma, condition).clamp(-1, 1)

    return denoise_clipped
