"""The objective of an autoencoder: what goes through the bottleneck comes out again."""

from __future__ import annotations

import math

from torch import Generator, Tensor
from torch.optim import AdamW

from playground.data import Data, Split, unit
from playground.labs.vae.latent import LatentModel, Posterior
from playground.labs.vae.plane import manifold, plane_through
from playground.media import Sheet
from playground.objective import Batch, Moment, Objective, Phase, Terms


class Reconstruction(Objective):
    """Trains `network` to make pictures likely, given their codes."""

    shown: LatentModel

    def __init__(self, *, network: LatentModel, data: Data, learning_rate: float) -> None:
        """`learning_rate` is the one at first."""
        super().__init__()
        self.shown, self.learning_rate = network, learning_rate
        self.fixed = data.train.first(512)

    def phases(self) -> list[Phase]:
        """One phase with AdamW."""
        return [
            Phase("autoencoder", [AdamW(self.shown.parameters(), lr=self.learning_rate, weight_decay=0.0, fused=True)])
        ]

    def schedule(self, phase: str, progress: float) -> float:
        """Full speed at once, so that the plane forms within seconds; then down as a cosine."""
        return 0.5 * (1 + math.cos(math.pi * progress))

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """-log p(x|z) in nats a picture."""
        return {"loss": self.missed(batch, self.posterior(batch).mean).mean()}

    def posterior(self, batch: Batch) -> Posterior:
        """q(z|x) of a batch's images, and labels where the network takes classes."""
        return self.shown.encode(unit(batch["images"]), self.labels(batch))

    def missed(self, batch: Batch, z: Tensor) -> Tensor:
        """-log p(x|z) of a batch's images and their codes (B, latent), in nats, (B,)."""
        return -self.shown.likelihood.log_prob(self.shown.outputs(z, self.labels(batch)), batch["images"])

    def labels(self, batch: Batch) -> Tensor | None:
        """The classes of a batch, where the network takes any."""
        return batch["labels"] if self.shown.classes else None

    def preview(self, rng: Generator) -> Sheet:
        """A plane through latent space, 12 by 12 decoded points from -3 to 3 standard deviations."""
        fixed = self.fixed.to(next(self.parameters()).device)
        plane = plane_through(self.posterior(fixed.columns).mean, prior=self.shown.prior)
        return Sheet(manifold(self.shown, plane, side=12, label=0), columns=12)

    def evaluate(self, split: Split) -> dict[str, float]:
        """Means over the pictures, from a fixed seed, of what `measured` gives."""
        rng = Generator(split["images"].device).manual_seed(0)
        totals: dict[str, float] = {}
        for part in (split.at(slice(at, at + 500)) for at in range(0, len(split), 500)):
            for name, values in self.measured(part.columns, rng).items():
                totals[name] = totals.get(name, 0.0) + float(values.double().sum())
        return {name: total / len(split) for name, total in totals.items()}

    def measured(self, batch: Batch, rng: Generator) -> dict[str, Tensor]:
        """Numbers (B,) about a batch: the loss in nats, and the mean squared `error` of brightness from 0 to 1."""
        z = self.posterior(batch).mean
        return {"loss": self.missed(batch, z), "error": self.error(batch, z)}

    def error(self, batch: Batch, z: Tensor) -> Tensor:
        """The mean squared error of brightness from 0 to 1, (B,), of a batch's images and their codes."""
        return (self.shown.decode(z, self.labels(batch)) - batch["images"].float() / 255).square().mean(dim=(1, 2, 3))
