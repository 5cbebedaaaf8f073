"""The objective of a VAE: the evidence lower bound, its two terms weighted by beta.

Higgins et al., "beta-VAE", 2017, equation 4; beta of 1 is Kingma & Welling's bound. Burgess et al., "Understanding
disentangling in beta-VAE", 2018 (arXiv 1804.03599), equation 8, hold the divergence at a capacity that rises.
"""

from __future__ import annotations

from typing import Any

from torch import Generator, Tensor

from playground.labs.vae.reconstruction import Reconstruction
from playground.labs.vae.vae import VAE
from playground.objective import Batch, Moment, Terms

RISE = 0.8
"""The part of the budget in which the capacity rises."""


class Elbo(Reconstruction):
    """Trains `network` to maximize the evidence lower bound."""

    shown: VAE

    def __init__(self, *, beta: float, capacity: float = 0.0, **shared: Any) -> None:
        """Takes what `Reconstruction` takes, and more.

        Args:
            beta: Weight of the KL divergence from the prior against the reconstruction.
            capacity: The nats at which the divergence is held in the end; it rises to them as a line.
            shared: What `Reconstruction` takes.
        """
        super().__init__(**shared)
        self.beta, self.capacity = beta, capacity

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """Reconstruction and KL divergence in nats a picture; the loss is their sum with beta."""
        posterior = self.posterior(batch)
        z = posterior.sample(moment.rng)  # (B, latent)
        reconstruction, kl = self.missed(batch, z).mean(), posterior.kl().sum(dim=1).mean()
        allowed = self.capacity * min(1.0, moment.progress / RISE)
        return {"loss": reconstruction + self.beta * (kl - allowed).abs(), "reconstruction": reconstruction, "kl": kl}

    def measured(self, batch: Batch, rng: Generator) -> dict[str, Tensor]:
        """The bound with beta 1 and its two terms in nats, one sample each, and the error of the posterior mean."""
        posterior = self.posterior(batch)
        reconstruction, kl = self.missed(batch, posterior.sample(rng)), posterior.kl().sum(dim=1)
        error = self.error(batch, posterior.mean)
        return {"loss": reconstruction + kl, "reconstruction": reconstruction, "kl": kl, "error": error}
