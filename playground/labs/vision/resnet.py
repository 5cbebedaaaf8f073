"""The residual network, for small pictures and for those of ImageNet.

He et al., "Deep Residual Learning for Image Recognition", 2015 (arXiv 1512.03385): section 3.3 and table 1 for large
pictures, section 4.2 for those of CIFAR-10. A shortcut that changes its shape is a projection (option B); where a
bottleneck halves the picture, its convolution of 3 x 3 does, as in all later implementations.
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


class Basic(nn.Module):
    """relu(shortcut(x) + f(x)), f being two convolutions of 3 x 3 (figure 5, left)."""

    expansion = 1

    def __init__(self, *, inputs: int, width: int, stride: int, residual: bool = True) -> None:
        """`inputs` channels come in, `width` go out; without `residual` it is relu(f(x)), as in a plain network."""
        super().__init__()
        self.conv1 = MatrixConv2d(inputs=inputs, outputs=width, stride=stride)
        self.norm1 = nn.BatchNorm2d(width)
        self.conv2 = MatrixConv2d(inputs=width, outputs=width)
        self.norm2 = nn.BatchNorm2d(width)
        self.shortcut = shortcut(inputs, width, stride) if residual else None
        if residual:
            nn.init.zeros_(self.norm2.weight)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) to (B, width, H / stride, W / stride)."""
        residual = F.relu(self.norm1(self.conv1(x)))  # (B, width, H / stride, W / stride)
        residual = self.norm2(self.conv2(residual))
        return F.relu(residual if self.shortcut is None else self.shortcut(x) + residual)

    def inner(self) -> list[Inner]:
        """The channels between its convolutions."""
        return chained(self, "conv1", "norm1", "conv2")


class Bottleneck(nn.Module):
    """The same, f being convolutions of 1 x 1, 3 x 3 and 1 x 1, the middle one on fewer channels (figure 5, right)."""

    expansion = 4

    def __init__(self, *, inputs: int, width: int, stride: int, residual: bool = True) -> None:
        """`inputs` channels come in, 4 `width` go out; without `residual` it is relu(f(x)), as in a plain network."""
        super().__init__()
        self.conv1 = MatrixConv2d(inputs=inputs, outputs=width, kernel_size=1)
        self.norm1 = nn.BatchNorm2d(width)
        self.conv2 = MatrixConv2d(inputs=width, outputs=width, stride=stride)
        self.norm2 = nn.BatchNorm2d(width)
        self.conv3 = MatrixConv2d(inputs=width, outputs=4 * width, kernel_size=1)
        self.norm3 = nn.BatchNorm2d(4 * width)
        self.shortcut = shortcut(inputs, 4 * width, stride) if residual else None
        if residual:
            nn.init.zeros_(self.norm3.weight)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) to (B, 4 width, H / stride, W / stride)."""
        residual = F.relu(self.norm1(self.conv1(x)))  # (B, width, H, W)
        residual = F.relu(self.norm2(self.conv2(residual)))  # (B, width, H / stride, W / stride)
        residual = self.norm3(self.conv3(residual))  # (B, 4 width, H / stride, W / stride)
        return F.relu(residual if self.shortcut is None else self.shortcut(x) + residual)

    def inner(self) -> list[Inner]:
        """The channels between its convolutions."""
        return chained(self, "conv1", "norm1", "conv2", "norm2", "conv3")


def shortcut(inputs: int, outputs: int, stride: int) -> nn.Module:
    """What a residual is added to: the input itself, or where that has another shape its projection."""
    if inputs == outputs and stride == 1:
        return nn.Identity()
    return nn.Sequential(
        MatrixConv2d(inputs=inputs, outputs=outputs, kernel_size=1, stride=stride), nn.BatchNorm2d(outputs)
    )


class ResNet(MapClassifier):
    """Stem, stages of residual blocks of which all but the first halve the picture, the mean, and a linear head.

    The last norm of each block begins at zero, so that the network begins as its shortcuts (Goyal et al., "Accurate,
    Large Minibatch SGD", 2017, arXiv 1706.02677, section 5.1).
    """

    def __init__(
        self,
        *,
        channels: int = 1,
        classes: int = 10,
        widths: Sequence[int] = (16, 32, 64),
        depths: Sequence[int] = (3, 3, 3),
        bottleneck: bool = False,
        large: bool = False,
        residual: bool = True,
    ) -> None:
        """For images of any size that the stages can halve.

        Args:
            channels: Of the images.
            classes: 0 leaves out the head.
            widths: Channels of the convolutions of each stage.
            depths: Blocks of each stage.
            bottleneck: Whether blocks are of the deeper kind.
            large: Whether the stem halves the picture twice, as for those of ImageNet.
            residual: Whether blocks add what they compute to their input; the plain network of section 3.3 does not.
        """
        super().__init__()
        if len(widths) != len(depths):
            raise ValueError(f"{len(widths)} widths are given for {len(depths)} stages")
        kind = Bottleneck if bottleneck else Basic
        self.large = large
        size, stride = (7, 2) if large else (3, 1)
        self.stem = nn.Conv2d(channels, widths[0], size, stride=stride, padding=size // 2, bias=False)
        self.norm = nn.BatchNorm2d(widths[0])
        nn.init.kaiming_normal_(self.stem.weight, nonlinearity="relu")
        stages, inputs = [], widths[0]
        for stage, (width, depth) in enumerate(zip(widths, depths, strict=True)):
            blocks = []
            for block in range(depth):
                halves = stage > 0 and block == 0
                blocks.append(kind(inputs=inputs, width=width, stride=2 if halves else 1, residual=residual))
                inputs = width * kind.expansion
            stages.append(nn.Sequential(*blocks))
        self.blocks = nn.Sequential(*stages)
        self.add_head(inputs, classes)
        channels_last(self)

    def maps(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W), normalized as in training, to the features of each place, (B, num_features, h, w)."""
        x = images.contiguous(memory_format=torch.channels_last)
        x = F.relu(self.norm(self.stem(x)))  # (B, widths[0], H, W), or half the sides
        if self.large:
            x = F.max_pool2d(x, 3, stride=2, padding=1)  # (B, widths[0], H / 4, W / 4)
        return self.blocks(x)  # (B, num_features, h, w)
