"""DeiT: a Vision Transformer that has also learned from the answers of a teacher, through a token of their own.

Touvron et al., "Training data-efficient image transformers & distillation through attention", 2020 (arXiv 2012.12877),
section 4, "Distillation through attention". Its distillation token is a register that has a head.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from playground.labs.vision.vit import VisionTransformer


class DistilledTransformer(VisionTransformer):
    """The logits are the mean of those of the class token and of the token behind it (section 4, "Classification")."""

    def __init__(self, *, classes: int = 10, **options: Any) -> None:
        """Takes what `VisionTransformer` takes, but for the class token and the registers, of which it has one each."""
        super().__init__(classes=classes, class_token=True, registers=1, **options)
        self.classified = slice(0, 2)
        self.distillation_head = nn.Linear(self.num_features, classes) if classes else nn.Identity()
        for parameter in self.distillation_head.parameters():
            nn.init.zeros_(parameter)

    def read(self, tokens: Tensor) -> Tensor:
        """The logits (B, classes) that the tokens (B, T, width) behind the last norm stand for."""
        return (self.head(tokens[:, 0]) + self.distillation_head(tokens[:, 1])) / 2
