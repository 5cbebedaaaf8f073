"""The objective of a VAE: the evidence lower bound, its two terms weighted by beta.

Higgins et al., "beta-VAE", 2017, equation 4; beta of 1 is Kingma & Welling's bound. Burgess et al., "Understanding
disentangling in beta-VAE", 2018 (arXiv 1804.03599), equation 8, hold the divergence at a capacity that rises.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from torch import Generator, Tensor

from playground.labs.vae.latent import Posterior
from playground.labs.vae.reconstruction import Reconstruction
from playground.labs.vae.vae import VAE
from playground.objective import Batch, Moment, Terms

RISE = 0.8
"""The part of the budget in which the capacity rises."""


class Bound(NamedTuple):
    """The evidence lower bound of each picture, and what it was computed from.

    Attributes:
        posterior: q(z|x).
        z: A sample of it, (B, latent).
        reconstruction: -log p(x|z) in nats, (B,).
        kl: KL(q(z|x) || p(z)) in nats, (B,).
    """

    posterior: Posterior
    z: Tensor
    reconstruction: Tensor
    kl: Tensor


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
        """Reconstruction and KL divergence in nats a picture; the loss is their sum, the objective that with beta."""
        bound = self.bound(batch, moment.rng)
        reconstruction, kl = bound.reconstruction.mean(), bound.kl.mean()
        allowed = self.capacity * min(1.0, moment.progress / RISE)
        terms = {"loss": reconstruction + kl, "reconstruction": reconstruction, "kl": kl}
        if self.beta == 1 and not self.capacity:
            return terms
        return {**terms, "objective": reconstruction + self.beta * (kl - allowed).abs()}

    def bound(self, batch: Batch, rng: Generator) -> Bound:
        """The bound of each picture of a batch, with one sample of its posterior."""
        posterior = self.posterior(batch)
        z = posterior.sample(rng)  # (B, latent)
        return Bound(posterior, z, self.missed(batch, z), posterior.kl().sum(dim=1))

    def measured(self, batch: Batch, rng: Generator) -> dict[str, Tensor]:
        """The bound with beta 1 and its two terms in nats, one sample each, and the error of the posterior mean."""
        posterior, _, reconstruction, kl = self.bound(batch, rng)
        error = self.error(batch, posterior.mean)
        return {"loss": reconstruction + kl, "reconstruction": reconstruction, "kl": kl, "error": error}
