"""SwAV: from one crop of an image its network says which prototypes another crop belongs to; both are learned.

Caron et al., "Unsupervised Learning of Visual Features by Contrasting Cluster Assignments", 2020 (arXiv 2006.09882),
algorithm in appendix A. Nothing is pushed away; that not all images go to one prototype is forced, as each must get its
equal share of the batch (section 3.1). Two crops are large and are assigned; the small ones are cheap, and only predict
(section 3.2).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.labs.selfsupervised.augment import Augmentation
from playground.labs.selfsupervised.contrast import cosines
from playground.labs.selfsupervised.pretrain import Pretrain
from playground.labs.selfsupervised.representation import Encoder, Representation
from playground.objective import Batch, Moment, Terms
from playground.precision import full_precision

LARGE = 2
"""Large crops of an image."""
ITERATIONS = 3
"""Of Sinkhorn-Knopp's algorithm."""


class Clustering(Representation):
    """A representation and the prototypes that its embeddings are assigned to.

    Attributes:
        prototypes: (K, D); their directions count alone.
    """

    def __init__(self, *, encoder: Encoder, embedding: int, prototypes: int) -> None:
        """`prototypes` of `embedding` numbers each, in random directions at first."""
        super().__init__(encoder=encoder, embedding=embedding)
        self.prototypes = nn.Parameter(F.normalize(torch.randn(prototypes, embedding), dim=1))

    def scores(self, images: Tensor) -> Tensor:
        """The cosines (B, K) of prototypes and of what the network makes of images (B, C, H, W) in [-1, 1]."""
        return cosines(self(images), self.prototypes)  # (B, K)


@torch.no_grad()
def sinkhorn(scores: Tensor, *, epsilon: float, iterations: int = ITERATIONS) -> Tensor:
    """Assigns N crops to K prototypes by their similarity, so that all prototypes get about the same share of them.

    Equations 3 to 5, by Sinkhorn and Knopp's algorithm (Cuturi, "Sinkhorn Distances", 2013, arXiv 1306.0895): rows and
    columns of exp(scores / epsilon) are scaled in turn. Notation: Z^T C `scores`, Q^T the result / N.

    Args:
        scores: (N, K).
        epsilon: How soft the assignment is, above 0.
        iterations: The more, the closer to equal the shares are.

    Returns:
        (N, K), of each crop the probabilities of the prototypes, whose sum is 1.
    """
    logs = scores / epsilon  # (N, K); logarithms, as exp may be too large
    for _ in range(iterations):
        logs = (logs - logs.logsumexp(dim=0)).log_softmax(dim=1)
    return logs.exp()


@full_precision
def swapped_prediction(scores: Tensor, assignments: Tensor, *, temperature: float) -> Tensor:
    """What the crops lack to say how another crop of their image is assigned, in nats (equations 1 and 2).

    Args:
        scores: (V, B, K), V crops of each image, the assigned ones first.
        assignments: (T, B, K), probabilities.
        temperature: Of the softmax that predicts, above 0.

    Returns:
        The cross entropy, a mean over images and all pairs of different crops.
    """
    logs = (scores / temperature).log_softmax(dim=2)  # (V, B, K)
    losses = -torch.einsum("tbk,vbk->tv", assignments, logs) / scores.shape[1]  # (T, V)
    same = torch.eye(*losses.shape, dtype=torch.bool, device=losses.device)
    return losses[~same].mean()


class SwAV(Pretrain):
    """Trains a `Clustering` network and its prototypes."""

    shown: Clustering

    def __init__(
        self, *, small: Augmentation, small_views: int, temperature: float, epsilon: float, **shared: Any
    ) -> None:
        """Takes what `Pretrain` takes, whose augmentation draws the two large crops, and more.

        Args:
            small: Draws the other crops.
            small_views: How many of an image there are, 0 or more.
            temperature: That of the prediction, above 0.
            epsilon: How soft assignments are, above 0.
            shared: What `Pretrain` takes.
        """
        super().__init__(**shared)
        self.small, self.small_views = small, small_views
        self.temperature, self.epsilon = temperature, epsilon

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """The cross entropy of swapped predictions in nats."""
        images, rng = batch["images"], moment.rng
        scores = self.shown.scores(self.augmentation.several(images, LARGE, rng)).unflatten(0, (LARGE, -1))  # (T, B, K)
        assignments = torch.stack([sinkhorn(each, epsilon=self.epsilon) for each in scores])  # (T, B, K)
        if self.small_views:
            rest = self.shown.scores(self.small.several(images, self.small_views, rng))  # ((V-T) B, K)
            scores = torch.cat([scores, rest.unflatten(0, (self.small_views, -1))])  # (V, B, K)
        return {"loss": swapped_prediction(scores, assignments, temperature=self.temperature)}
