"""A GAN small enough to be watched as it plays: two perceptrons on points of the plane, and what can be seen of them.

Goodfellow et al., "Generative Adversarial Nets", 2014; the views follow Kahng et al., "GAN Lab", 2019.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Generator, Tensor, nn

from playground.errors import PlaygroundError
from playground.labs.gan.losses import LOSSES, gradient_penalty, zero_centred
from playground.labs.gan.modes import coverage, radii

Draw = Callable[[int, Generator], Tensor]
"""Draws `n` points (n, 2) of the density that is to be learnt."""
Player = Literal["both", "generator", "discriminator"]

EXTENT = 1.25
"""The views show the square from -EXTENT to EXTENT."""
POINTS = 512
CELLS = 32
GRID = 21
ARROWS = 96
ZOOM = 3.0
BETA2 = 0.99


class BadKnob(PlaygroundError):
    """A knob of the game has a value that is not allowed."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The knobs of one game. All but `latent` and `seed` can be turned while it goes on.

    Attributes:
        loss: A name in `LOSSES`.
        penalty: What holds the discriminator's slope: "none", "r1r2" (zero-centred, on real and on made points) or "gp"
            (slope 1 between them, what a Wasserstein game needs).
        weight: How much the penalty counts: gamma of R1 and R2, lambda of the gradient penalty.
        rate_g: The generator's learning rate.
        rate_d: The discriminator's.
        steps_g: How many steps the generator makes in its turn.
        steps_d: How many the discriminator makes in its own.
        beta1: Momentum of both Adams: how much of the last mean of gradients each step keeps.
        averaging: What the shown generator keeps of itself each turn: its weights are a moving average of the trained
            one's (Yazici et al., "The Unusual Effectiveness of Averaging in GAN Training", 2019). 0: no average.
        latent: Dimensions of the Gaussian noise that goes into the generator.
        seed: Where all randomness starts.
    """

    loss: str = "relativistic"
    penalty: str = "r1r2"
    weight: float = 0.02
    rate_g: float = 0.002
    rate_d: float = 0.002
    steps_g: int = 1
    steps_d: int = 1
    beta1: float = 0.0
    averaging: float = 0.9
    latent: int = 2
    seed: int = 0

    def __post_init__(self) -> None:
        """Checks every knob.

        Raises:
            BadKnob: Naming the first that is out of range.
        """
        for name, allowed in (("loss", tuple(LOSSES)), ("penalty", PENALTIES)):
            if getattr(self, name) not in allowed:
                raise BadKnob(f"There is no {name} “{getattr(self, name)}”; there are {', '.join(allowed)}.")
        for name, (least, most) in RANGES.items():
            if not least <= getattr(self, name) <= most:
                raise BadKnob(f"“{name}” must lie from {least:g} to {most:g}, and it was {getattr(self, name):g}.")


PENALTIES = ("none", "r1r2", "gp")
RANGES = {
    "weight": (0, 100),
    "rate_g": (0, 0.1),
    "rate_d": (0, 0.1),
    "steps_g": (1, 20),
    "steps_d": (1, 20),
    "beta1": (0, 0.99),
    "averaging": (0, 0.999),
    "latent": (1, 16),
    "seed": (0, 2**31 - 1),
}


def perceptron(*, inputs: int, outputs: int, hidden: Sequence[int], rng: Generator) -> nn.Sequential:
    """Hidden layers of the widths `hidden` with SiLUs; weights drawn from `rng` (He et al., 2015), biases zero."""
    sizes = (inputs, *hidden, outputs)
    layers: list[nn.Module] = []
    for below, above in zip(sizes, sizes[1:], strict=False):
        linear = nn.Linear(below, above)
        nn.init.kaiming_uniform_(linear.weight, nonlinearity="relu", generator=rng)
        nn.init.zeros_(linear.bias)
        layers += [linear, nn.SiLU()]
    return nn.Sequential(*layers[:-1])


CURE = Rules()
"""One step each, without momentum, against real points, with a discriminator that is flat where both agree: the game
converges locally under such penalties (Mescheder et al., "Which Training Methods for GANs do actually Converge?",
2018), and momentum hurts it (Gidel et al., "Negative Momentum for Improved Game Dynamics", 2019).

On "gaussians", at every 50th turn, for the seeds 0 to 9: all eight modes from turn 600 at the latest to turn 3,000.
"""
COLLAPSE = Rules(loss="non-saturating", weight=0.5, steps_g=20, beta1=0.9, averaging=0.0)
"""The generator makes twenty steps with momentum for each of the discriminator's: all its points run as one clump to
the place that looks most real, and on as soon as the discriminator has caught up.

At every 50th turn from 300 to 2,000, for the seeds 0 to 9, at most two of the eight modes of "gaussians" are covered.
With the knobs of `CURE` from then on, all eight are after 1,500 further turns for nine of the ten seeds, seven for one.
"""


class Duel:
    """A generator and a discriminator, their optimisers and their randomness: a game that can be stepped and looked at.

    Equal rules and an equal density give an equal game, bit for bit on one machine.

    Attributes:
        rules: The knobs as they are now.
        steps: How many turns have been played, by whichever player.
        shown: The generator whose points are seen: the moving average of `generator`.
        real: (POINTS, 2), the points of the density that are shown, and that coverage is measured on.
        losses: The last loss of the discriminator and of the generator; not a number before their first step.
    """

    def __init__(self, *, rules: Rules, draw: Draw, width: int = 64, batch: int = 128) -> None:
        """Both networks have two hidden layers of `width`; each step looks at `batch` points of either kind."""
        self.rules, self.draw, self.batch, self.steps = rules, draw, batch, 0
        self.rng = Generator().manual_seed(rules.seed)
        self.real = draw(POINTS, self.rng)  # (POINTS, 2)
        self.noise = torch.randn(POINTS, rules.latent, generator=self.rng)
        self.generator = perceptron(inputs=rules.latent, outputs=2, hidden=(width,) * 3, rng=self.rng)
        self.discriminator = perceptron(inputs=2, outputs=1, hidden=(width,) * 2, rng=self.rng)
        self.shown = deepcopy(self.generator)
        self._adam = {
            "generator": torch.optim.Adam(self.generator.parameters(), fused=True),
            "discriminator": torch.optim.Adam(self.discriminator.parameters(), fused=True),
        }
        self._pool, self._next = torch.empty(0, 2), 0
        self._radii = radii(self.real)
        self.losses = {"discriminator": math.nan, "generator": math.nan}

    def turn(self, **knobs: object) -> None:
        """Turns knobs while the game goes on.

        Raises:
            BadKnob: When a value is out of range, or the knob needs a new game.
        """
        rules = replace(self.rules, **knobs)  # type: ignore[arg-type]  # __post_init__ looks at what comes in
        if (rules.latent, rules.seed) != (self.rules.latent, self.rules.seed):
            raise BadKnob("Another latent size or seed needs a new game; start one.")
        self.rules = rules

    def step(self, who: Player = "both", times: int = 1) -> None:
        """Plays `times` turns: the discriminator makes its steps, then the generator; or one of them alone."""
        for _ in range(times):
            for _ in range(self.rules.steps_d if who != "generator" else 0):
                self._discriminator_step()
            for _ in range(self.rules.steps_g if who != "discriminator" else 0):
                self._generator_step()
            self._average()
            self.steps += 1

    def judge(self, points: Tensor) -> Tensor:
        """The discriminator's verdicts (n, 1) on points (n, 2), which it sees enlarged: details are small here."""
        return self.discriminator(ZOOM * points)

    def _real_batch(self) -> Tensor:
        """(batch, 2) new points; drawn 32 batches at a time, since drawing few costs as much as drawing many."""
        if self._next >= len(self._pool):
            self._pool, self._next = self.draw(32 * self.batch, self.rng), 0
        self._next += self.batch
        return self._pool[self._next - self.batch : self._next]

    def _latents(self) -> Tensor:
        return torch.randn(self.batch, self.rules.latent, generator=self.rng)

    def _discriminator_step(self) -> None:
        rules, real = self.rules, self._real_batch()
        with torch.no_grad():
            fake = self.generator(self._latents())  # (batch, 2)
        verdicts = self.judge(torch.cat([real, fake]))  # (2 batch, 1)
        loss = LOSSES[rules.loss].discriminator(*verdicts.split(self.batch))
        self.losses["discriminator"] = loss.item()
        if rules.penalty == "r1r2" and rules.weight:
            both = zero_centred(self.judge, torch.cat([real, fake]))  # the mean of R1's and R2's
            loss = loss + rules.weight * both  # = gamma / 2 * (R1 + R2)
        if rules.penalty == "gp" and rules.weight:
            loss = loss + rules.weight * gradient_penalty(self.judge, real, fake, self.rng)
        self._apply("discriminator", loss, rules.rate_d)

    def _generator_step(self) -> None:
        game, scores = LOSSES[self.rules.loss], self.judge(self.generator(self._latents()))  # (batch, 1)
        with torch.no_grad():
            real = (
                self.judge(self._real_batch()) if game.relativistic else scores
            )  # only a relativistic loss looks at it
        loss = game.generator(scores, real)
        self.losses["generator"] = loss.item()
        self._apply("generator", loss, self.rules.rate_g)

    def _apply(self, who: str, loss: Tensor, rate: float) -> None:
        optimizer = self._adam[who]
        parameters = optimizer.param_groups[0]["params"]
        for parameter, slope in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
            parameter.grad = slope
        optimizer.param_groups[0].update(lr=rate, betas=(self.rules.beta1, BETA2))
        optimizer.step()

    @torch.no_grad()
    def _average(self) -> None:
        for average, weight in zip(self.shown.parameters(), self.generator.parameters(), strict=True):
            average.lerp_(weight, 1 - self.rules.averaging)

    @torch.no_grad()
    def view(self) -> View:
        """What can be seen of the game as it stands; changes nothing of it."""
        fake = self.shown(self.noise)  # (POINTS, 2)
        verdicts = self.judge(torch.cat([self.real, fake, lattice(CELLS)]))[:, 0]
        on_real, on_fake, on_lattice = verdicts.split([POINTS, POINTS, CELLS * CELLS])
        middle = MIDDLES.get(self.rules.loss)
        if middle is None:  # only differences of verdicts mean something
            middle = float(on_real.mean() + on_fake.mean()) / 2
        return View(
            fake=fake,
            manifold=self.shown(latent_grid(self.rules.latent)),
            arrows=self.pull(fake[:ARROWS], on_real),
            heat=(on_lattice - middle).sigmoid().view(CELLS, CELLS),
            covered=coverage(self.real, self._radii, fake),
        )

    @torch.enable_grad()
    def pull(self, fake: Tensor, on_real: Tensor) -> Tensor:
        """Where the generator's loss would have each made point (n, 2) go: minus its own slope, (n, 2).

        In a relativistic game a point is compared with all the verdicts `on_real` (m,), as its batches do on average.
        """
        fake = fake.detach().requires_grad_(True)
        mine = self.judge(fake).expand(-1, len(on_real))  # (n, m)
        loss = LOSSES[self.rules.loss].generator(mine, on_real.expand_as(mine))
        (slope,) = torch.autograd.grad(loss * len(fake), fake)
        return -slope


@dataclass(frozen=True)
class View:
    """One look at a game.

    Attributes:
        fake: (POINTS, 2), made of the same noise at every look.
        manifold: (GRID * GRID, 2), where the generator takes `latent_grid`.
        arrows: (ARROWS, 2), the pull on the first made points.
        heat: (CELLS, CELLS) in [0, 1], how real the discriminator finds each place, the lowest y first; 0.5 where it
            cannot tell.
        covered: The share of real points that have a made one as near as their neighbours.
    """

    fake: Tensor
    manifold: Tensor
    arrows: Tensor
    heat: Tensor
    covered: float


MIDDLES = {"non-saturating": 0.0, "hinge": 0.0, "least-squares": 0.5}
"""The verdict between real and made; Wasserstein and relativistic games have none of their own."""


def lattice(cells: int) -> Tensor:
    """The middles of `cells` x `cells` squares that fill the view, (cells^2, 2), row by row from the lowest y."""
    middles = ((torch.arange(cells) + 0.5) / cells * 2 - 1) * EXTENT
    return torch.cartesian_prod(middles, middles).flip(1)


def latent_grid(latent: int) -> Tensor:
    """GRID^2 latents: a net between whose lines lies equal mass; (GRID^2, latent).

    With one dimension they follow each other along it; with more than two the others are zero.
    """
    if latent == 1:
        return torch.special.ndtri(torch.linspace(0.005, 0.995, GRID * GRID))[:, None]
    line = torch.special.ndtri(torch.linspace(0.02, 0.98, GRID))
    net = torch.cartesian_prod(line, line)
    return torch.cat([net, torch.zeros(len(net), latent - 2)], dim=1)
