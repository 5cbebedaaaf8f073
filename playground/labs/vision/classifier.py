"""The interface of all classifiers, so that objective and views take any of them."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn


class Classifier(nn.Module, ABC):
    """A network from images to features, and a linear head that reads the class off them.

    Attributes:
        blocks: The hidden layers, whose matrices Muon trains.
        num_features: How many numbers `features` gives for an image.
        head: From features to logits; nothing where there are no classes.
    """

    blocks: nn.Module
    num_features: int
    head: nn.Module

    @abstractmethod
    def features(self, images: Tensor) -> Tensor:
        """What the head sees: images (B, C, H, W), normalized as in training, to (B, num_features)."""

    def add_head(self, features: int, classes: int) -> None:
        """Begins the head at zero, so that at first all classes are as likely; `classes` of 0 leaves it out."""
        self.num_features = features
        self.head = nn.Linear(features, classes) if classes else nn.Identity()
        for parameter in self.head.parameters():
            nn.init.zeros_(parameter)

    def forward(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W), normalized as in training, to logits (B, classes)."""
        return self.head(self.features(images))  # (B, classes)


class MapClassifier(Classifier):
    """A classifier whose features are the mean over places of its last maps."""

    @abstractmethod
    def maps(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W), normalized as in training, to the features of each place, (B, num_features, h, w)."""

    def features(self, images: Tensor) -> Tensor:
        """The mean over places: images (B, C, H, W) to (B, num_features)."""
        return self.maps(images).mean(dim=(2, 3))
