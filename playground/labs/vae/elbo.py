"""The objective of a VAE: the evidence lower bound, its two terms weighted by beta.

Higgins et al., "beta-VAE", 2017, equation 4; beta of 1 is Kingma & Welling's bound.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor
from torch.nn import functional as F
from torch.optim import AdamW

from playground.data import Data, Split, unit
from playground.labs.vae.latent import manifold, plane_through
from playground.labs.vae.vae import VAE, kl_to_standard_normal
from playground.media import Sheet
from playground.objective import Batch, Moment, Objective, Phase, Terms


class Elbo(Objective):
    """Trains `network` to maximize the evidence lower bound."""

    def __init__(self, *, network: VAE, data: Data, beta: float, learning_rate: float) -> None:
        """`beta` weights the KL divergence from the prior against the reconstruction."""
        super().__init__()
        self.shown = network
        self.beta, self.learning_rate = beta, learning_rate
        self.register_buffer("fixed", data.train["images"][:512].clone(), persistent=False)

    fixed: Tensor
    shown: VAE

    def phases(self) -> list[Phase]:
        """One phase with AdamW."""
        return [Phase("elbo", [AdamW(self.shown.parameters(), lr=self.learning_rate, weight_decay=0.0, fused=True)])]

    def schedule(self, phase: str, progress: float) -> float:
        """Full speed at once, so that the plane forms within seconds; then down as a cosine."""
        return 0.5 * (1 + math.cos(math.pi * progress))

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """Reconstruction and KL divergence in nats an image; the loss is their sum with beta."""
        reconstruction, kl = nats(self.shown, batch["images"], moment.rng)
        return {"loss": reconstruction + self.beta * kl, "reconstruction": reconstruction, "kl": kl}

    def preview(self, rng: Generator) -> Sheet:
        """A plane through latent space, 12 by 12 decoded points from -3 to 3 standard deviations."""
        mean, _ = self.shown.encode(unit(self.fixed))
        return Sheet(manifold(self.shown, plane_through(mean), side=12), columns=12)

    def evaluate(self, split: Split) -> dict[str, float]:
        """The bound with beta 1 and its two terms in nats an image, one sample each, from a fixed seed."""
        rng = Generator(split["images"].device).manual_seed(0)
        total = torch.zeros(2)
        for images in split["images"].split(500):
            total += torch.stack(nats(self.shown, images, rng)).cpu() * len(images)
        reconstruction, kl = (total / len(split)).tolist()
        return {"loss": reconstruction + kl, "reconstruction": reconstruction, "kl": kl}


def nats(network: VAE, images: Tensor, rng: Generator) -> tuple[Tensor, Tensor]:
    """The bound's two terms for images (B, C, H, W), uint8: -log p(x|z) and KL(q(z|x) || p(z)), means over B."""
    logits, mean, log_variance = network(unit(images), rng)
    reconstruction = F.binary_cross_entropy_with_logits(logits, images.float() / 255, reduction="sum") / len(images)
    return reconstruction, kl_to_standard_normal(mean, log_variance).sum(dim=1).mean()
