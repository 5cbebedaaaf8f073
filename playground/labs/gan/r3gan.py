"""R3GAN's two networks, small: residual blocks of plain convolutions, without normalization and without styles.

Huang et al., "The GAN is dead; long live the GAN! A Modern GAN Baseline", 2024 (arXiv 2501.05441), section 3: with a
loss and penalties that converge, what StyleGAN2 added for stability can go. Blocks are those of ResNeXt (Xie et al.,
2016, arXiv 1611.05431), wide inside as in ConvNeXt; nothing else keeps signals at one size than how the weights begin
(Zhang, Dauphin & Ma, "Fixup Initialization", 2019, arXiv 1901.09321).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from playground.labs.gan.conditional import LatentGenerator, ProjectionDiscriminator
from playground.labs.gan.dcgan import ChannelsLast
from playground.labs.gan.equalized import RECTIFIED, SLOPE
from playground.labs.gan.resolutions import channels_at, sides

EXPANSION = 2
"""How many times as many channels a block has inside."""
GROUP = 16
"""Channels that a grouped convolution mixes with each other."""


def drawn(layer: nn.Conv2d | nn.Linear, gain: float = 1.0) -> nn.Conv2d | nn.Linear:
    """A layer that begins with random weights, such that what goes out is `gain` times as large as what comes in."""
    inputs = layer.weight[0].numel()
    nn.init.normal_(layer.weight, std=gain * inputs**-0.5)
    return layer


class BiasedActivation(nn.Module):
    """A bias of each channel, then a leaky rectifier."""

    def __init__(self, channels: int) -> None:
        """Biases begin at 0."""
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, H, W) to the same."""
        return nn.functional.leaky_relu(x + self.bias[:, None, None].to(x.dtype), SLOPE)


class ResidualBlock(nn.Module):
    """x + a wider, grouped convolution between two that mix channels; it begins as the identity.

    The more blocks add up, the smaller the first two layers begin, by L^(-1 / (2 m - 2)) with L blocks of m = 3 layers
    (Fixup, section 3), and the last one at 0.
    """

    def __init__(self, channels: int, *, blocks: int) -> None:
        """`blocks` is how many of them the network has."""
        super().__init__()
        inside, gain = EXPANSION * channels, RECTIFIED * blocks**-0.25
        self.layers = nn.Sequential(
            drawn(nn.Conv2d(channels, inside, 1, bias=False), gain),  # (B, inside, H, W)
            BiasedActivation(inside),
            drawn(nn.Conv2d(inside, inside, 3, padding=1, groups=max(1, inside // GROUP), bias=False), gain),
            BiasedActivation(inside),
            drawn(nn.Conv2d(inside, channels, 1, bias=False), 0.0),  # (B, channels, H, W)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, H, W) to the same."""
        return x + self.layers(x)


class GenerativeBasis(nn.Module):
    """A learned picture of features, each channel of which a linear layer of the code scales."""

    def __init__(self, code: int, channels: int, side: int) -> None:
        """`side` is that of the smallest features."""
        super().__init__()
        self.basis = nn.Parameter(torch.randn(channels, side, side))
        self.scale = drawn(nn.Linear(code, channels, bias=False))

    def forward(self, codes: Tensor) -> Tensor:
        """Codes (B, code) to (B, channels, side, side)."""
        return self.basis * self.scale(codes)[:, :, None, None]


class R3Generator(LatentGenerator):
    """Codes to images, from the smallest side up."""

    def __init__(
        self, *, image_size: int, channels: int, choices: Sequence[int], latent: int, width: int, depth: int
    ) -> None:
        """`width` is the number of channels up to 16 pixels, `depth` that of residual blocks of each side."""
        super().__init__(latent=latent, choices=choices)
        ladder = sides(image_size)
        sizes, blocks = [channels_at(side, width) for side in ladder], depth * len(ladder)
        layers: list[nn.Module] = [GenerativeBasis(self.code, sizes[0], ladder[0]), ChannelsLast()]
        layers += [ResidualBlock(sizes[0], blocks=blocks) for _ in range(depth)]
        for before, after in pairwise(sizes):
            layers += [_mixed(before, after), nn.UpsamplingBilinear2d(scale_factor=2)]  # (B, after, 2 H, 2 W)
            layers += [ResidualBlock(after, blocks=blocks) for _ in range(depth)]
        self.layers = nn.Sequential(*layers, drawn(nn.Conv2d(sizes[-1], channels, 1)), nn.Tanh())  # (B, C, H, W)


class R3Discriminator(ProjectionDiscriminator):
    """Images to features, from the full side down."""

    def __init__(self, *, image_size: int, channels: int, choices: Sequence[int], width: int, depth: int) -> None:
        """`width` is the number of channels up to 16 pixels, and of features; `depth` as the generator has it."""
        small, *larger = sides(image_size)
        last = channels_at(small, width)
        super().__init__(width=last, choices=choices)
        sizes = [*reversed([channels_at(side, width) for side in larger]), last]
        blocks = depth * len(sizes)
        layers: list[nn.Module] = [ChannelsLast(), drawn(nn.Conv2d(channels, sizes[0], 1))]  # (B, sizes[0], H, W)
        for before, after in pairwise(sizes):
            layers += [ResidualBlock(before, blocks=blocks) for _ in range(depth)]
            layers += [nn.AvgPool2d(2), _mixed(before, after)]  # (B, after, H / 2, W / 2)
        layers += [ResidualBlock(last, blocks=blocks) for _ in range(depth)]
        basis = drawn(nn.Conv2d(last, last, small, groups=last, bias=False))  # (B, last, 1, 1)
        self.features = nn.Sequential(*layers, basis, nn.Flatten(), drawn(nn.Linear(last, last, bias=False)))


def _mixed(before: int, after: int) -> nn.Module:
    """Another number of channels, where it is another one."""
    return nn.Identity() if before == after else drawn(nn.Conv2d(before, after, 1, bias=False))
