"""Pictures and words in one space: two encoders whose embeddings are compared by their cosine."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.data import unit
from playground.data.texts import utf8
from playground.labs.selfsupervised.representation import BATCH, Encoder, Representation
from playground.labs.selfsupervised.text import TextEncoder

SHARPEST = 100.0
"""The cosines are never multiplied by more: see `ImageText.limit`."""


class ImageText(Representation):
    """A representation of images whose embeddings are those of the words for them.

    Attributes:
        text: Texts to embeddings of the same length.
        log_scale: The logarithm of 1 / temperature, which is learned.
        bias: What SigLIP adds to all logits, which is learned; None in CLIP, where it would make no difference.
    """

    def __init__(
        self,
        *,
        encoder: Encoder,
        embedding: int,
        buckets: int,
        text_width: int,
        temperature: float,
        bias: float | None = None,
    ) -> None:
        """`buckets` and `text_width` are those of the `TextEncoder`; `temperature` and `bias` are where they begin."""
        projector = nn.Sequential(nn.Linear(encoder.num_features, embedding))  # section 2.3: no hidden layer
        super().__init__(encoder=encoder, projector=projector)
        self.text = TextEncoder(buckets=buckets, width=text_width, embedding=embedding)
        self.log_scale = nn.Parameter(torch.tensor(-math.log(temperature)))
        self.bias = None if bias is None else nn.Parameter(torch.tensor(bias))

    def logits(self, cosines: Tensor) -> Tensor:
        """What the losses take of the cosines of images and texts, of the same shape."""
        scaled = cosines * self.log_scale.exp()
        return scaled if self.bias is None else scaled + self.bias

    @torch.no_grad()
    def limit(self) -> None:
        """Takes the scale back to `SHARPEST`, as CLIP does after each step (arXiv 2103.00020, section 2.5)."""
        self.log_scale.clamp_(max=math.log(SHARPEST))

    @torch.no_grad()
    def pictures(self, images: Tensor) -> Tensor:
        """Images (N, C, H, W), uint8, to embeddings (N, D), float32, of length 1."""
        parts = [F.normalize(self(unit(part)).float(), dim=1) for part in images.split(BATCH)]
        return torch.cat(parts)

    @torch.no_grad()
    def words(self, texts: Sequence[str] | Tensor) -> Tensor:
        """Texts, or their bytes (N, L), to embeddings (N, D), float32, of length 1."""
        content = texts if isinstance(texts, Tensor) else utf8(texts).to(self.log_scale.device)
        return F.normalize(self.text(content).float(), dim=1)


def ensemble(words: Tensor, labels: Tensor, classes: int) -> Tensor:
    """One embedding for each class, (classes, D) of length 1: the mean of those of several texts for it.

    Radford et al., CLIP, 2021 (arXiv 2103.00020), section 3.1.4. A class without texts is 0.

    Args:
        words: (N, D), of length 1.
        labels: The class of each text, (N,), int64.
        classes: How many there are.
    """
    sums = torch.zeros(classes, words.shape[1], device=words.device).index_add_(0, labels, words)
    return F.normalize(sums, dim=1)
