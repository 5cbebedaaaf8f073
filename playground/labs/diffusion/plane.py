"""Diffusion small enough to be watched while it learns: a perceptron that denoises points of the plane.

Everything is shown in the coordinates of the straight path, x_t = (1 - t) x0 + t eps, which stay in one window from
data (t = 0) to noise (t = 1); denoisers and samplers work in x = x0 + sigma eps, with sigma = t / (1 - t).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from playground.errors import PlaygroundError
from playground.labs.diffusion.denoise import Denoise, Denoiser
from playground.labs.diffusion.parameterisation import PARAMETERISATIONS
from playground.labs.diffusion.path import PATHS, spread
from playground.labs.diffusion.samplers import SAMPLERS, uniform

Draw = Callable[[int, Generator], Tensor]
"""Draws `n` points (n, 2) of the density that is to be learned."""

EXTENT = 2.0
"""The views show the square from -EXTENT to EXTENT."""
POINTS = 1024
SAMPLES = 256
FIELD = 21
MOST_STEPS = 32
PATH = PATHS["straight"]
FREQUENCIES = 4
ZOOM = 6.0


class BadLook(PlaygroundError):
    """What is to be looked at does not exist."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a view of the training shows.

    Attributes:
        time: The noise level of the field, as time of the straight path, above 0 and below 1.
        sampler: A name in `SAMPLERS`.
        steps: How many steps it takes from noise to data.
        exact: Whether the best possible denoiser is shown in place of the network.
    """

    time: float = 0.3
    sampler: str = "euler"
    steps: int = 12
    exact: bool = False

    def __post_init__(self) -> None:
        """Checks all of it.

        Raises:
            BadLook: Naming what is wrong.
        """
        if self.sampler not in SAMPLERS:
            raise BadLook(f"There is no sampler “{self.sampler[:20]}”; there are {', '.join(SAMPLERS)}.")
        if not 1 <= self.steps <= MOST_STEPS:
            raise BadLook(f"A sampling takes 1 to {MOST_STEPS} steps, and {self.steps} were asked for.")
        if not 0.005 <= self.time <= 0.985:
            raise BadLook(f"The time must lie from 0.005 to 0.985, and it was {self.time:g}.")


class PointNetwork(nn.Module):
    """A perceptron for points: (B, 2) and noise levels (B,) to (B, 2), with sines and cosines of the level."""

    def __init__(self, *, width: int, rng: Generator) -> None:
        """Three hidden layers; weights drawn from `rng` (He et al., 2015), the last ones zero."""
        super().__init__()
        sizes = (2 + 2 * FREQUENCIES, width, width, width, 2)
        layers: list[nn.Module] = []
        for below, above in zip(sizes, sizes[1:], strict=False):
            linear = nn.Linear(below, above)
            nn.init.kaiming_uniform_(linear.weight, nonlinearity="relu", generator=rng)
            nn.init.zeros_(linear.bias)
            layers += [linear, nn.SiLU()]
        nn.init.zeros_(layers[-2].weight)  # type: ignore[arg-type]  # the last linear layer's
        self.layers = nn.Sequential(*layers[:-1])

    def forward(self, points: Tensor, level: Tensor, condition: Tensor | None = None) -> Tensor:
        """Points (B, 2) of about unit variance and levels (B,); there are no classes, `condition` is not looked at."""
        angles = level[:, None] * math.pi / 4 * 2.0 ** torch.arange(FREQUENCIES)  # (B, FREQUENCIES)
        return self.layers(torch.cat([ZOOM * points, angles.sin(), angles.cos()], dim=1))  # details are small here


class PointDiffusion:
    """A denoiser of points, its optimiser and its randomness: a training that can be stepped and looked at.

    It learns the velocity of the straight path at times drawn evenly (Lipman et al., "Flow Matching for Generative
    Modeling", 2022) from a set of `POINTS` points that stays the same. Equal seeds give equal trainings.

    Attributes:
        data: (POINTS, 2), what it learns from.
        noise: (POINTS, 2), the noise that goes with each point in the views.
        steps: How many steps have been made.
        denoiser: The network that learns.
        shown: Its average over the last steps, which the views show.
        errors: The errors of `shown` and of the best possible denoiser, on the same noisy points.
    """

    def __init__(self, *, draw: Draw, seed: int, width: int = 96, batch: int = 256, rate: float = 5e-3) -> None:
        """Each step looks at `batch` of the points, at learning rate `rate`."""
        self.rng, self.batch, self.steps = Generator().manual_seed(seed), batch, 0
        self.data = draw(POINTS, self.rng)  # (POINTS, 2)
        self.noise = torch.randn(POINTS, 2, generator=self.rng)
        self._levels = PATH.draw(POINTS, self.rng)  # (POINTS,)
        self.start = torch.randn(SAMPLES, 2, generator=self.rng)
        made = [PointNetwork(width=width, rng=self.rng) for _ in range(2)]
        made[1].load_state_dict(made[0].state_dict())
        self.denoiser, self.shown = (
            Denoiser(network=network, path=PATH, parameterisation=PARAMETERISATIONS["velocity"]) for network in made
        )
        self._learning: list[Tensor] = list(self.denoiser.parameters())
        self._averaged: list[Tensor] = list(self.shown.parameters())
        self._adam = torch.optim.Adam(self._learning, lr=rate, betas=(0.9, 0.99), fused=True)
        self.exact = exact_denoiser(self.data)
        self._least = self.error(self.exact)

    def step(self) -> None:
        """One step of Adam on the velocity's squared error; the average follows."""
        chosen = torch.randint(POINTS, (self.batch,), generator=self.rng)
        noise = torch.randn(self.batch, 2, generator=self.rng)
        sigma = PATH.draw(self.batch, self.rng)
        loss = self.denoiser.error(self.data[chosen], noise, sigma, None, "velocity").mean()
        for parameter, slope in zip(self._learning, torch.autograd.grad(loss, self._learning), strict=True):
            parameter.grad = slope
        self._adam.step()
        self.steps += 1
        with torch.no_grad():  # young averages forget faster, so that the untrained network soon counts no more
            share = max(0.02, 1 / (1 + self.steps / 4))
            torch._foreach_lerp_(self._averaged, self._learning, share)

    @torch.no_grad()
    def error(self, denoise: Denoise) -> float:
        """The mean squared error of the velocity on the points, the noise and times that stay the same."""
        x = self.data + spread(self._levels, self.data) * self.noise
        missed = (denoise(x, self._levels, None) - self.data).square().mean(dim=1)
        _, out = PARAMETERISATIONS["velocity"].factors(self._levels, PATH)
        return float((missed / out.square()).mean())

    @property
    def errors(self) -> tuple[float, float]:
        """See the class."""
        return self.error(self.shown), self._least

    @torch.no_grad()
    def field(self, look: Look) -> Tensor:
        """Where the denoiser would take each place of `lattice`, (FIELD^2, 2): sigma_t^2 times the score of x_t.

        Tweedie's formula: score(x_t) = (alpha E[x0 | x_t] - x_t) / sigma_t^2; the arrows leave the division out, since
        it would only make all of them longer, the less noise there is.
        """
        x_t, t = lattice(), torch.tensor(look.time)
        x, sigma = PATH.to_edm(x_t, t)
        return PATH.alpha(t) * self._denoise(look)(x, sigma, None) - x_t

    @torch.no_grad()
    def paths(self, look: Look) -> tuple[list[float], Tensor]:
        """The same noise sampled: the times (steps + 1,) and the points x_t there, (steps + 1, SAMPLES, 2)."""
        sigmas = uniform(look.steps, PATH)
        rng = Generator().manual_seed(0)  # fresh noise, where a sampler wants some, is the same at every look
        times, points = [], []
        for made in SAMPLERS[look.sampler](self._denoise(look), sigmas[0] * self.start, sigmas, None, rng):  # type: ignore[index]
            x_t, t = PATH.from_edm(made.x, torch.tensor(made.sigma))
            times.append(float(t))
            points.append(x_t)
        return times, torch.stack(points)

    def _denoise(self, look: Look) -> Denoise:
        return self.exact if look.exact else self.shown


def exact_denoiser(data: Tensor) -> Denoise:
    """The best possible denoiser if there is nothing but `data` (n, 2): the mean of the points, each as likely as x.

    D(x; sigma) = sum_i softmax_i(-|x - x_i|^2 / (2 sigma^2)) x_i; Karras et al., 2022 (arXiv 2206.00364), equation 57.
    """

    def denoise(x: Tensor, sigma: Tensor, condition: Tensor | None = None) -> Tensor:
        distances = (x[:, None] - data).square().sum(dim=2)  # (B, n)
        shares = (-distances / (2 * sigma.expand(len(x))[:, None].square())).softmax(dim=1)
        return shares @ data

    return denoise


def lattice() -> Tensor:
    """The places of the arrows, (FIELD^2, 2), row by row from the lowest y."""
    line = ((torch.arange(FIELD) + 0.5) / FIELD * 2 - 1) * EXTENT
    return torch.cartesian_prod(line, line).flip(1)
