"""The small residual network that learns CIFAR-10 in least time: hardly any of it works on the whole picture.

Page, "How to Train Your ResNet", 2018 (ResNet-9), and what Jordan, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU",
2024 (arXiv 2404.00498), made of it. A stage widens by a convolution and halves the picture at once, by its maxima where
`resnet.py` strides; no shortcut crosses that.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.inner import Inner, chained
from playground.labs.vision.classifier import MapClassifier
from playground.labs.vision.convolution import MatrixConv2d
from playground.layout import channels_last

HALVINGS = 3
"""Stages, each of which works on a grid of half the side."""


class Halving(nn.Module):
    """A convolution, max pooling of 2 x 2, a batch norm, and a ReLU."""

    def __init__(self, *, inputs: int, width: int) -> None:
        """`inputs` channels come in, `width` go out."""
        super().__init__()
        self.conv = MatrixConv2d(inputs=inputs, outputs=width)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) to (B, width, floor(H / 2), floor(W / 2))."""
        return F.relu(self.norm(F.max_pool2d(self.conv(x), 2)))


class Residual(nn.Module):
    """x + f(x), f being `depth` convolutions, each with a batch norm and a ReLU."""

    def __init__(self, *, width: int, depth: int = 1) -> None:
        """`width` channels come in and go out."""
        super().__init__()
        self.layers = nn.Sequential()
        for _ in range(depth):
            self.layers += nn.Sequential(MatrixConv2d(inputs=width, outputs=width), nn.BatchNorm2d(width), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        """(B, width, H, W) to the same shape."""
        return x + self.layers(x)

    def inner(self) -> list[Inner]:
        """The channels between its convolutions, where there are several."""
        return chained(self, "layers")


class ResNet9(MapClassifier):
    """A convolution, stages that each halve the picture and then add a residual, the mean, and a linear head."""

    def __init__(
        self,
        *,
        channels: int = 3,
        classes: int = 10,
        stem: int = 24,
        widths: Sequence[int] = (32, 64, 128),
        depth: int = 1,
    ) -> None:
        """For images of any size that as many halvings as there are stages leave something of.

        Args:
            channels: Of the images.
            classes: 0 leaves out the head.
            stem: Channels of the first convolution, the only one but one that sees all pixels.
            widths: Channels of each stage.
            depth: Convolutions of each residual; at 0 there is none.
        """
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(channels, stem, 3, padding=1, bias=False), nn.BatchNorm2d(stem), nn.ReLU())
        self.blocks = nn.Sequential()
        for inputs, width in zip((stem, *widths), widths, strict=False):
            self.blocks.append(Halving(inputs=inputs, width=width))
            if depth:
                self.blocks.append(Residual(width=width, depth=depth))
        self.add_head(widths[-1], classes)
        channels_last(self)

    def maps(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W), normalized as in training, to the features of each place, (B, num_features, h, w)."""
        return self.blocks(self.stem(images.contiguous(memory_format=torch.channels_last)))

    def inner(self) -> list[Inner]:
        """The channels of the stem, which the first stage alone reads."""
        return chained(self, "stem", "blocks.0.conv")
