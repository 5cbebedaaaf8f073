"""The interface of all classifiers, so that objective and views take any of them."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn


class Classifier(nn.Module, ABC):
    """A network from images to logits.

    Attributes:
        blocks: The hidden layers, whose matrices Muon trains.
    """

    blocks: nn.Module

    @abstractmethod
    def forward(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W), normalized as in training, to logits (B, classes)."""
