"""SimCLR: views of one image attract each other, all others in the batch are pushed away.

Chen et al., "A Simple Framework for Contrastive Learning of Visual Representations", 2020 (arXiv 2002.05709), algorithm
1. There are two views of each of thousands of images. On a processor a batch is small, and many small crops of few
images learn faster, as Tong et al. found, "EMP-SSL: Towards Self-Supervised Learning in One Training Epoch", 2023
(arXiv 2304.03977).
"""

from __future__ import annotations

from typing import Any

import torch

from playground.labs.selfsupervised.contrast import nt_xent
from playground.labs.selfsupervised.pretrain import Pretrain
from playground.objective import Batch, Moment, Terms


class SimCLR(Pretrain):
    """Trains a representation to tell which views are of the same image."""

    def __init__(self, *, views: int, temperature: float, **shared: Any) -> None:
        """`views` of each image, 2 or more; `shared` is what `Pretrain` takes."""
        super().__init__(**shared)
        self.views, self.temperature = views, temperature

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """NT-Xent in nats."""
        images = batch["images"]
        views = torch.cat([self.augmentation(images, moment.rng) for _ in range(self.views)])  # (V B, C, h, w)
        embeddings = self.shown(views).unflatten(0, (self.views, len(images)))  # (V, B, D)
        return {"loss": nt_xent(embeddings, temperature=self.temperature)}
