"""The networks of CycleGAN: two generators, one each way, and two discriminators, one for each domain.

Zhu, Park, Isola & Efros, "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks", 2017
(arXiv 1703.10593), section 4 and appendix 7.2. Symbols as there: G takes A to B, F takes B to A, D_A and D_B tell real
images of their domain from translated ones. For small images and CPUs four things differ. The ends of a generator
work on 2 x 2 blocks of pixels, so that nothing is computed at full resolution; a connection joins them, as in a U-Net;
there are fewer features and blocks; and the discriminators' receptive field is 34 pixels, not 70.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


def instance_norm(features: int) -> nn.GroupNorm:
    """Gives every feature map of every image mean 0 and variance 1.

    Groups of one map each are instance normalization (Ulyanov et al., 2016), and faster on CPUs.
    """
    return nn.GroupNorm(features, features, affine=False)


def convolution(before: int, after: int, kernel: int, *, stride: int = 1) -> list[nn.Module]:
    """A convolution of odd `kernel` that mirrors the border, normalized. A bias would be normalized away."""
    padding = kernel // 2
    return [
        nn.Conv2d(before, after, kernel, stride=stride, padding=padding, padding_mode="reflect", bias=False),
        instance_norm(after),
    ]


class ResidualBlock(nn.Module):
    """x plus two convolutions of x, nothing after the sum (He et al., 2015, as in Johnson et al., 2016)."""

    def __init__(self, *, features: int) -> None:
        """`features` come in and go out."""
        super().__init__()
        self.layers = nn.Sequential(*convolution(features, features, 3), nn.ReLU(), *convolution(features, features, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Features (B, C, H, W) to features of the same shape."""
        return x + self.layers(x)


class Generator(nn.Module):
    """Translates an image to the other domain: down to a quarter of its side, residual blocks, and up again.

    What the first layer finds is added to what comes up, so that fine lines need not pass through the middle.
    """

    def __init__(self, *, channels: int, width: int, blocks: int) -> None:
        """`width` is the number of features at half of the side; at a quarter of it there are twice as many."""
        super().__init__()
        self.stem = nn.Sequential(
            nn.PixelUnshuffle(2),  # (B, 4 C, H / 2, W / 2)
            *convolution(4 * channels, width, 3),  # (B, width, H / 2, W / 2)
            nn.ReLU(),
        )
        self.middle = nn.Sequential(
            *convolution(width, 2 * width, 3, stride=2),  # (B, 2 width, H / 4, W / 4)
            nn.ReLU(),
            *[ResidualBlock(features=2 * width) for _ in range(blocks)],
            nn.ConvTranspose2d(2 * width, width, 4, stride=2, padding=1, bias=False),  # (B, width, H / 2, W / 2)
            instance_norm(width),
            nn.ReLU(),
        )
        self.head = nn.Sequential(
            nn.Conv2d(width, 4 * channels, 3, padding=1, padding_mode="reflect"),  # (B, 4 C, H / 2, W / 2)
            nn.PixelShuffle(2),  # (B, C, H, W)
            nn.Tanh(),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W) in [-1, 1] to images of the same shape and range; the side is a multiple of 4."""
        x = self.stem(images)  # (B, width, H / 2, W / 2)
        return self.head(x + self.middle(x))


class Discriminator(nn.Module):
    """PatchGAN: scores of every patch of 34 x 34 pixels how real it looks in its domain."""

    def __init__(self, *, channels: int, width: int) -> None:
        """`width` is the number of features after the first layer; it doubles twice."""
        super().__init__()

        def halving(before: int, after: int, stride: int) -> nn.Conv2d:
            return nn.Conv2d(before, after, 4, stride=stride, padding=1, bias=before == channels)

        self.layers = nn.Sequential(
            halving(channels, width, 2),  # (B, width, H / 2, W / 2)
            nn.LeakyReLU(0.2),
            halving(width, 2 * width, 2),  # (B, 2 width, H / 4, W / 4)
            instance_norm(2 * width),
            nn.LeakyReLU(0.2),
            halving(2 * width, 4 * width, 1),  # (B, 4 width, H / 4 - 1, W / 4 - 1)
            instance_norm(4 * width),
            nn.LeakyReLU(0.2),
            nn.Conv2d(4 * width, 1, 4, padding=1),  # (B, 1, H / 4 - 2, W / 4 - 2)
        )

    def forward(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W) in [-1, 1] to scores (B, 1, H / 4 - 2, W / 4 - 2): 1 for real, 0 for translated."""
        return self.layers(images)


@torch.no_grad()
def smooth_blocks(convolution: nn.Module) -> None:
    """ICNR: all four pixels of a block start alike, so that no checkerboard pattern has to be unlearned.

    Aitken et al., "Checkerboard artifact free sub-pixel convolution", 2017 (arXiv 1707.02937).
    """
    for values in convolution.parameters():
        blocks = values.unflatten(0, (-1, 4))  # (C, 4, ...)
        blocks[:, 1:] = blocks[:, :1]


class CycleGAN(nn.Module):
    """All four networks, as a snapshot holds them."""

    def __init__(self, *, channels: int, width: int, blocks: int, discriminator_width: int) -> None:
        """`width` and `blocks` are those of the generators."""
        super().__init__()
        self.g = Generator(channels=channels, width=width, blocks=blocks)
        self.f = Generator(channels=channels, width=width, blocks=blocks)
        self.d_a = Discriminator(channels=channels, width=discriminator_width)
        self.d_b = Discriminator(channels=channels, width=discriminator_width)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
                nn.init.normal_(module.weight, 0.0, 0.02)
        for generator in (self.g, self.f):
            smooth_blocks(generator.head[0])

    def generators(self, direction: str) -> tuple[Generator, Generator]:
        """The generator of a direction, "ab" or "ba", and that of the opposite direction."""
        return {"ab": (self.g, self.f), "ba": (self.f, self.g)}[direction]
