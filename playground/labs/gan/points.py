"""A GAN small enough to be watched while it trains: two perceptrons on points of the plane, and what they minimize.

Goodfellow et al., "Generative Adversarial Nets", 2014; as a thing to watch after Kahng et al., "GAN Lab", 2019.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Generator, Tensor, nn

from playground.data import Split
from playground.labs.gan.adversarial import Adversarial
from playground.labs.gan.conditional import Gan, LatentGenerator, ProjectionDiscriminator
from playground.labs.gan.modes import centers, coverage, modes_covered, radii
from playground.labs.plane import perceptron
from playground.media import GENERATED, REAL, Scatter
from playground.objective import Batch, Moment, Phase, Terms

EXTENT = 1.25
"""The square from -EXTENT to EXTENT is shown."""
POINTS = 512
"""How many generated points are shown."""
ZOOM = 3.0
"""How much the discriminator sees the plane enlarged: details are small here."""


class PointGenerator(LatentGenerator):
    """Noise (B, latent) through three hidden layers to points (B, 2)."""

    def __init__(self, *, latent: int, width: int) -> None:
        """`width` is the size of the hidden layers."""
        super().__init__(latent=latent, choices=())
        self.layers = perceptron(latent, width, width, width, 2)


class PointDiscriminator(ProjectionDiscriminator):
    """Points (B, 2) through two hidden layers to logits (B,)."""

    def __init__(self, *, width: int) -> None:
        """`width` is the size of the hidden layers."""
        super().__init__(width=width, choices=())
        self.features = nn.Sequential(perceptron(2, width, width), nn.SiLU())
        nn.init.kaiming_uniform_(self.real.weight, nonlinearity="relu")

    def embed(self, points: Tensor) -> Tensor:
        """Points (B, 2) to features (B, width)."""
        return super().embed(ZOOM * points)


class PointGan(Gan):
    """Generator and discriminator, and the name of their loss: what the logits mean depends on it."""

    def __init__(self, *, latent: int, width: int, loss: str) -> None:
        """`loss` is a name in `LOSSES`."""
        super().__init__(
            generator=PointGenerator(latent=latent, width=width), discriminator=PointDiscriminator(width=width)
        )
        self.loss = loss


def fixed_noise(latent: int) -> Tensor:
    """The noise of the points that are shown, (POINTS, latent), always the same."""
    return torch.randn(POINTS, latent, generator=Generator().manual_seed(0))


class PointAdversarial(Adversarial):
    """The same objective for points, with several steps a phase and a constant learning rate."""

    network: PointGan
    shown: PointGan

    def __init__(self, *, steps: Mapping[str, int], batch_size: int, **options: Any) -> None:
        """What `Adversarial` takes, and the `steps` of each phase, each on a batch of `batch_size`."""
        super().__init__(**options)
        self.steps, self.batch_size = steps, batch_size

    def schedule(self, phase: str, progress: float) -> float:
        """Constant, as the training may go on for ever."""
        return 1.0

    def update(self, phase: Phase, batch: Batch, moment: Moment) -> Terms:
        """The steps of one phase, each on its own part of the batch."""
        terms: Terms = {}
        for step in range(self.steps[phase.name]):
            part = slice(step * self.batch_size, (step + 1) * self.batch_size)
            terms = super().update(phase, {name: column[part] for name, column in batch.items()}, moment)
        return terms

    def real(self, batch: Batch) -> Tensor:
        """The points (B, 2)."""
        return batch["points"]

    def shape(self) -> dict[str, Any]:
        """The loss, which may be changed during the training."""
        return {"loss": self.shown.loss}

    def preview(self, rng: Generator) -> Scatter:
        """Points of the data, and as many that were generated from fixed noise."""
        generated = self.shown(fixed_noise(self.network.generator.latent).to(rng.device))
        return Scatter([(self.data.train["points"][:POINTS], REAL), (generated, GENERATED)], EXTENT)

    def evaluate(self, split: Split) -> dict[str, float]:
        """The coverage of the points of `split`, and how many modes of the density are covered where it has any."""
        real = split["points"].cpu()
        generated = self.shown(fixed_noise(self.network.generator.latent).to(split["points"].device)).cpu()
        metrics = {"coverage": coverage(real, radii(real), generated)}
        if modes := centers(self.spec.name):
            metrics["modes"] = float(modes_covered(generated, *modes))
        return metrics
