"""LeNet-5, the convolutional network that read digits.

LeCun et al., "Gradient-Based Learning Applied to Document Recognition", 1998, section II.B and figure 2. As is custom
today, every map of the second stage sees all of the first, pooling has no weights, and the last layer is linear.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from playground.inner import Inner, chained
from playground.labs.vision.classifier import Classifier
from playground.layout import channels_last


class Unshared(nn.Module):
    """A convolution whose weights are not shared (section II.A): each place has filters of its own."""

    def __init__(self, *, inputs: int, outputs: int, side: int, size: int, padding: int = 0) -> None:
        """For maps of `side` pixels; filters are `size` x `size`, and begin as those of a convolution."""
        super().__init__()
        self.side = side + 2 * padding - size + 1
        self.unfold = nn.Unfold(size, padding=padding)
        bound = (inputs * size**2) ** -0.5
        places, connections = self.side**2, inputs * size**2
        self.weight = nn.Parameter(torch.empty(places, connections, outputs).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(places, 1, outputs).uniform_(-bound, bound))

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, side, side) to (B, outputs, h, h), h being `self.side`."""
        patches = self.unfold(x).permute(2, 0, 1)  # (places, B, connections)
        y = torch.baddbmm(self.bias, patches, self.weight)  # (places, B, outputs)
        return y.permute(1, 2, 0).unflatten(2, (self.side, self.side))


class LeNet(Classifier):
    """Two convolutions of 5 x 5, each halved by a mean over 2 x 2, then perceptrons; tanh throughout."""

    def __init__(
        self, *, image_size: int = 28, channels: int = 1, classes: int = 10, width: int = 6, shared: bool = True
    ) -> None:
        """For square images whose side is a multiple of 4 and 12 at least; `width` is 6 in the paper.

        `classes` of 0 leaves out the head; unless `shared`, no two places have the same filters.
        """
        super().__init__()
        features = 14 * width
        side = image_size // 4 - 2  # of the last maps
        second = 16 * width // 6
        self.stem = nn.Sequential(
            _filters(shared, inputs=channels, outputs=width, side=image_size, padding=2), nn.Tanh(), nn.AvgPool2d(2)
        )
        self.blocks = nn.Sequential(
            _filters(shared, inputs=width, outputs=second, side=image_size // 2),
            nn.Tanh(),
            nn.AvgPool2d(2),
            nn.Flatten(),
            nn.Linear(second * side**2, 20 * width),
            nn.Tanh(),
            nn.Linear(20 * width, features),
            nn.Tanh(),
        )
        self.add_head(features, classes)
        channels_last(self)

    def features(self, images: Tensor) -> Tensor:
        """What the head sees: images (B, C, H, W), normalized as in training, to (B, num_features)."""
        x = self.stem(images)  # (B, width, H / 2, W / 2)
        return self.blocks(x)

    def inner(self) -> list[Inner]:
        """The units of all layers that share their weights."""
        return chained(self, "stem", "blocks", "head")


def _filters(shared: bool, *, inputs: int, outputs: int, side: int, padding: int = 0) -> nn.Module:
    if shared:
        return nn.Conv2d(inputs, outputs, 5, padding=padding)
    return Unshared(inputs=inputs, outputs=outputs, side=side, size=5, padding=padding)
