"""What generated images are measured in: the last hidden layer of a small classifier that ships with the project.

The usual Frechet inception distance takes its features from a network for photographs of 299 x 299 pixels. Ours come
from `cnn-fashion` for gray images and from `cnn-emoji` for color, so a distance carries their name and compares with
no number from elsewhere.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn

from playground.data import ImageSpec, unit
from playground.data.images import gray, resize
from playground.errors import PlaygroundError
from playground.trained import Trained

BATCH = 500
"""How many images go through the network at once."""


class NoFeatures(PlaygroundError):
    """Images cannot be measured: the network is missing, or there are none."""


class FeatureNetwork(nn.Module):
    """A trained network up to what its classes are read off, for images of any size, gray or color.

    Attributes:
        num_features: The length of a feature vector; torchmetrics looks for this name.
    """

    def __init__(self, *, network: nn.Module, spec: ImageSpec) -> None:
        """Takes a network with `features` and `num_features`, and the shape of the images that it was trained on."""
        super().__init__()
        self.network, self.spec = network, spec
        self.num_features = int(network.num_features)  # type: ignore[arg-type]

    def pictures(self, images: Tensor) -> Tensor:
        """uint8 images (B, C, H, W), as the network was trained on them: its size, gray or color."""
        if images.dtype != torch.uint8 or images.ndim != 4 or images.shape[1] not in (1, 3):
            raise NoFeatures(
                f"Features are made of uint8 pictures (N, 1 or 3, H, W); these are {images.dtype}, "
                f"{tuple(images.shape)}. Convert them first."
            )
        images = resize(images, self.spec.size)  # (B, C, size, size)
        if images.shape[1] == self.spec.channels:
            return images
        if self.spec.channels == 3:
            return images.expand(-1, 3, -1, -1)  # (B, 3, size, size)
        return gray(images)  # (B, 1, size, size)

    @torch.no_grad()
    def forward(self, images: Tensor) -> Tensor:
        """uint8 images (B, C, H, W) to features (B, num_features), float32."""
        return self.network.features(unit(self.pictures(images))).float()  # type: ignore[operator]


@dataclass(frozen=True)
class Features:
    """A feature network under its name.

    Attributes:
        name: The run that it comes from, such as `cnn-fashion`.
        network: In evaluation mode on the CPU, without gradients.
    """

    name: str
    network: FeatureNetwork

    @classmethod
    def of(cls, trained: Trained) -> Features:
        """The features of a trained classifier that has `features`, `num_features` and `head`."""
        network = FeatureNetwork(network=trained.network, spec=trained.spec)
        return cls(trained.name, network.eval().requires_grad_(False))

    @property
    def spec(self) -> ImageSpec:
        """The images that the network was trained on."""
        return self.network.spec

    def embed(self, images: Tensor) -> Tensor:
        """Images (N, C, H, W), uint8, on any device, to features (N, F), float32, on the CPU.

        Raises:
            NoFeatures: When there is no image, or they are no uint8 images.
        """
        if not len(images):
            raise NoFeatures("There is no picture to measure; give at least one.")
        network = self.network if images.device.type == "cpu" else _on(self.network, str(images.device))
        return torch.cat([network(chunk).cpu() for chunk in images.split(BATCH)])  # (N, F)

    def logits(self, images: Tensor) -> Tensor:
        """Images (N, C, H, W), uint8, to the logits of the classes that the network was trained on, (N, classes)."""
        return self.classified(self.embed(images))

    def classified(self, embedded: Tensor) -> Tensor:
        """Features (N, F) to the logits that the network reads off them, (N, classes)."""
        head: Any = self.network.network.head
        return head(embedded)


def features_name(spec: ImageSpec) -> str:
    """The shipped run in whose features images of `spec` are measured."""
    return "cnn-fashion" if spec.channels == 1 else "cnn-emoji"


@lru_cache(maxsize=4)
def _on(network: FeatureNetwork, device: str) -> FeatureNetwork:
    """A copy on another device."""
    return deepcopy(network).to(device)
