"""Diffusion small enough to be watched while it trains: a perceptron that denoises points of the plane.

Everything is shown in the coordinates of the straight path, x_t = (1 - t) x0 + t eps, which stay in one window from
data (t = 0) to noise (t = 1); denoisers and samplers work in x = x0 + sigma eps, with sigma = t / (1 - t).
"""

from __future__ import annotations

import math
from functools import cached_property

import torch
from torch import Generator, Tensor, nn
from torch.optim import Adam

from playground.average import AveragedObjective
from playground.data import Data, Split
from playground.labs.diffusion.denoise import Denoise, Denoiser
from playground.labs.diffusion.diffuse import spaced
from playground.labs.diffusion.parameterization import PARAMETERIZATIONS, weight
from playground.labs.diffusion.path import PATHS, spread
from playground.labs.diffusion.samplers import SAMPLERS, SamplerName, sample, uniform
from playground.labs.plane import lattice, perceptron
from playground.media import GENERATED, REAL, Scatter
from playground.objective import Batch, Moment, Phase, Terms

EXTENT = 2.0
"""The square from -EXTENT to EXTENT is shown."""
FIELD = 21
"""How many arrows stand in a row."""
MOST_POINTS = 1024
"""How many points of the data are shown."""
SAMPLES = 256
PREVIEW_STEPS = 8
ERRORS = 2048
"""How many noisy points an error on the training points is a mean over."""
PATH = PATHS["straight"]
VELOCITY = PARAMETERIZATIONS["velocity"]
FREQUENCIES = 4
ZOOM = 6.0
"""How much the network sees the plane enlarged: details are small here."""


class PointNetwork(nn.Module):
    """A perceptron for points: (B, 2) and noise levels (B,) to (B, 2), with sines and cosines of the level."""

    def __init__(self, *, width: int) -> None:
        """Three hidden layers; the weights are drawn after He et al., 2015, the last ones are zero."""
        super().__init__()
        self.layers = perceptron(2 + 2 * FREQUENCIES, width, width, width, 2)
        nn.init.zeros_(self.layers[-1].weight)  # type: ignore[arg-type]  # a linear layer's

    def forward(self, points: Tensor, level: Tensor, condition: Tensor | None = None) -> Tensor:
        """Points (B, 2) of about unit variance and levels (B,); there are no classes, `condition` is ignored."""
        octaves = torch.arange(FREQUENCIES, device=level.device)
        angles = level[:, None] * math.pi / 4 * 2.0**octaves  # (B, FREQUENCIES)
        return self.layers(torch.cat([ZOOM * points, angles.sin(), angles.cos()], dim=1))


class PointDenoiser(Denoiser):
    """A `PointNetwork` that predicts the velocity, and the number of its training points, for the exact denoiser.

    Attributes:
        points: The first so many of the training points.
    """

    def __init__(self, *, width: int, points: int) -> None:
        """`width` is the size of the hidden layers."""
        super().__init__(network=PointNetwork(width=width), path=PATH, parameterization=VELOCITY)
        self.points = points


class PointDiffuse(AveragedObjective):
    """Learns the velocity of the straight path at times drawn evenly, at a constant learning rate.

    Lipman et al., "Flow Matching for Generative Modeling", 2022 (arXiv 2210.02747).
    """

    network: PointDenoiser
    shown: PointDenoiser
    data: Tensor

    def __init__(self, *, network: PointDenoiser, data: Data, ema: float, learning_rate: float) -> None:
        """`ema` is the decay of the average of the weights, `learning_rate` Adam's."""
        super().__init__(network=network, ema=ema)
        self.learning_rate = learning_rate
        self.register_buffer("data", data.train["points"][: network.points], persistent=False)

    def phases(self) -> list[Phase]:
        """One phase: Adam for all of the network."""
        adam = Adam(self.network.parameters(), lr=self.learning_rate, betas=(0.9, 0.99), fused=True)
        return [Phase("denoise", [adam])]

    def schedule(self, phase: str, progress: float) -> float:
        """Constant, as the training may go on for ever; the average of the weights smooths the rest."""
        return 1.0

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """The squared error of the velocity at random noise levels."""
        x0, rng = batch["points"], moment.rng
        noise = torch.randn(x0.shape, generator=rng, device=x0.device)
        return {"loss": self.network.error(x0, noise, PATH.draw(len(x0), rng), None, "velocity").mean()}

    def preview(self, rng: Generator) -> Scatter:
        """Points of the data, and samples from fixed noise."""
        noise = torch.randn(SAMPLES, 2, generator=rng, device=rng.device)
        generated = sample(SAMPLERS["euler"], self.shown, noise, uniform(PREVIEW_STEPS, PATH))
        return Scatter([(self.data[:MOST_POINTS], REAL), (generated, GENERATED)], EXTENT)

    def evaluate(self, split: Split) -> dict[str, float]:
        """The error of the velocity on other points, and the `excess` over the least possible on the training points.

        The exact denoiser is a mean given x, so by Pythagoras' theorem the excess is the squared distance from it.
        """
        held_out, (x, sigma, exact) = split["points"], self._exact
        noisy, level = with_noise(held_out)
        return {
            "loss": velocity_error(self.shown(noisy, level), held_out, level),
            "excess": velocity_error(self.shown(x, sigma), exact, sigma),
        }

    @cached_property
    def _exact(self) -> tuple[Tensor, Tensor, Tensor]:
        """Points with noise (ERRORS, 2), their levels (ERRORS,), and the exact denoiser's x0.

        Few points are repeated: a mean over few draws of noise would be inaccurate.
        """
        chosen = self.data[torch.arange(ERRORS, device=self.data.device) % len(self.data)]
        x, sigma = with_noise(chosen)
        return x, sigma, exact_denoiser(self.data)(x, sigma, None)


def with_noise(x0: Tensor) -> tuple[Tensor, Tensor]:
    """Points (n, 2) with noise, and their noise levels (n,): of the path's time all alike, and always the same."""
    rng = Generator(x0.device).manual_seed(0)
    sigma = PATH.quantile(spaced(len(x0), rng))
    return x0 + spread(sigma, x0) * torch.randn(x0.shape, generator=rng, device=x0.device), sigma


def velocity_error(denoised: Tensor, x0: Tensor, sigma: Tensor) -> float:
    """The mean squared difference of the velocities of two sets of denoised points (n, 2) at levels (n,)."""
    error = (denoised - x0).square().mean(dim=1)
    return float((error * weight(sigma, path=PATH, parameterization=VELOCITY, weighting="velocity")).mean())


def exact_denoiser(data: Tensor) -> Denoise:
    """The best possible denoiser if there is nothing but `data` (n, 2): the posterior mean of x0 given x.

    D(x; sigma) = sum_i softmax_i(-|x - x_i|^2 / (2 sigma^2)) x_i; Karras et al., 2022 (arXiv 2206.00364), equation 57.
    Of the square, |x|^2 is the same for all points and left out. What remains is attention: x is the query, the points
    are keys and values.
    """
    lengths = data.square().sum(dim=1)  # (n,)

    def denoise(x: Tensor, sigma: Tensor, condition: Tensor | None = None) -> Tensor:
        variance = sigma.expand(len(x))[:, None].square()
        shares = ((x @ data.T - lengths / 2) / variance).softmax(dim=1)  # (B, n)
        return shares @ data

    return denoise


def field(denoise: Denoise, time: float) -> Tensor:
    """Where a denoiser would take each place of the `lattice`, (FIELD^2, 2): sigma_t^2 times the score of x_t.

    Tweedie's formula: score(x_t) = (alpha E[x0 | x_t] - x_t) / sigma_t^2; the arrows leave the division out, since it
    would only make all of them longer, the less noise there is.
    """
    x_t, t = lattice(FIELD, EXTENT), torch.tensor(time)
    x, sigma = PATH.to_edm(x_t, t)
    return PATH.alpha(t) * denoise(x, sigma, None) - x_t


def paths(denoise: Denoise, sampler: SamplerName, steps: int) -> tuple[Tensor, Tensor]:
    """A sampling, the times (steps + 1,) and the x_t there, (steps + 1, SAMPLES, 2).

    Its noise is always the same, that which a sampler adds at each step as well.
    """
    sigmas, rng = uniform(steps, PATH), Generator().manual_seed(0)
    film = [*SAMPLERS[sampler](denoise, sigmas[0] * fixed_noise(SAMPLES, seed=0), sigmas, None, rng)]
    x_t, times = PATH.from_edm(torch.stack([step.x for step in film]), torch.tensor([step.sigma for step in film]))
    return times, x_t


def fixed_noise(n: int, *, seed: int) -> Tensor:
    """Normal noise (n, 2), always the same."""
    return torch.randn(n, 2, generator=Generator().manual_seed(seed))
