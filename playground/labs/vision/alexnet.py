"""An AlexNet for small pictures: what won ImageNet in 2012, at a sixteenth of the width and without its large strides.

Krizhevsky, Sutskever & Hinton, "ImageNet Classification with Deep Convolutional Neural Networks", 2012, section 3:
rectified linear units (3.1), local response normalization (3.3), pooling whose windows overlap (3.4), five convolutions
and perceptrons (3.5), and drop-out in these (4.2).
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from playground.inner import Inner, chained
from playground.labs.vision.classifier import Classifier


class LocalResponseNorm(nn.Module):
    """a / (k + alpha * sum of a^2 over neighboring channels)^beta, k = 2, alpha = 1e-4, beta = 0.75 (section 3.3).

    torch's own pools over three dimensions for it, which on a CPU takes longer than the convolutions.
    """

    REACH = 2
    """Neighboring channels on either side."""

    def forward(self, a: Tensor) -> Tensor:
        """(B, C, H, W) to the same shape."""
        squares = F.pad(a.square(), (0, 0, 0, 0, self.REACH, self.REACH))  # (B, C + 4, H, W)
        neighbors = sum(squares[:, i : i + a.shape[1]] for i in range(2 * self.REACH + 1))  # (B, C, H, W)
        return a / (2 + 1e-4 * neighbors) ** 0.75


class AlexNet(Classifier):
    """Five convolutions, three times halved, and two perceptrons under a linear head."""

    def __init__(
        self, *, image_size: int = 28, channels: int = 1, classes: int = 10, width: int = 24, dropout: float = 0.5
    ) -> None:
        """For square images of 15 pixels a side at least; `classes` of 0 leaves out the head.

        The convolutions have 1, 2.5, 4, 4 and 2.5 times `width` channels, about as in the paper, where it is 96; the
        perceptrons 10 times, and `dropout` of their inputs is dropped.
        """
        super().__init__()
        features = 10 * width
        second, third = 5 * width // 2, 4 * width
        side = image_size
        for _ in range(3):
            side = (side - 3) // 2 + 1
        self.stem = nn.Sequential(
            nn.Conv2d(channels, width, 5, padding=2), nn.ReLU(), LocalResponseNorm(), nn.MaxPool2d(3, stride=2)
        )
        self.blocks = nn.Sequential(
            nn.Conv2d(width, second, 5, padding=2),
            nn.ReLU(),
            LocalResponseNorm(),
            nn.MaxPool2d(3, stride=2),
            nn.Conv2d(second, third, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(third, third, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(third, second, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2),
            nn.Flatten(),
            nn.Dropout(dropout),
            nn.Linear(second * side**2, features),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(features, features),
            nn.ReLU(),
        )
        self.add_head(features, classes)

    def features(self, images: Tensor) -> Tensor:
        """What the head sees: images (B, C, H, W), normalized as in training, to (B, num_features)."""
        return self.blocks(self.stem(images))

    def inner(self) -> list[Inner]:
        """The units of all layers but those that are normalized over their neighbors."""
        return chained(self, "stem", "blocks", "head")
