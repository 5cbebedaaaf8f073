"""A VGG for small pictures: nothing but convolutions of 3 x 3, one after the other, and pooling.

Simonyan & Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", 2014 (arXiv 1409.1556),
section 2.3: two convolutions of 3 x 3 see as much as one of 5 x 5, with fewer weights and one more nonlinearity. With
batch norms, as it is trained since 2015, and a mean in place of the perceptrons that held most of its weights.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from playground.inner import Inner, chained
from playground.labs.vision.classifier import MapClassifier
from playground.labs.vision.convolution import MatrixConv2d
from playground.layout import channels_last


def convolved(inputs: int, outputs: int) -> list[nn.Module]:
    """A convolution of 3 x 3, a batch norm, and a ReLU."""
    return [MatrixConv2d(inputs=inputs, outputs=outputs), nn.BatchNorm2d(outputs), nn.ReLU()]


class Vgg(MapClassifier):
    """Stages of convolutions, each of which ends by halving the picture, the mean, and a linear head."""

    def __init__(
        self,
        *,
        channels: int = 1,
        classes: int = 10,
        widths: Sequence[int] = (16, 32, 64),
        depths: Sequence[int] = (2, 2, 2),
    ) -> None:
        """For images of any size that as many halvings as there are stages leave something of.

        Args:
            channels: Of the images.
            classes: 0 leaves out the head.
            widths: Channels of each stage.
            depths: Convolutions of each stage.
        """
        super().__init__()
        if len(widths) != len(depths):
            raise ValueError(f"{len(widths)} widths are given for {len(depths)} stages")
        self.stem = nn.Sequential(
            nn.Conv2d(channels, widths[0], 3, padding=1, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU()
        )
        layers, inputs = [], widths[0]
        for stage, (width, depth) in enumerate(zip(widths, depths, strict=True)):
            for _ in range(depth - (stage == 0)):  # the stem is the first one
                layers += convolved(inputs, width)
                inputs = width
            layers.append(nn.MaxPool2d(2))
        self.blocks = nn.Sequential(*layers)
        self.add_head(widths[-1], classes)
        channels_last(self)

    def maps(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W), normalized as in training, to the features of each place, (B, num_features, h, w)."""
        return self.blocks(self.stem(images.contiguous(memory_format=torch.channels_last)))

    def inner(self) -> list[Inner]:
        """The channels of all convolutions, as there are no shortcuts."""
        return chained(self, "stem", "blocks", "head")
