"""DINO: a student learns to say of small crops what its teacher, its own moving average, says of large ones.

Caron et al., "Emerging Properties in Self-Supervised Vision Transformers", 2021 (arXiv 2104.14294), algorithm 1. What
is said is a distribution over prototypes that mean nothing at first. Two things keep it from becoming the same for all
images: centering, without which one prototype wins, and sharpening, without which all become equally likely (section
5.3).
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.labs.selfsupervised.augment import Augmentation
from playground.labs.selfsupervised.contrast import cosines
from playground.labs.selfsupervised.pretrain import Pretrain
from playground.labs.selfsupervised.representation import Taught
from playground.labs.selfsupervised.swav import swapped_prediction
from playground.labs.vision.vit import VisionTransformer
from playground.objective import Batch, Moment, Terms

LARGE = 2
"""Large crops of an image: those that the teacher sees."""
STUDENT = 0.1
"""The student's temperature."""
FIRST, RISE = 0.04, 0.3
"""The teacher's temperature at first, and the part of the budget in which it comes to its own."""
KEPT = 0.9
"""How much of the center stays in a step."""


class Head(nn.Module):
    """Features to logits: a perceptron to a bottleneck, whose direction is compared with that of each prototype."""

    def __init__(self, *, features: int, hidden: int, bottleneck: int, prototypes: int) -> None:
        """Two hidden layers of width `hidden`; as in the paper there is no batch normalization anywhere."""
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(features, hidden),
            nn.GELU(),
            nn.Linear(hidden, hidden),
            nn.GELU(),
            nn.Linear(hidden, bottleneck),
        )
        self.prototypes = nn.Parameter(torch.randn(prototypes, bottleneck))

    def forward(self, features: Tensor) -> Tensor:
        """Features (B, F) to logits (B, K), cosines: the last layer's weights are normalized, too."""
        return cosines(self.layers(features), self.prototypes)  # (B, K)


class Dino(Taught):
    """A student and its teacher, Vision Transformers with a class token, whose features are the teacher's.

    Attributes:
        center: The running mean of the teacher's logits, (K,).
    """

    center: Tensor

    def __init__(self, *, encoder: VisionTransformer, hidden: int, bottleneck: int, prototypes: int) -> None:
        """The lengths are those of `Head`."""
        head = Head(features=encoder.num_features, hidden=hidden, bottleneck=bottleneck, prototypes=prototypes)
        super().__init__(encoder=encoder, projector=head)
        self.register_buffer("center", torch.zeros(prototypes))

    @property
    def transformer(self) -> VisionTransformer:
        """The teacher's, whose features are used afterwards."""
        encoder = self.teacher["encoder"]
        assert isinstance(encoder, VisionTransformer)
        return encoder

    def features(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W) in [-1, 1] to the teacher's class tokens, (B, num_features)."""
        return self.transformer.features(images)

    def forward(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W) in [-1, 1], of any size that patches tile, to the student's logits (B, K)."""
        return self.projector(self.encoder.features(images))

    def free(self, embeddings: Tensor) -> Tensor:
        """Logits (B, K) in coordinates of the space that the prototypes span, (B, bottleneck) where K is no less."""
        assert isinstance(self.projector, Head)
        span, _ = torch.linalg.qr(F.normalize(self.projector.prototypes, dim=1))  # (K, bottleneck)
        return embeddings @ span

    @torch.no_grad()
    def recenter(self, logits: Tensor) -> None:
        """Moves the center towards the mean of the teacher's logits (..., K) (equation 4)."""
        self.center.lerp_(logits.flatten(0, -2).mean(dim=0), 1 - KEPT)


def targets(logits: Tensor, *, center: Tensor, temperature: float) -> Tensor:
    """The teacher's distributions (..., K) of its logits (..., K), centered and sharpened."""
    return ((logits - center) / temperature).softmax(dim=-1)


def cross_entropy(student: Tensor, teacher: Tensor) -> Tensor:
    """What the student lacks to say of a crop what the teacher says of another one, in nats (equation 3).

    Notation: x `teacher`'s crop, x' `student`'s, P_t `teacher`, P_s the softmax of `student` at tau_s `STUDENT`.

    Args:
        student: Logits (V, B, K), the teacher's T crops first.
        teacher: Distributions (T, B, K).

    Returns:
        The mean over images and all pairs of different crops.
    """
    return swapped_prediction(student, teacher, temperature=STUDENT)


class SelfDistillation(Pretrain):
    """Trains the student of a `Dino`, and moves its teacher."""

    shown: Dino

    def __init__(
        self,
        *,
        small: Augmentation,
        views: int,
        momentum: float,
        teacher_temperature: float,
        centering: bool,
        **shared: Any,
    ) -> None:
        """Takes what `Pretrain` takes, whose augmentation draws the large crops, and more.

        Args:
            small: Draws the other crops.
            views: Crops of an image in all, `LARGE` or more.
            momentum: How much of the teacher stays in a step at first; it rises to 1 as a cosine.
            teacher_temperature: What the teacher's logits are divided by in the end; the lower, the sharper.
            centering: Whether the center is taken off them.
            shared: What `Pretrain` takes.
        """
        super().__init__(**shared)
        self.small, self.views, self.centering = small, views, centering
        self.momentum, self.teacher_temperature = momentum, teacher_temperature

    def temperature(self, progress: float) -> float:
        """The teacher's, at `progress` in [0, 1]: a line up to its own."""
        return FIRST + (self.teacher_temperature - FIRST) * min(1.0, progress / RISE)

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """The cross entropy; the teacher's `entropy` and the student's `divergence` from it, whose sum it is, in nats.

        Where the divergence is 0, all has collapsed (section 5.3, figure 7).
        """
        images, rng = batch["images"], moment.rng
        large = torch.cat([self.augmentation(images, rng) for _ in range(LARGE)])  # (T B, C, h, w)
        student = self.shown(large).unflatten(0, (LARGE, len(images)))  # (T, B, K)
        if self.views > LARGE:
            small = torch.cat([self.small(images, rng) for _ in range(self.views - LARGE)])
            rest = self.shown(small).unflatten(0, (self.views - LARGE, len(images)))  # (V - T, B, K)
            student = torch.cat([student, rest])  # (V, B, K)
        logits = self.shown.target(large).unflatten(0, (LARGE, len(images)))  # (T, B, K)
        if not self.centering:
            self.shown.center.zero_()  # a branch of a run that had one goes on without it
        elif not self.shown.center.any():
            self.shown.center.copy_(logits.mean(dim=(0, 1)))  # from 0 it would first have the common part learned
        teacher = targets(logits, center=self.shown.center, temperature=self.temperature(moment.progress))
        if self.centering:
            self.shown.recenter(logits)
        loss, entropy = cross_entropy(student, teacher), torch.special.entr(teacher).sum(dim=-1).mean()
        return {"loss": loss, "entropy": entropy, "divergence": loss.detach() - entropy}

    def after_step(self, moment: Moment) -> None:
        """Moves the teacher, by less and less."""
        self.shown.teach(decay=1 - (1 - self.momentum) * 0.5 * (1 + math.cos(math.pi * moment.progress)))
