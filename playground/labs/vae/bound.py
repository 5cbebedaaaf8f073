"""The importance-weighted bound: how likely a VAE holds pictures to be, as well as samples of its posteriors tell.

Burda et al., "Importance Weighted Autoencoders", 2015 (arXiv 1509.00519), equation 8.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor

from playground.data import unit
from playground.labs.vae.latent import log_normal
from playground.labs.vae.vae import VAE


@torch.no_grad()
def importance_weighted_bound(
    network: VAE, images: Tensor, rng: Generator, *, labels: Tensor | None = None, samples: int = 500
) -> Tensor:
    """A lower bound of log p(x) in nats, (B,), that becomes tight as the samples become many; 1 is the ELBO.

    Notation: k `samples`, h a sample of the posterior, and w = p(x, h) / q(h|x).

    Args:
        network: Gives q(h|x) and p(x|h); the prior p(h) is a standard normal.
        images: (B, C, H, W), uint8.
        rng: Draws the samples.
        labels: (B,), where the network takes classes.
        samples: How many of each posterior; one after the other, so that time grows with it and memory does not.
    """
    posterior = network.encode(unit(images), labels)
    total = torch.full((len(images),), -math.inf, device=images.device)
    for _ in range(samples):
        z = posterior.sample(rng)  # (B, latent)
        likelihood = network.likelihood.log_prob(network.outputs(z, labels), images)
        total = torch.logaddexp(total, likelihood + (log_normal(z) - posterior.log_prob(z)).sum(dim=1))
    return total - math.log(samples)
