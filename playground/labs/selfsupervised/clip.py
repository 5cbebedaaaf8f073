"""CLIP's loss: of all captions in the batch, which is this picture's, and of all pictures, which is this caption's?

Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", 2021 (arXiv 2103.00020),
figure 3. On emoji a caption may be true of several pictures of a batch ("face"): these are no wrong answers, and stand
aside.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from playground.labs.selfsupervised.pairing import Pairing


def clip_loss(logits: Tensor, also: Tensor | None = None) -> Tensor:
    """The mean of both cross entropies, in nats.

    Args:
        logits: (B, B), the cosine of picture i and caption j over the temperature; pairs are on the diagonal.
        also: (B, B), bool: caption j is true of picture i, too. The diagonal does not matter.
    """
    if also is not None:
        own = torch.eye(len(logits), dtype=torch.bool, device=logits.device)
        logits = logits.masked_fill(also & ~own, -torch.inf)
    pairs = torch.arange(len(logits), device=logits.device)
    return (F.cross_entropy(logits, pairs) + F.cross_entropy(logits.T, pairs)) / 2


class CLIP(Pairing):
    """Trains both encoders with `clip_loss`."""

    def pair_loss(self, logits: Tensor, also: Tensor) -> Tensor:
        """In nats."""
        return clip_loss(logits, also)
