"""MoCo: one view of an image is told from a queue of views of others, which a slowly moving teacher has encoded.

He et al., "Momentum Contrast for Unsupervised Visual Representation Learning", 2019 (arXiv 1911.05722), algorithm 1,
with the projector of Chen et al., "Improved Baselines with Momentum Contrastive Learning" (MoCo v2), 2020 (arXiv
2003.04297). The queue makes the number of negatives free of the batch's size. There is one query of each image there;
here there are several, all of which look for one key. And there, batches are shuffled between devices before the keys
are normalized (section 3.3), so that no query shares its statistics with its key; here the encoders' batch norms see
all of a batch, whose queries and keys are other views of the same images.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from playground.labs.selfsupervised.contrast import info_nce
from playground.labs.selfsupervised.pretrain import Pretrain
from playground.labs.selfsupervised.representation import BATCH, Encoder, Taught
from playground.objective import Batch, Moment, Terms


class MomentumContrast(Taught):
    """A student, its teacher, and what the teacher made of the images before.

    Attributes:
        queue: Keys (K, D) of length 1, the newest first; 0 where none is yet.
    """

    queue: Tensor

    def __init__(self, *, encoder: Encoder, embedding: int, queue: int) -> None:
        """`queue` keys of `embedding` numbers are held."""
        features = encoder.num_features
        # v2's projector normalizes nothing: through a batch's statistics its images would know of each other
        projector = nn.Sequential(nn.Linear(features, features), nn.ReLU(), nn.Linear(features, embedding))
        super().__init__(encoder=encoder, projector=projector)
        self.register_buffer("queue", torch.zeros(queue, embedding))

    @torch.no_grad()
    def enqueue(self, keys: Tensor) -> None:
        """The keys (B, D) come in, the oldest ones go."""
        self.queue = torch.cat([F.normalize(keys.to(self.queue), dim=1), self.queue])[: len(self.queue)]  # (K, D)


class MoCo(Pretrain):
    """Trains the student of a `MomentumContrast`; its teacher and its queue move after each step."""

    shown: MomentumContrast
    keys: Tensor

    def __init__(self, *, views: int, temperature: float, momentum: float, **shared: Any) -> None:
        """Takes what `Pretrain` takes, and more.

        Args:
            views: Views of each image, 2 or more: one for the teacher, the others for the student.
            temperature: That of InfoNCE, above 0.
            momentum: How much of the teacher stays in a step, in [0, 1].
            shared: What `Pretrain` takes.
        """
        super().__init__(**shared)
        self.views, self.temperature, self.momentum = views, temperature, momentum
        # of fewer images than keys, most negatives would be views of the query's own image
        self.negatives = min(len(self.shown.queue), len(self.bank))

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """InfoNCE in nats, of each view but one; the negatives are no more keys than there are images."""
        if not self.shown.queue.any():
            self.fill(moment.rng)
        images = batch["images"]
        queries = self.shown(self.augmentation.several(images, self.views - 1, moment.rng))  # (V-1 B, D)
        self.keys = self.shown.target(self.augmentation(images, moment.rng))  # (B, D)
        keys = self.keys.repeat(self.views - 1, 1)  # (V-1 B, D)
        return {"loss": info_nce(queries, keys, self.shown.queue[: self.negatives], temperature=self.temperature)}

    def fill(self, rng: Generator) -> None:
        """Puts keys of training images into the queue, as negatives at random directions would be told from keys."""
        for part in self.bank[self._spaced(self.negatives)].split(BATCH):
            self.shown.enqueue(self.shown.target(self.augmentation(part, rng)))

    def after_step(self, moment: Moment) -> None:
        """The teacher follows, and the queue takes in the keys of this step."""
        self.shown.teach(decay=self.momentum)
        self.shown.enqueue(self.keys)
