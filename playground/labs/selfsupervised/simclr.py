"""SimCLR: views of one image attract each other, all others in the batch are pushed away.

Chen et al., "A Simple Framework for Contrastive Learning of Visual Representations", 2020 (arXiv 2002.05709), algorithm
1. There are two views of each of thousands of images. On a processor a batch is small, and many small crops of few
images learn faster, as Tong et al. found, "EMP-SSL: Towards Self-Supervised Learning in One Training Epoch", 2023
(arXiv 2304.03977).
"""

from __future__ import annotations

from typing import Any

from playground.labs.selfsupervised.contrast import attraction, nt_xent
from playground.labs.selfsupervised.pretrain import Pretrain
from playground.objective import Batch, Moment, Terms


class SimCLR(Pretrain):
    """Trains a representation to tell which views are of the same image."""

    def __init__(self, *, views: int, temperature: float, negatives: bool, **shared: Any) -> None:
        """Takes what `Pretrain` takes, and more.

        Args:
            views: Views of each image, 2 or more.
            temperature: That of NT-Xent, above 0.
            negatives: Whether other images are pushed away. If not, it is best to make the same of all images.
            shared: What `Pretrain` takes.
        """
        super().__init__(**shared)
        self.views, self.temperature, self.negatives = views, temperature, negatives

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """NT-Xent in nats, or its numerator alone."""
        views = self.augmentation.several(batch["images"], self.views, moment.rng)  # (V B, C, h, w)
        embeddings = self.shown(views).unflatten(0, (self.views, -1))  # (V, B, D)
        loss = nt_xent if self.negatives else attraction
        return {"loss": loss(embeddings, temperature=self.temperature)}
