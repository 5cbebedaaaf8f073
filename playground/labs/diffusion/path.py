"""Noise schedules as paths from an image to noise, and the one convention into which all of them translate.

Every path mixes an image x0 with normal noise eps, at a time t from 0 (the image) to 1 (noise):

    x_t = alpha(t) x0 + sigma(t) eps

Divided by alpha it reads x = x0 + ratio eps with ratio = sigma / alpha. That is the convention of Karras et al.,
"Elucidating the Design Space of Diffusion-Based Generative Models", 2022 (EDM, arXiv 2206.00364), table 1, in which
denoisers and samplers work here. So a path defines three things only: the noise levels in training, the time steps of a
sampling, and the velocity.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Literal

import torch
from torch import Generator, Tensor

SIGMA_MIN, SIGMA_MAX = 0.002, 80.0
"""The noise levels of EDM, table 1: below the one noise is invisible, above the other nothing is left of the image."""
Levels = Literal["uniform", "log-normal"]


class Path(ABC):
    """Noise schedule: coefficients of image and noise over time, which is in [0, 1], of any shape and floating type."""

    center: tuple[float, float] = (0.0, 1.0)
    """Mean and deviation of ln(ratio) for log-normal training levels."""

    @abstractmethod
    def alpha(self, t: Tensor) -> Tensor:
        """What the image is multiplied by at time t."""

    @abstractmethod
    def sigma(self, t: Tensor) -> Tensor:
        """What the noise is multiplied by at time t."""

    @abstractmethod
    def time(self, ratio: Tensor) -> Tensor:
        """The time of a noise-to-image ratio."""

    @abstractmethod
    def velocity(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """The factors (a, b) of the velocity a x0 + b eps that a network of this path may predict."""

    def ratio(self, t: Tensor) -> Tensor:
        """Noise to image, sigma / alpha: the noise level in the EDM convention."""
        return self.sigma(t) / self.alpha(t)

    def to_edm(self, x_t: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """A point (B, ...) of the path at times (B,) or () as (x, ratio) with x = x0 + ratio eps."""
        return x_t / spread(self.alpha(t), x_t), self.ratio(t)

    def from_edm(self, x: Tensor, ratio: Tensor) -> tuple[Tensor, Tensor]:
        """The inverse of `to_edm`: (x_t, t)."""
        t = self.time(ratio)
        return x * spread(self.alpha(t), x), t

    def draw(self, n: int, rng: Generator, levels: Levels = "uniform") -> Tensor:
        """Noise levels (n,) to train at, as ratios from SIGMA_MIN to SIGMA_MAX.

        Args:
            n: How many.
            rng: Where the randomness comes from; the levels lie on its device.
            levels: "uniform" in the path's time, or "log-normal": ln(ratio) is normal with mean and deviation `center`.
                On the straight path the latter is the logit-normal time of Esser et al., 2024 (arXiv 2403.03206).
        """
        return self.quantile(torch.rand(n, generator=rng, device=rng.device), levels)

    def quantile(self, part: Tensor, levels: Levels = "uniform") -> Tensor:
        """The noise level below which the given part, 0 to 1, of all training levels lies."""
        if levels == "log-normal":
            mean, deviation = self.center
            normal = math.sqrt(2) * torch.erfinv((2 * part - 1).clamp(-1 + 1e-6, 1 - 1e-6))
            return (mean + deviation * normal).exp().clamp(SIGMA_MIN, SIGMA_MAX)
        first, last = self.time(part.new_tensor([SIGMA_MIN, SIGMA_MAX]))
        return self.ratio(first + (last - first) * part).clamp(SIGMA_MIN, SIGMA_MAX)


class Cosine(Path):
    """Variance preserving, alpha = cos(pi t / 2): Nichol & Dhariwal, 2021 (arXiv 2102.09672), eq. 17 with s = 0."""

    def alpha(self, t: Tensor) -> Tensor:
        """cos(pi t / 2)."""
        return (t * (math.pi / 2)).cos()

    def sigma(self, t: Tensor) -> Tensor:
        """sin(pi t / 2)."""
        return (t * (math.pi / 2)).sin()

    def time(self, ratio: Tensor) -> Tensor:
        """The inverse of tan(pi t / 2)."""
        return ratio.atan() * (2 / math.pi)

    def velocity(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """Velocity v = alpha eps - sigma x0: Salimans & Ho, 2022 (arXiv 2202.00512), appendix D."""
        return -self.sigma(t), self.alpha(t)


class Linear(Path):
    """Variance preserving with linearly growing beta, DDPM's: Song et al., 2021 (arXiv 2011.13456), equation 33."""

    beta_min, beta_max = 0.1, 20.0

    def alpha(self, t: Tensor) -> Tensor:
        """exp(-B / 2), where B is the integral of beta from 0 to t."""
        return (-0.5 * self._integral(t)).exp()

    def sigma(self, t: Tensor) -> Tensor:
        """The root of 1 - alpha^2."""
        return (-torch.expm1(-self._integral(t))).sqrt()

    def time(self, ratio: Tensor) -> Tensor:
        """Solves B(t) = ln(1 + ratio^2), as in EDM's code; written without a difference of near equals."""
        integral, growth = torch.log1p(ratio.square()), self.beta_max - self.beta_min
        return 2 * integral / (self.beta_min + (self.beta_min**2 + 2 * growth * integral).sqrt())

    def velocity(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """Velocity v = alpha eps - sigma x0."""
        return -self.sigma(t), self.alpha(t)

    def _integral(self, t: Tensor) -> Tensor:
        return self.beta_min * t + 0.5 * (self.beta_max - self.beta_min) * t.square()


class Edm(Path):
    """Variance exploding, alpha = 1; time runs so that equal steps of it are EDM's noise levels (equation 5, rho 7)."""

    center = (-1.2, 1.2)
    rho = 7.0

    def alpha(self, t: Tensor) -> Tensor:
        """1 at all times."""
        return torch.ones_like(t)

    def sigma(self, t: Tensor) -> Tensor:
        """From SIGMA_MIN to SIGMA_MAX."""
        first, last = SIGMA_MIN ** (1 / self.rho), SIGMA_MAX ** (1 / self.rho)
        return (first + t * (last - first)) ** self.rho

    def time(self, ratio: Tensor) -> Tensor:
        """The inverse of `sigma`."""
        first, last = SIGMA_MIN ** (1 / self.rho), SIGMA_MAX ** (1 / self.rho)
        return (ratio ** (1 / self.rho) - first) / (last - first)

    def velocity(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """The derivative by sigma, eps."""
        return torch.zeros_like(t), torch.ones_like(t)


class Straight(Path):
    """The straight line x_t = (1 - t) x0 + t eps: Lipman et al., 2022 (arXiv 2210.02747); Liu et al., 2022."""

    def alpha(self, t: Tensor) -> Tensor:
        """1 - t."""
        return 1 - t

    def sigma(self, t: Tensor) -> Tensor:
        """The time t itself."""
        return t

    def time(self, ratio: Tensor) -> Tensor:
        """The inverse of t / (1 - t)."""
        return ratio / (1 + ratio)

    def velocity(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """The derivative by t, eps - x0."""
        return -torch.ones_like(t), torch.ones_like(t)


PathName = Literal["straight", "cosine", "linear", "edm"]
PATHS: dict[PathName, Path] = {"straight": Straight(), "cosine": Cosine(), "linear": Linear(), "edm": Edm()}


def spread(level: Tensor, x: Tensor) -> Tensor:
    """One number for all, (), or one for each, (B,), shaped so that it multiplies x (B, ...)."""
    return level if level.ndim == 0 else level.view(-1, *[1] * (x.ndim - 1))
