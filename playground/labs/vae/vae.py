"""The variational autoencoder.

Kingma & Welling, "Auto-Encoding Variational Bayes", 2013 (arXiv 1312.6114). Symbols as there: x an image, z its latent
code, q(z|x) a diagonal Gaussian with mean `mean` and variance exp(`log_variance`), p(x|z) the likelihood of a picture.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from playground.labs.vae.latent import LatentModel, Posterior
from playground.precision import widened


class VAE(LatentModel):
    """An encoder that gives every image a Gaussian in latent space, and a decoder from latent space to images."""

    def __init__(self, **shape: Any) -> None:
        """Takes what `LatentModel` takes."""
        super().__init__(**shape)
        self.posterior = nn.Linear(self.features, 2 * self.latent)

    def posterior_of(self, features: Tensor) -> Posterior:
        """q(z|x) of what the encoder makes of images.

        The variance is exp(a) of the network's output a up to the prior's variance of 1 and a + 1 above it (ELU + 1).
        With exp(a) everywhere one odd image whose a jumps to 80 drives the KL divergence out of a float's range.
        """
        mean, a = widened(self.posterior(features)).chunk(2, dim=1)  # each (B, latent)
        return Posterior(mean, a.clamp(max=0) + a.clamp(min=0).log1p())
