"""The autoencoder: a picture through a bottleneck and back.

Hinton & Salakhutdinov, "Reducing the Dimensionality of Data with Neural Networks", 2006. Nothing says where codes lie:
between them, and away from them, the decoder was never asked for anything.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from playground.labs.vae.latent import LatentModel, Posterior
from playground.precision import widened


class Autoencoder(LatentModel):
    """An encoder to one code a picture, and a decoder from codes to images."""

    prior = False

    def __init__(self, **shape: Any) -> None:
        """Takes what `LatentModel` takes."""
        super().__init__(**shape)
        self.code = nn.Linear(self.features, self.latent)

    def posterior_of(self, features: Tensor) -> Posterior:
        """The codes of what the encoder makes of images, as distributions of no width."""
        mean = widened(self.code(features))  # (B, latent)
        return Posterior(mean, torch.full_like(mean, float("-inf")))
