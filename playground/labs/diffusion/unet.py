"""A small U-Net: from noisy images, a noise level and perhaps a class to images of the same shape.

Ronneberger et al., 2015 (arXiv 1505.04597), with the residual blocks and the attention of Ho et al., 2020 (arXiv
2006.11239), and the norm that noise level and class scale and shift of Dhariwal & Nichol, 2021 (arXiv 2105.05233). It
works on squares of 2 x 2 pixels: a quarter of the places cost a quarter of the time.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.layout import channels_last
from playground.precision import scaled_dot_product_attention

PATCH = 2
MULTIPLE = 2 * PATCH
"""Height and width must be multiples of it."""
OCTAVES = 16


class Embedding(nn.Module):
    """Noise level and class as one vector."""

    def __init__(self, *, width: int, classes: int) -> None:
        """With `classes` of 0 there are none; else one more, the last, stands for "no class"."""
        super().__init__()
        self.classes = classes
        self.level = nn.Sequential(nn.Linear(2 * OCTAVES, width), nn.SiLU(), nn.Linear(width, width))
        self.kind = nn.Embedding(classes + 1, width) if classes else None

    def forward(self, level: Tensor, condition: Tensor | None) -> Tensor:
        """Levels (B,) of size about 1 and classes (B,), -1 or None for none, to vectors (B, width)."""
        rates = math.pi * torch.logspace(-2, 3, OCTAVES, base=2, dtype=level.dtype, device=level.device)
        angles = level[:, None] * rates  # (B, OCTAVES)
        x = self.level(torch.cat([angles.sin(), angles.cos()], dim=1))  # (B, width)
        if self.kind is not None:
            if condition is None:
                condition = torch.full(level.shape, -1, device=level.device)
            x = x + self.kind(condition % (self.classes + 1))
        return F.silu(x)


class ResBlock(nn.Module):
    """Two convolutions around a norm that the embedding scales and shifts, added to the input."""

    def __init__(self, *, inputs: int, outputs: int, embedding: int) -> None:
        """The last convolution starts at zero, so that the block starts as its skip connection."""
        super().__init__()
        self.norm1 = norm(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.modulate = nn.Linear(embedding, 2 * outputs)
        self.norm2 = norm(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.skip = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else nn.Identity()
        zero_init(self.conv2)

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        """(B, inputs, h, w) and (B, embedding) to (B, outputs, h, w)."""
        h = self.conv1(F.silu(self.norm1(x)))  # (B, outputs, h, w)
        scale, shift = self.modulate(embedding)[:, :, None, None].chunk(2, dim=1)  # (B, outputs, 1, 1) each
        h = self.norm2(h) * (1 + scale) + shift
        return self.skip(x) + self.conv2(F.silu(h))


class Attention(nn.Module):
    """Self-attention between all places, added to the input; starts as the identity."""

    def __init__(self, *, width: int, heads: int) -> None:
        """`heads` must divide `width`."""
        super().__init__()
        self.heads = heads
        self.norm = norm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        zero_init(self.out)

    def forward(self, x: Tensor) -> Tensor:
        """(B, width, h, w) to the same shape."""
        tokens = self.norm(x).flatten(2).transpose(1, 2)  # (B, h * w, width)
        qkv = self.qkv(tokens).unflatten(-1, (3, self.heads, -1))  # (B, h * w, 3, heads, d)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # (B, heads, h * w, d) each
        mixed = scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)  # (B, h * w, width)
        return x + self.out(mixed).transpose(1, 2).unflatten(-1, x.shape[2:])  # (B, width, h, w)


class UNet(nn.Module):
    """Down to a quarter of each side, attention there, and up again, with an additive skip connection."""

    def __init__(
        self, *, channels: int, classes: int = 0, width: int = 32, depth: int = 1, attention: bool = True
    ) -> None:
        """Builds it.

        Args:
            channels: Of the images.
            classes: How many; 0 for an unconditional network.
            width: Features at half of each side, a multiple of 8; three times as many below, where places
                are fewer and features cost less.
            depth: Residual blocks in a row, at each of the four places where there are any.
            attention: Whether there is attention in the middle.
        """
        super().__init__()
        wide, embedding = 3 * width, 4 * width
        self.classes = classes
        self.embed = Embedding(width=embedding, classes=classes)
        self.stem = nn.Conv2d(channels * PATCH**2, width, 3, padding=1)
        self.down = blocks(width, width, depth, embedding)
        self.shrink = nn.Conv2d(width, wide, 3, stride=2, padding=1)
        self.middle_in = blocks(wide, wide, depth, embedding)
        self.attend = Attention(width=wide, heads=width // 8) if attention else nn.Identity()
        self.middle_out = blocks(wide, wide, depth, embedding)
        self.grow = nn.Conv2d(wide, width, 1)
        self.up = blocks(width, width, depth, embedding)
        self.norm = norm(width)
        self.head = nn.Conv2d(width, channels * PATCH**2, 3, padding=1)
        zero_init(self.head)
        channels_last(self)

    def forward(self, x: Tensor, level: Tensor, condition: Tensor | None = None) -> Tensor:
        """Images (B, C, H, W), levels (B,) of size about 1, and classes (B,) or None for none, to (B, C, H, W)."""
        embedding = self.embed(level, condition)
        x = F.pixel_unshuffle(x, PATCH)  # (B, 4 C, H / 2, W / 2)
        x = self.stem(x.contiguous(memory_format=torch.channels_last))  # (B, width, H / 2, W / 2)
        x = skip = through(self.down, x, embedding)
        x = self.shrink(x)  # (B, 3 width, H / 4, W / 4)
        x = self.attend(through(self.middle_in, x, embedding))
        x = self.grow(through(self.middle_out, x, embedding))  # (B, width, H / 4, W / 4)
        x = F.interpolate(x, scale_factor=2.0) + skip  # (B, width, H / 2, W / 2)
        x = through(self.up, x, embedding)
        x = self.head(F.silu(self.norm(x)))  # (B, 4 C, H / 2, W / 2)
        return F.pixel_shuffle(x, PATCH)  # (B, C, H, W)


def hidden(network: nn.Module) -> list[nn.Parameter]:
    """The kernels of the residual blocks and the matrices of the attention anywhere in a network.

    They lead from features to features, as Muon wants it; the ends of the network and what reads the embedding do not.
    """
    layers = {ResBlock: nn.Conv2d, Attention: nn.Linear}
    return [
        layer.get_parameter("weight")
        for block in network.modules()
        for layer in block.children()
        if type(block) in layers and isinstance(layer, layers[type(block)])
    ]


def blocks(inputs: int, outputs: int, depth: int, embedding: int) -> nn.ModuleList:
    """`depth` residual blocks in a row, the first of which changes the number of features."""
    widths = [inputs, *[outputs] * depth]
    return nn.ModuleList(ResBlock(inputs=width, outputs=outputs, embedding=embedding) for width in widths[:-1])


def through(row: nn.ModuleList, x: Tensor, embedding: Tensor) -> Tensor:
    """Sends x through residual blocks."""
    for block in row:
        x = block(x, embedding)
    return x


def norm(width: int) -> nn.GroupNorm:
    """Groups of 8 features."""
    return nn.GroupNorm(width // 8, width, eps=1e-5)


def zero_init(layer: nn.Conv2d | nn.Linear) -> None:
    """Zero initialization of a layer."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
