"""A MobileViT: thin convolutions, and a transformer that runs between them across the whole picture.

Mehta & Rastegari, "MobileViT: Light-weight, General-purpose, and Mobile-friendly Vision Transformer", 2021 (arXiv
2110.02178), section 3.1 and figure 1b; its convolutions are the inverted residuals of Sandler et al., "MobileNetV2",
2018 (arXiv 1801.04381), figure 3b.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.inner import Inner, chained
from playground.labs.vision.classifier import MapClassifier
from playground.labs.vision.vit import Block


def convolved(inputs: int, outputs: int, size: int = 3, *, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    """A convolution and a batch norm."""
    conv = nn.Conv2d(inputs, outputs, size, stride=stride, padding=size // 2, groups=groups, bias=False)
    return [conv, nn.BatchNorm2d(outputs)]


def stretched(x: Tensor, size: tuple[int, int] | torch.Size) -> Tensor:
    """(B, C, H, W) to maps of another size, bilinear."""
    return x if x.shape[2:] == size else F.interpolate(x, size=tuple(size), mode="bilinear", align_corners=False)


class InvertedResidual(nn.Module):
    """Widens each place, looks around in each channel alone, narrows again; added to its input where shapes allow."""

    def __init__(self, *, inputs: int, outputs: int, stride: int = 1, expansion: int = 2) -> None:
        """`expansion` is how many times as many channels lie between."""
        super().__init__()
        wide = inputs * expansion
        self.residual = stride == 1 and inputs == outputs
        self.layers = nn.Sequential(
            *convolved(inputs, wide, 1),
            nn.SiLU(),
            *convolved(wide, wide, stride=stride, groups=wide),
            nn.SiLU(),
            *convolved(wide, outputs, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) to (B, outputs, H / stride, W / stride)."""
        return x + self.layers(x) if self.residual else self.layers(x)

    def inner(self) -> list[Inner]:
        """The channels that it widens to."""
        return chained(self, "layers")


class MobileBlock(nn.Module):
    """A convolution, a transformer over the whole picture, and a convolution that joins both (figure 1b).

    The picture is cut into squares of 2 x 2, and places of the same corner attend to each other: since the convolution
    before has seen the whole square, each of four sequences is enough.
    """

    PATCH = 2

    def __init__(self, *, channels: int, width: int, depth: int, heads: int, mlp_ratio: float) -> None:
        """`depth` transformer blocks on tokens of `width` features."""
        super().__init__()
        self.local = nn.Sequential(*convolved(channels, channels), nn.SiLU(), nn.Conv2d(channels, width, 1, bias=False))
        self.blocks = nn.Sequential(
            *[Block(width=width, heads=heads, mlp_ratio=mlp_ratio, layer_scale=False) for _ in range(depth)]
        )
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.project = nn.Sequential(*convolved(width, channels, 1), nn.SiLU())
        self.fuse = nn.Sequential(*convolved(2 * channels, channels), nn.SiLU())

    def unfold(self, x: Tensor) -> Tensor:
        """(B, width, H, W) to four sequences of each image, (4 B, H W / 4, width)."""
        p = self.PATCH
        x = x.unflatten(3, (-1, p)).unflatten(2, (-1, p))  # (B, width, H / 2, 2, W / 2, 2)
        x = x.permute(0, 3, 5, 2, 4, 1)  # (B, 2, 2, H / 2, W / 2, width)
        return x.flatten(3, 4).flatten(0, 2)

    def fold(self, x: Tensor, rows: int, columns: int) -> Tensor:
        """What `unfold` made of (B, width, rows, columns) back to this."""
        p = self.PATCH
        x = x.unflatten(1, (rows // p, columns // p)).unflatten(0, (-1, p, p))  # (B, 2, 2, H / 2, W / 2, width)
        return x.permute(0, 5, 3, 1, 4, 2).flatten(4, 5).flatten(2, 3)  # (B, width, H, W)

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, H, W) to the same shape; a side that squares do not tile is stretched meanwhile."""
        size = x.shape[2:]
        rows, columns = (-(-side // self.PATCH) * self.PATCH for side in size)
        tokens = self.unfold(stretched(self.local(x), (rows, columns)))  # (4 B, rows columns / 4, width)
        tokens = self.norm(self.blocks(tokens))
        whole = self.project(stretched(self.fold(tokens, rows, columns), size))  # (B, channels, H, W)
        return self.fuse(torch.cat([x, whole], dim=1))

    def inner(self) -> list[Inner]:
        """The channels between the convolutions before its transformer."""
        return chained(self, "local")


class MobileVit(MapClassifier):
    """A stem that halves the picture, inverted residuals, two MobileViT blocks with a halving between, and a head."""

    def __init__(
        self,
        *,
        channels: int = 1,
        classes: int = 10,
        width: int = 24,
        token_width: int = 48,
        depth: int = 2,
        heads: int = 4,
        mlp_ratio: float = 2.0,
    ) -> None:
        """For images of any size from 8 x 8 on.

        Args:
            channels: Of the images.
            classes: 0 leaves out the head.
            width: Channels of the first stage; the second has twice as many.
            token_width: Features of the transformers' tokens, a multiple of `heads`.
            depth: Blocks of each transformer.
            heads: Of each block.
            mlp_ratio: Hidden features of an MLP, in widths.
        """
        super().__init__()
        features = 4 * width
        block = partial(MobileBlock, width=token_width, depth=depth, heads=heads, mlp_ratio=mlp_ratio)
        self.stem = nn.Sequential(*convolved(channels, width, stride=2), nn.SiLU())
        self.blocks = nn.Sequential(
            InvertedResidual(inputs=width, outputs=width),
            block(channels=width),
            InvertedResidual(inputs=width, outputs=2 * width, stride=2),
            block(channels=2 * width),
            *convolved(2 * width, features, 1),
            nn.SiLU(),
        )
        self.add_head(features, classes)

    def maps(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W), normalized as in training, to the features of each place, (B, num_features, h, w)."""
        return self.blocks(self.stem(images))
