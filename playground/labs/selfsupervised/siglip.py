"""SigLIP's loss: each pair of a picture and a caption is asked by itself whether the two belong together.

Zhai et al., "Sigmoid Loss for Language Image Pre-Training", 2023 (arXiv 2303.15343), equation in section 3.2. As no
pair competes with another, a caption may simply be true of several pictures.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from playground.labs.selfsupervised.pairing import Pairing


def siglip_loss(logits: Tensor, also: Tensor | None = None) -> Tensor:
    """The sum over all pairs by the size of the batch, in nats, as in the paper.

    Args:
        logits: (B, B), t * cosine + b of picture i and caption j; pairs are on the diagonal.
        also: (B, B), bool: caption j is true of picture i, too. The diagonal does not matter.
    """
    true = torch.eye(len(logits), dtype=torch.bool, device=logits.device)
    if also is not None:
        true = true | also
    return -F.logsigmoid(torch.where(true, logits, -logits)).sum() / len(logits)


class SigLIP(Pairing):
    """Trains both encoders with `siglip_loss`."""

    def pair_loss(self, logits: Tensor, also: Tensor) -> Tensor:
        """In nats."""
        return siglip_loss(logits, also)
