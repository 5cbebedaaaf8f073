"""A small residual convolutional network; the metrics of generated images are measured in its features.

He et al., "Deep Residual Learning for Image Recognition", 2015 (arXiv 1512.03385), section 3.2, with a stem of stride 2
and pooling between the stages.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.inner import Inner, chained
from playground.labs.vision.classifier import MapClassifier
from playground.labs.vision.convolution import MatrixConv2d
from playground.layout import channels_last


class Block(nn.Module):
    """relu(x + f(x)), f being two convolutions, each normalized over the batch, with a ReLU between them."""

    def __init__(self, *, width: int) -> None:
        """`width` channels come in and go out."""
        super().__init__()
        self.conv1 = MatrixConv2d(inputs=width, outputs=width)
        self.norm1 = nn.BatchNorm2d(width)
        self.conv2 = MatrixConv2d(inputs=width, outputs=width)
        self.norm2 = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, width, H, W) to the same shape."""
        residual = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        return F.relu(x + residual)

    def inner(self) -> list[Inner]:
        """The channels between its convolutions."""
        return chained(self, "conv1", "norm1", "conv2")


class Downsample(nn.Module):
    """Max pooling of 2 x 2, then a convolution that doubles the channels."""

    def __init__(self, *, width: int) -> None:
        """`width` channels come in, twice as many go out."""
        super().__init__()
        self.conv = MatrixConv2d(inputs=width, outputs=2 * width)
        self.norm = nn.BatchNorm2d(2 * width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, width, H, W) to (B, 2 width, ceil(H / 2), ceil(W / 2))."""
        small = F.max_pool2d(x, 2, ceil_mode=True)  # (B, width, H/2, W/2)
        return F.relu(self.norm(self.conv(small)))  # (B, 2 width, H/2, W/2)


class ConvolutionalNetwork(MapClassifier):
    """Stem, `depth` blocks on a grid of half the side, `depth` on one of a quarter, the mean, and a linear head.

    Attributes:
        shrink: How many pixels one place of the last maps is from the next, across and down.
    """

    shrink = 4

    def __init__(self, *, channels: int = 1, classes: int = 10, width: int = 32, depth: int = 1) -> None:
        """For images of any size from 4 x 4 on; `width` channels in the first stage, twice as many in the second.

        `classes` of 0 leaves out the head.
        """
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(channels, width, kernel_size=4, stride=2, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()
        )
        self.blocks = nn.Sequential(
            *[Block(width=width) for _ in range(depth)],
            Downsample(width=width),
            *[Block(width=2 * width) for _ in range(depth)],
        )
        self.add_head(2 * width, classes)
        channels_last(self)

    def maps(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W) in [-1, 1] to the features of each place, (B, num_features, H / 4, W / 4)."""
        x = images.contiguous(memory_format=torch.channels_last)
        x = self.stem(x)  # (B, width, H/2, W/2)
        return self.blocks(x)  # (B, 2 width, H/4, W/4)
