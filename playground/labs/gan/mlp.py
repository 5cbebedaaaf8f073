"""The GAN of 2014: two perceptrons that see an image as a list of brightnesses, without its neighborhoods.

Goodfellow et al., "Generative Adversarial Nets", 2014, section 5; leaky rectifiers in place of maxout units.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from playground.labs.gan.conditional import LatentGenerator, ProjectionDiscriminator, initialized


class MlpGenerator(LatentGenerator):
    """Codes through two hidden layers to images."""

    def __init__(self, *, image_size: int, channels: int, choices: Sequence[int], latent: int, width: int) -> None:
        """`width` is the size of both hidden layers."""
        super().__init__(latent=latent, choices=choices)
        self.layers = initialized(
            nn.Sequential(
                nn.Linear(self.code, width),
                nn.LeakyReLU(0.2),
                nn.Linear(width, width),
                nn.LeakyReLU(0.2),
                nn.Linear(width, channels * image_size**2),  # (B, C * H * W)
                nn.Tanh(),
                nn.Unflatten(1, (channels, image_size, image_size)),  # (B, C, H, W)
            )
        )


class MlpDiscriminator(ProjectionDiscriminator):
    """Images through two hidden layers to features."""

    def __init__(self, *, image_size: int, channels: int, choices: Sequence[int], width: int) -> None:
        """`width` is the size of both hidden layers, the second of which are the features."""
        super().__init__(width=width, choices=choices)
        self.features = initialized(
            nn.Sequential(
                nn.Flatten(),  # (B, C * H * W)
                nn.Linear(channels * image_size**2, width),
                nn.LeakyReLU(0.2),
                nn.Linear(width, width),  # (B, width)
                nn.LeakyReLU(0.2),
            )
        )
