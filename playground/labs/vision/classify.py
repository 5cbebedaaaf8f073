"""The objective of an image classifier: cross entropy with smoothed labels, Muon on matrices, AdamW on the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from playground.data import Data, Split, unit
from playground.heatmap import overlay
from playground.labs.vision.classifier import Classifier
from playground.labs.vision.saliency import saliency
from playground.media import Sheet
from playground.metrics.classified import classification
from playground.objective import Batch, Moment, Objective, Phase, Terms
from playground.optim import hidden, muon_and_adamw

Heatmap = Callable[[Any, Tensor], Tensor]
"""What a network attends to: the network and images (B, C, H, W), normalized as in training, to heat-maps (B, rows,
columns) that are not negative."""


class Classify(Objective):
    """Trains `network` to classify images."""

    def __init__(
        self,
        *,
        network: Classifier,
        data: Data,
        learning_rate: float,
        weight_decay: float,
        label_smoothing: float,
        augment: Sequence[str],
        heatmap: Heatmap = saliency,
    ) -> None:
        """`augment` names augmentations, "flip" and "shift" (by up to an eighth); `heatmap` is what previews show."""
        super().__init__()
        self.shown = network
        self.learning_rate, self.weight_decay = learning_rate, weight_decay
        self.label_smoothing, self.augment, self.heatmap = label_smoothing, tuple(augment), heatmap
        self.register_buffer("fixed", data.examples["images"][:16], persistent=False)

    fixed: Tensor

    def phases(self) -> list[Phase]:
        """One phase, two optimizers."""
        rates = {"lr": self.learning_rate, "weight_decay": self.weight_decay}
        return [Phase("classify", muon_and_adamw(self.shown, hidden(self.shown), **rates, fused=True))]

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """Cross entropy (nats) and the accuracy (0 to 1) on the batch."""
        return self.judged(self.shown(self.seen(batch, moment)), batch["labels"])

    def seen(self, batch: Batch, moment: Moment) -> Tensor:
        """The images (B, C, H, W) of a batch, augmented and normalized."""
        return unit(augmented(batch["images"], self.augment, moment.rng))

    def judged(self, logits: Tensor, labels: Tensor) -> Terms:
        """The terms of logits (B, classes)."""
        loss = F.cross_entropy(logits, labels, label_smoothing=self.label_smoothing)
        return {"loss": loss, "accuracy": (logits.argmax(dim=1) == labels).float().mean()}

    def preview(self, rng: Generator) -> Sheet:
        """Sixteen fixed images with their heat-maps laid over them."""
        return Sheet(overlay(self.fixed, self.heatmap(self.shown, unit(self.fixed))), columns=4)

    def evaluate(self, split: Split) -> dict[str, float]:
        """Accuracy (0 to 1) and cross entropy (nats, labels not smoothed)."""
        return classification(self.shown, split)


def augmented(images: Tensor, augmentations: Sequence[str], rng: Generator) -> Tensor:
    """Images (B, C, H, W), uint8, each with the named random augmentations."""
    batch, _, height, width = images.shape
    if "flip" in augmentations:
        flips = torch.rand(batch, generator=rng, device=images.device) < 0.5
        images = torch.where(flips[:, None, None, None], images.flip(-1), images)
    if "shift" in augmentations:
        reach = height // 8
        padded = F.pad(images, (reach,) * 4, mode="replicate")
        offsets = torch.randint(0, 2 * reach + 1, (2, batch, 1), generator=rng, device=images.device)
        rows = (offsets[0] + torch.arange(height, device=images.device))[:, :, None]  # (B, H, 1)
        columns = (offsets[1] + torch.arange(width, device=images.device))[:, None, :]  # (B, 1, W)
        index = torch.arange(batch, device=images.device)[:, None, None]
        images = padded.permute(0, 2, 3, 1)[index, rows, columns].permute(0, 3, 1, 2)
    return images
