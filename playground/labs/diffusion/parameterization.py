"""What a network predicts, and the weighting of its loss over noise levels.

At a known noise level the image, the noise and the velocity follow from one another, so the denoised image is
in each case an affine function of the network's output F:

    x0 = skip x + out F          with x = x0 + sigma eps, and (skip, out) functions of sigma

Karras et al., 2022 (EDM, arXiv 2206.00364), equation 7 and table 1.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Literal

import torch
from torch import Tensor

from playground.labs.diffusion.path import Path, spread

SIGMA_DATA = 0.7
"""The deviation of images in [-1, 1] that inputs are scaled by; EDM's 0.5 is that of photographs."""


class Parameterization(ABC):
    """What the network's output is a prediction of."""

    @abstractmethod
    def factors(self, sigma: Tensor, path: Path) -> tuple[Tensor, Tensor]:
        """(skip, out), each of the shape of sigma."""

    def to_x0(self, output: Tensor, x: Tensor, sigma: Tensor, path: Path) -> Tensor:
        """The denoised image (B, ...) that `output` means for x (B, ...) at noise levels (B,) or ()."""
        skip, out = self.factors(sigma, path)
        return spread(skip, x) * x + spread(out, x) * output

    def from_x0(self, x0: Tensor, x: Tensor, sigma: Tensor, path: Path) -> Tensor:
        """The output that x0 follows from: the network's target, if x0 is the true image."""
        skip, out = self.factors(sigma, path)
        return (x0 - spread(skip, x) * x) / spread(out, x)


class Epsilon(Parameterization):
    """The noise: Ho et al., "Denoising Diffusion Probabilistic Models", 2020 (arXiv 2006.11239), equation 14."""

    def factors(self, sigma: Tensor, path: Path) -> tuple[Tensor, Tensor]:
        """x0 = x - sigma eps."""
        return torch.ones_like(sigma), -sigma


class X0(Parameterization):
    """The image itself."""

    def factors(self, sigma: Tensor, path: Path) -> tuple[Tensor, Tensor]:
        """x0 = F."""
        return torch.zeros_like(sigma), torch.ones_like(sigma)


class Velocity(Parameterization):
    """The path's velocity a x0 + b eps.

    It is v of Salimans & Ho where the variance is preserved, flow matching's eps - x0 on the straight path, and the
    noise on EDM's.
    """

    def factors(self, sigma: Tensor, path: Path) -> tuple[Tensor, Tensor]:
        """Solves x_t = alpha x0 + sigma_t eps and v = a x0 + b eps for x0."""
        t = path.time(sigma)
        (a, b), alpha, sigma_t = path.velocity(t), path.alpha(t), path.sigma(t)
        determinant = b * alpha - a * sigma_t
        return b * alpha / determinant, -sigma_t / determinant


class Preconditioned(Parameterization):
    """EDM's mixture: close to the noise where there is little of it, close to the image where there is much."""

    def factors(self, sigma: Tensor, path: Path) -> tuple[Tensor, Tensor]:
        """c_skip and c_out of EDM, table 1."""
        total = sigma.square() + SIGMA_DATA**2
        return SIGMA_DATA**2 / total, sigma * SIGMA_DATA / total.sqrt()


ParameterizationName = Literal["velocity", "epsilon", "x0", "edm"]
PARAMETERIZATIONS: dict[ParameterizationName, Parameterization] = {
    "velocity": Velocity(),
    "epsilon": Epsilon(),
    "x0": X0(),
    "edm": Preconditioned(),
}
WeightingName = Literal["output", "epsilon", "velocity", "edm", "min-snr"]
MIN_SNR = 5.0


def converted(
    output: Tensor, x: Tensor, sigma: Tensor, *, path: Path, source: ParameterizationName, target: ParameterizationName
) -> Tensor:
    """An output in the parameterization `source` at x (B, ...), in that of `target`; sigma (B,) or ()."""
    x0 = PARAMETERIZATIONS[source].to_x0(output, x, sigma, path)
    return PARAMETERIZATIONS[target].from_x0(x0, x, sigma, path)


def weight(sigma: Tensor, *, path: Path, parameterization: Parameterization, weighting: WeightingName) -> Tensor:
    """How much the squared error of x0 counts at noise levels sigma, of the same shape.

    Args:
        sigma: Noise levels, above 0.
        path: Defines the velocity.
        parameterization: That of the network.
        weighting: "output" is the plain squared error of the network's output; "epsilon" that of the noise (DDPM's
            simple loss) and "velocity" that of the velocity, whatever it predicts; "edm" makes the loss of an untrained
            network equal at all levels (EDM, section 5); "min-snr" is the signal-to-noise ratio, at most 5 (Hang et
            al., 2023, arXiv 2303.09556).
    """
    if weighting == "min-snr":
        return (1 / sigma.square()).clamp(max=MIN_SNR)
    target = parameterization if weighting == "output" else PARAMETERIZATIONS[weighting]
    _, out = target.factors(sigma, path)
    return 1 / out.square()
