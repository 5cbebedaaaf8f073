"""What a network is asked for, and how much its errors count.

At a known noise level the picture, the noise and the velocity follow from one another, so what the network says, F, is
in each case a straight line away from the denoised picture:

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
"""The deviation of pictures in [-1, 1] that inputs are scaled by; EDM's 0.5 is that of photographs."""


class Parameterisation(ABC):
    """A meaning of the network's output."""

    @abstractmethod
    def factors(self, sigma: Tensor, path: Path) -> tuple[Tensor, Tensor]:
        """(skip, out), each of the shape of sigma."""

    def to_x0(self, output: Tensor, x: Tensor, sigma: Tensor, path: Path) -> Tensor:
        """The denoised picture (B, ...) that `output` means for x (B, ...) at noise levels (B,) or ()."""
        skip, out = self.factors(sigma, path)
        return spread(skip, x) * x + spread(out, x) * output

    def from_x0(self, x0: Tensor, x: Tensor, sigma: Tensor, path: Path) -> Tensor:
        """What the network would have to say so that x0 follows: its target, if x0 is the true picture."""
        skip, out = self.factors(sigma, path)
        return (x0 - spread(skip, x) * x) / spread(out, x)


class Epsilon(Parameterisation):
    """The noise: Ho et al., "Denoising Diffusion Probabilistic Models", 2020 (arXiv 2006.11239), equation 14."""

    def factors(self, sigma: Tensor, path: Path) -> tuple[Tensor, Tensor]:
        """x0 = x - sigma eps."""
        return torch.ones_like(sigma), -sigma


class X0(Parameterisation):
    """The picture itself."""

    def factors(self, sigma: Tensor, path: Path) -> tuple[Tensor, Tensor]:
        """x0 = F."""
        return torch.zeros_like(sigma), torch.ones_like(sigma)


class Velocity(Parameterisation):
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


class Preconditioned(Parameterisation):
    """EDM's mixture: close to the noise where there is little of it, close to the picture where there is much."""

    def factors(self, sigma: Tensor, path: Path) -> tuple[Tensor, Tensor]:
        """c_skip and c_out of EDM, table 1."""
        total = sigma.square() + SIGMA_DATA**2
        return SIGMA_DATA**2 / total, sigma * SIGMA_DATA / total.sqrt()


ParameterisationName = Literal["velocity", "epsilon", "x0", "edm"]
PARAMETERISATIONS: dict[ParameterisationName, Parameterisation] = {
    "velocity": Velocity(),
    "epsilon": Epsilon(),
    "x0": X0(),
    "edm": Preconditioned(),
}
WeightingName = Literal["output", "epsilon", "velocity", "edm", "min-snr"]
MIN_SNR = 5.0


def converted(
    output: Tensor, x: Tensor, sigma: Tensor, *, path: Path, given: ParameterisationName, wanted: ParameterisationName
) -> Tensor:
    """What a network with the parameterisation `given` says at x (B, ...), in terms of `wanted`; sigma (B,) or ()."""
    x0 = PARAMETERISATIONS[given].to_x0(output, x, sigma, path)
    return PARAMETERISATIONS[wanted].from_x0(x0, x, sigma, path)


def weight(sigma: Tensor, *, path: Path, parameterisation: Parameterisation, weighting: WeightingName) -> Tensor:
    """How much the squared error of x0 counts at noise levels sigma, of the same shape.

    Args:
        sigma: Noise levels, above 0.
        path: Says what the velocity is.
        parameterisation: That of the network.
        weighting: "output" is the plain squared error of what the network says; "epsilon" that of the noise (DDPM's
            simple loss) and "velocity" that of the velocity, whatever it says; "edm" makes the loss of an untrained
            network equal at all levels (EDM, section 5); "min-snr" is the signal-to-noise ratio, at most 5 (Hang et
            al., 2023, arXiv 2303.09556).
    """
    if weighting == "min-snr":
        return (1 / sigma.square()).clamp(max=MIN_SNR)
    said = parameterisation if weighting == "output" else PARAMETERISATIONS[weighting]
    _, out = said.factors(sigma, path)
    return 1 / out.square()
