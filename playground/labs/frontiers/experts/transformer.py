"""A Vision Transformer in every second block of which experts take the place of the perceptron.

Riquelme et al., "Scaling Vision with Sparse Mixture of Experts", 2021 (arXiv 2106.05974), section 2.
"""

from __future__ import annotations

from typing import Any

from playground.labs.frontiers.experts.network import RoutedNetwork
from playground.labs.vision.vit import VisionTransformer


class MoeTransformer(VisionTransformer, RoutedNetwork):
    """A `VisionTransformer` with experts."""

    def __init__(
        self, *, width: int, mlp_ratio: float, experts: int, top: int, capacity: float | None, **shape: Any
    ) -> None:
        """`experts`, `top` and `capacity` are of `MixtureOfExperts`, `shape` of `VisionTransformer`."""
        super().__init__(width=width, mlp_ratio=mlp_ratio, **shape)
        self.mix(width=width, hidden=int(width * mlp_ratio), experts=experts, top=top, capacity=capacity)
        self._initialize()
