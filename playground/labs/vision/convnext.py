"""A ConvNeXt: a convolutional network with what transformers brought.

Liu et al., "A ConvNet for the 2020s", 2022 (arXiv 2201.03545), figure 4: each block looks around by a large convolution
of every channel alone, then thinks by a perceptron of every place alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from playground.inner import Inner, chained
from playground.labs.vision.classifier import MapClassifier
from playground.layout import channels_last


class ChannelNorm(nn.LayerNorm):
    """A layer norm over the channels of each place."""

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to the same shape."""
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


class Block(nn.Module):
    """x + scale * perceptron(norm(convolution(x)))."""

    def __init__(self, *, width: int, kernel_size: int) -> None:
        """`width` channels come in and go out; the branch begins near zero."""
        super().__init__()
        self.conv = nn.Conv2d(width, width, kernel_size, padding=kernel_size // 2, groups=width)
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.scale = nn.Parameter(torch.full((width,), 1e-6))

    def forward(self, x: Tensor) -> Tensor:
        """(B, width, H, W) to the same shape."""
        places = self.norm(self.conv(x).movedim(1, -1))  # (B, H, W, width)
        return x + (self.scale * self.mlp(places)).movedim(-1, 1)

    def inner(self) -> list[Inner]:
        """The hidden units of the perceptron."""
        return chained(self, "mlp")


class ConvNeXt(MapClassifier):
    """Stem, stages of blocks of which all but the first halve the picture, the mean, a norm, and a linear head."""

    def __init__(
        self,
        *,
        channels: int = 1,
        classes: int = 10,
        widths: Sequence[int] = (48, 96),
        depths: Sequence[int] = (2, 2),
        stem: int = 4,
        kernel_size: int = 7,
    ) -> None:
        """For images of any size that stem and stages can divide.

        Args:
            channels: Of the images.
            classes: 0 leaves out the head.
            widths: Channels of each stage.
            depths: Blocks of each stage.
            stem: The side of the squares that the picture is cut into at first.
            kernel_size: Of the convolutions in blocks, odd.
        """
        super().__init__()
        if len(widths) != len(depths):
            raise ValueError(f"{len(widths)} widths are given for {len(depths)} stages")
        self.stem = nn.Sequential(nn.Conv2d(channels, widths[0], stem, stride=stem), ChannelNorm(widths[0], eps=1e-6))
        stages = []
        for stage, (width, depth) in enumerate(zip(widths, depths, strict=True)):
            halve: list[nn.Module] = []
            if stage:
                before = widths[stage - 1]
                halve = [ChannelNorm(before, eps=1e-6), nn.Conv2d(before, width, 2, stride=2)]
            stages.append(nn.Sequential(*halve, *[Block(width=width, kernel_size=kernel_size) for _ in range(depth)]))
        self.blocks = nn.Sequential(*stages)
        self.norm = nn.LayerNorm(widths[-1], eps=1e-6)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02)
                nn.init.zeros_(module.get_parameter("bias"))
        self.add_head(widths[-1], classes)
        channels_last(self)

    def maps(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W), normalized as in training, to the features of each place, (B, num_features, h, w)."""
        x = images.contiguous(memory_format=torch.channels_last)
        return self.blocks(self.stem(x))  # (B, num_features, h, w)

    def features(self, images: Tensor) -> Tensor:
        """What the head sees, the norm of a mean over places: images (B, C, H, W) to (B, num_features)."""
        return self.norm(self.maps(images).mean(dim=(2, 3)))
