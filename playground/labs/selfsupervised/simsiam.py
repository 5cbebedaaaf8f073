"""SimSiam: from one view of an image a predictor says what the network makes of another one; nothing is pushed away.

Chen & He, "Exploring Simple Siamese Representation Learning", 2020 (arXiv 2011.10566), algorithm 1. The best answer
would be the same for all images. That it is not found hangs on the gradient, which stops at what is to be predicted
(section 4.1). On a processor, with few images in a batch, it learns faster as FastSiam: what is to be predicted of a
view is the mean of several others, which varies less (Pototzky et al., "FastSiam: Resource-Efficient Self-supervised
Learning on a Single GPU", 2022, section 3.2).
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from playground.labs.selfsupervised.pretrain import Pretrain
from playground.labs.selfsupervised.representation import Encoder, Representation
from playground.objective import Batch, Moment, Terms
from playground.precision import full_precision


class Siamese(Representation):
    """A representation and a predictor.

    As in table 3b there, only hidden layers are normalized over the batch: an embedding that is normalized, too, is no
    constant whatever is learned.

    Attributes:
        predictor: From the embedding of one view to that of another, through a bottleneck of a quarter.
    """

    def __init__(self, *, encoder: Encoder, embedding: int) -> None:
        """`embedding` is the length of an embedding, 4 or more."""
        super().__init__(encoder=encoder, embedding=embedding)
        self.predictor = nn.Sequential(
            nn.Linear(embedding, embedding // 4, bias=False),
            nn.BatchNorm1d(embedding // 4),
            nn.ReLU(),
            nn.Linear(embedding // 4, embedding),
        )


@full_precision
def negative_cosine(predictions: Tensor, embeddings: Tensor) -> Tensor:
    """How well each view's prediction points to the mean of the other views' embeddings: a mean of -cosine, -1 at best.

    Chen & He, 2020, equations 1 and 2 for two views. Notation: p_i `predictions`, z_j `embeddings`.

    Args:
        predictions: (V, B, D), V >= 2 views of each of B images.
        embeddings: (V, B, D).
    """
    others = (embeddings.sum(dim=0) - embeddings) / (len(embeddings) - 1)  # (V, B, D)
    return -F.cosine_similarity(predictions, others, dim=2).mean()


class SimSiam(Pretrain):
    """Trains a `Siamese` network to predict its views from each other."""

    shown: Siamese

    def __init__(self, *, views: int, stop_gradient: bool, **shared: Any) -> None:
        """Takes what `Pretrain` takes, and more.

        Args:
            views: Views of each image, 2 or more.
            stop_gradient: Whether what is predicted gets no gradient. If it does, all collapses.
            shared: What `Pretrain` takes.
        """
        super().__init__(**shared)
        self.views, self.stop_gradient = views, stop_gradient

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """The negative cosine."""
        embeddings = self.shown(self.augmentation.several(batch["images"], self.views, moment.rng))  # (V B, D)
        predictions = self.shown.predictor(embeddings)  # (V B, D)
        targets = embeddings.detach() if self.stop_gradient else embeddings
        shape = (self.views, -1)
        return {"loss": negative_cosine(predictions.unflatten(0, shape), targets.unflatten(0, shape))}
