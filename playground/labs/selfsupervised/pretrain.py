"""What all self-supervised objectives share: how they are optimized, previewed and evaluated."""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor
from torch.nn import Parameter
from torch.nn import functional as F

from playground.data import Data, Split
from playground.labs.selfsupervised.augment import Augmentation
from playground.labs.selfsupervised.representation import Encodes, embedded
from playground.media import Sheet
from playground.metrics.probes import probe_accuracy
from playground.metrics.representations import alignment, effective_rank, knn_accuracy, spread, uniformity
from playground.objective import Objective, Phase
from playground.optim import hidden, muon_and_adamw

ROWS, NEAREST = 6, 7
"""Of the preview: pictures, and how many of those that look most alike to the encoder stand beside each."""
AMONG = 512
"""Training images that those are chosen from."""
PER_TEST = 5
"""How many training images are looked through for neighbors, for each test image."""
WARMUP = 0.05


def warmup_and_cosine(progress: float) -> float:
    """What learning rates are multiplied by: up within `WARMUP` of the budget, down as a cosine."""
    return min(1.0, 0.05 + 0.95 * progress / WARMUP) * 0.5 * (1 + math.cos(math.pi * progress))


class Pretrain(Objective):
    """Trains an encoder without labels. Labels, where there are any, are seen by `evaluate` alone."""

    quick_examples = 500

    def __init__(
        self,
        *,
        network: Encodes,
        data: Data,
        augmentation: Augmentation,
        learning_rate: float,
        weight_decay: float,
    ) -> None:
        """`augmentation` draws the views that count as the same."""
        super().__init__()
        self.shown = network
        self.augmentation = augmentation
        self.learning_rate, self.weight_decay = learning_rate, weight_decay
        self.classes = len(data.spec.classes)
        self.register_buffer("bank", data.train["images"], persistent=False)
        self.register_buffer("bank_labels", data.train.columns.get("labels"), persistent=False)
        self.register_buffer("queries", data.examples["images"][:ROWS], persistent=False)

    shown: Encodes
    bank: Tensor
    bank_labels: Tensor | None
    queries: Tensor

    def phases(self) -> list[Phase]:
        """One phase: Muon on the `matrices`, AdamW on the rest."""
        rates = {"lr": self.learning_rate, "weight_decay": self.weight_decay}
        return [Phase("pretrain", muon_and_adamw(self.shown, self.matrices(), **rates, fused=True))]

    def matrices(self) -> list[Parameter]:
        """What Muon trains: the encoder's matrices."""
        return hidden(self.shown.encoder)

    def schedule(self, phase: str, progress: float) -> float:
        """That of `warmup_and_cosine`."""
        return warmup_and_cosine(progress)

    def preview(self, rng: Generator) -> Sheet:
        """Some pictures, and beside each the training pictures whose features are most like its own."""
        few = self.bank[self._spaced(AMONG)]
        queries, bank = (F.normalize(embedded(self.shown, images), dim=1) for images in (self.queries, few))
        nearest = few[(queries @ bank.T).topk(min(NEAREST, len(few)), dim=1).indices]  # (ROWS, NEAREST, C, H, W)
        rows = torch.cat([self.queries[:, None], nearest], dim=1)
        return Sheet(rows.flatten(0, 1), columns=rows.shape[1])

    def evaluate(self, split: Split) -> dict[str, float]:
        """How the features of test images lie: see `playground.metrics.representations`.

        Where there are two classes or more, `knn` is the accuracy of the nearest of `PER_TEST` training images for each
        test image, and `linear_probe` that of a linear classifier that is fitted to the same ones.
        """
        features = embedded(self.shown, split["images"])
        rng = Generator(split["images"].device).manual_seed(0)
        first, second = (self._views(split["images"], rng) for _ in range(2))
        values = {
            "effective_rank": effective_rank(features),
            "spread": spread(features),
            "alignment": alignment(first, second),
        }
        if len(features) > 1:
            values["uniformity"] = uniformity(features[:1000])
        if self.classes < 2 or self.bank_labels is None:
            return values
        rows = self._spaced(PER_TEST * len(split))
        bank, labels = embedded(self.shown, self.bank[rows]), self.bank_labels[rows]
        named = {
            "knn": knn_accuracy(bank, labels, features, split["labels"]),
            "linear_probe": probe_accuracy(bank, labels, features, split["labels"]),
        }
        return {**named, **values}

    def _spaced(self, count: int) -> Tensor:
        """The numbers of `count` training images, or of all, evenly spaced: some data sets are sorted."""
        return torch.linspace(0, len(self.bank) - 1, min(count, len(self.bank)), device=self.bank.device).long()

    def _views(self, images: Tensor, rng: Generator) -> Tensor:
        """The features of one random view of each image."""
        views = [self.augmentation(part, rng) for part in images.split(500)]
        return torch.cat([self.shown.features(part).float() for part in views])
