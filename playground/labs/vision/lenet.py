"""LeNet-5, the convolutional network that read digits.

LeCun et al., "Gradient-Based Learning Applied to Document Recognition", 1998, section II.B and figure 2. As is custom
today, every map of the second stage sees all of the first, pooling has no weights, and the last layer is linear.
"""

from __future__ import annotations

from torch import Tensor, nn

from playground.labs.vision.classifier import Classifier


class LeNet(Classifier):
    """Two convolutions of 5 x 5, each halved by a mean over 2 x 2, then perceptrons; tanh throughout.

    Attributes:
        num_features: How many numbers `features` gives for an image.
    """

    def __init__(self, *, image_size: int = 28, channels: int = 1, classes: int = 10, width: int = 6) -> None:
        """For square images whose side is a multiple of 4 and 12 at least; `width` is 6 in the paper.

        `classes` of 0 leaves out the head.
        """
        super().__init__()
        self.num_features = 14 * width
        side = image_size // 4 - 2  # of the last maps
        self.stem = nn.Sequential(nn.Conv2d(channels, width, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2))
        second = 16 * width // 6
        self.blocks = nn.Sequential(
            nn.Conv2d(width, second, 5),
            nn.Tanh(),
            nn.AvgPool2d(2),
            nn.Flatten(),
            nn.Linear(second * side**2, 20 * width),
            nn.Tanh(),
            nn.Linear(20 * width, self.num_features),
            nn.Tanh(),
        )
        self.head = nn.Linear(self.num_features, classes) if classes else nn.Identity()
        for parameter in self.head.parameters():
            nn.init.zeros_(parameter)

    def features(self, images: Tensor) -> Tensor:
        """What the head sees: images (B, C, H, W), normalized as in training, to (B, num_features)."""
        x = self.stem(images)  # (B, width, H / 2, W / 2)
        return self.blocks(x)

    def forward(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W), normalized as in training, to logits (B, classes)."""
        return self.head(self.features(images))  # (B, classes)
