"""FactorVAE: a discriminator measures how far the dimensions of codes are from being independent of each other.

Kim & Mnih, "Disentangling by Factorising", 2018 (arXiv 1802.05983), equation 2 and algorithm 2.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F
from torch.optim import Adam

from playground.labs.plane import perceptron
from playground.labs.vae.elbo import Elbo
from playground.labs.vae.vae import VAE
from playground.objective import Batch, Moment, Phase, Terms

HIDDEN = 128
"""Width of the discriminator's three hidden layers; the paper's has six of 1,000."""


class FactorVAE(VAE):
    """A VAE, and a discriminator of codes from codes whose dimensions were permuted."""

    def __init__(self, **shape: Any) -> None:
        """Takes what `VAE` takes."""
        super().__init__(**shape)
        self.discriminator = perceptron(self.latent, HIDDEN, HIDDEN, HIDDEN, 1)  # (B, latent) -> (B, 1)


def permuted(z: Tensor, rng: Generator) -> Tensor:
    """Codes (B, D), each dimension shuffled on its own: samples of the product of q(z_d) (algorithm 1)."""
    order = torch.rand(z.shape, generator=rng, device=z.device).argsort(dim=0)  # (B, D)
    return z.gather(0, order)


class FactorObjective(Elbo):
    """The bound less gamma times the total correlation, which the discriminator's logit estimates."""

    shown: FactorVAE

    def __init__(self, *, gamma: float, **shared: Any) -> None:
        """`gamma` weights the total correlation; takes what `Elbo` takes but beta, which is 1."""
        super().__init__(beta=1.0, **shared)
        self.gamma = gamma

    def phases(self) -> list[Phase]:
        """The VAE, then its discriminator, with the shorter averages of the paper's Adam and a tenth of the rate."""
        discriminator = list(self.shown.discriminator.parameters())
        of_it = {id(weight) for weight in discriminator}
        model = [weight for weight in self.shown.parameters() if id(weight) not in of_it]
        rate = self.learning_rate
        return [
            Phase("autoencoder", [Adam(model, lr=rate, fused=True)]),
            Phase("discriminator", [Adam(discriminator, lr=rate / 10, betas=(0.5, 0.9), fused=True)]),
        ]

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """Of the VAE the bound's terms and the total correlation, in nats; of the discriminator its cross entropy.

        As in algorithm 2, the codes that are permuted are of other pictures than those that are left as they are; both
        are halves of the batch.
        """
        if phase == "discriminator":
            with torch.no_grad():
                z, other = (
                    self.posterior(batch).sample(moment.rng).tensor_split(2)
                )  # of pictures apart: (B / 2, D) each
                other = permuted(other, moment.rng)
            logits = self.shown.discriminator(torch.cat([z, other])).squeeze(1)  # (B,)
            joint = torch.cat([torch.ones(len(z)), torch.zeros(len(other))]).to(logits)
            return {"loss": F.binary_cross_entropy_with_logits(logits, joint)}
        bound = self.bound(batch, moment.rng)
        reconstruction, kl = bound.reconstruction.mean(), bound.kl.mean()
        correlation = self.shown.discriminator(bound.z).mean()  # log q(z) / prod q(z_d), where it is at its best
        loss = reconstruction + kl + self.gamma * correlation
        return {"loss": loss, "reconstruction": reconstruction, "kl": kl, "total_correlation": correlation}
