"""A small convolutional GAN after DCGAN.

Radford, Metz & Chintala, "Unsupervised Representation Learning with Deep Convolutional GANs", 2015 (arXiv 1511.06434):
strided convolutions, no pooling, a tanh at the end. Two things differ. Batch normalization ties the images of a batch
to one another and wants statistics of its own when the weights are averaged; in its place the generator has
group normalization, of every image alone (Wu & He, "Group Normalization", 2018), and the discriminator none.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from playground.labs.gan.conditional import LatentGenerator, ProjectionDiscriminator, initialized

GROUPS = 4
"""Number of groups of the group normalization."""


class ChannelsLast(nn.Module):
    """Memory format channels-last: the same values, and faster convolutions."""

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to the same."""
        return x.contiguous(memory_format=torch.channels_last)


def doublings(image_size: int) -> int:
    """How often an image's side can be halved, as long as it is even and 4 or more pixels remain."""
    count = 0
    while image_size % 2 == 0 and image_size // 2 >= 4:
        image_size, count = image_size // 2, count + 1
    return count


def grouped(channels: int) -> int:
    """About as many channels, but 8 or more and a multiple of `GROUPS`."""
    return max(8, channels // GROUPS * GROUPS)


class DcganGenerator(LatentGenerator):
    """Codes to images: a small image of features, whose side transposed convolutions double again and again."""

    def __init__(self, *, image_size: int, channels: int, choices: Sequence[int], latent: int, width: int) -> None:
        """`width` is the number of channels at the smallest side, 7 pixels for 28 and 4 for 32.

        There are 3/16 as many at the full one, where most of the time would otherwise be spent.
        """
        super().__init__(latent=latent, choices=choices)
        stages = doublings(image_size)
        side = image_size // 2**stages
        sizes = [width, *[grouped(width * 3 // 4 // 2**stage) for stage in range(stages - 1)]]
        sizes += [grouped(width * 3 // 16)] * (stages > 0)
        layers: list[nn.Module] = []
        for before, after in pairwise(sizes):
            layers += [
                nn.ConvTranspose2d(before, after, 4, stride=2, padding=1),  # (B, after, 2 H, 2 W)
                nn.GroupNorm(GROUPS, after),
                nn.LeakyReLU(0.2),
            ]
        self.layers = initialized(
            nn.Sequential(
                nn.Linear(self.code, width // 2 * side**2),
                nn.Unflatten(1, (width // 2, side, side)),  # (B, width / 2, side, side)
                ChannelsLast(),
                nn.LeakyReLU(0.2),
                nn.Conv2d(width // 2, width, 3, padding=1),  # (B, width, side, side)
                nn.GroupNorm(GROUPS, width),
                nn.LeakyReLU(0.2),
                *layers,
                nn.Conv2d(sizes[-1], channels, 3, padding=1),  # (B, C, H, W)
                nn.Tanh(),
            )
        )


class DcganDiscriminator(ProjectionDiscriminator):
    """Images to features: strided convolutions halve the side until 4 pixels or fewer remain."""

    def __init__(
        self, *, image_size: int, channels: int, choices: Sequence[int], width: int, classifies: bool = False
    ) -> None:
        """The channels double from `width` / 2 at the first stage to at most 3/2 `width`, the number of features."""
        super().__init__(width=width * 3 // 2, choices=choices, classifies=classifies)
        sizes, side = [channels], image_size
        while side > 4:
            sizes.append(min(width * 3 // 2, width // 2 * 2 ** (len(sizes) - 1)))
            side //= 2
        layers: list[nn.Module] = []
        for before, after in pairwise(sizes):
            layers += [nn.Conv2d(before, after, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]  # (B, after, H / 2, W / 2)
        self.features = initialized(
            nn.Sequential(
                *layers[:2],
                ChannelsLast(),
                *layers[2:],
                nn.Flatten(),  # (B, sizes[-1] * side^2)
                nn.Linear(sizes[-1] * side**2, width * 3 // 2),  # (B, 3/2 width)
                nn.LeakyReLU(0.2),
            )
        )
