"""A Vision Transformer in every second block of which experts take the place of the perceptron.

Riquelme et al., "Scaling Vision with Sparse Mixture of Experts", 2021 (arXiv 2106.05974), section 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from playground.labs.frontiers.experts.mixture import MixtureOfExperts, Router, Routing
from playground.labs.vision.vit import VisionTransformer
from playground.shadow import shadow


class MoeTransformer(VisionTransformer):
    """A `VisionTransformer` whose second, fourth and further even blocks hold a `MixtureOfExperts`."""

    def __init__(
        self, *, width: int, mlp_ratio: float, experts: int, top: int, capacity: float | None, **shape: Any
    ) -> None:
        """Each expert is as large as the perceptron whose place it takes; `shape` is of `VisionTransformer`."""
        super().__init__(width=width, mlp_ratio=mlp_ratio, **shape)
        for block in list(self.blocks)[1::2]:
            block.mlp = MixtureOfExperts(
                width=width, hidden=int(width * mlp_ratio), experts=experts, top=top, capacity=capacity
            )
        self._initialize()

    @property
    def routers(self) -> list[Router]:
        """Those of its blocks, in their order."""
        return [module for module in self.modules() if isinstance(module, Router)]


@contextmanager
def routings(network: MoeTransformer) -> Iterator[list[Routing]]:
    """Records the `Routing` of every router of a network in turn, for as long as the context lasts."""
    found: list[Routing] = []

    def record(_module: nn.Module, _inputs: Any, routing: Routing) -> None:
        found.append(routing)

    handles = [router.register_forward_hook(record) for router in network.routers]
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()


@torch.no_grad()
def routed(network: MoeTransformer, images: Tensor) -> tuple[Tensor, list[Routing]]:
    """The logits (B, classes) of images (B, C, H, W), and the routing of each router; others may use the network too.

    The N tokens of a routing are those of the first image, then of the second, and so on.
    """
    own = shadow(network)
    with routings(own) as found:  # type: ignore[arg-type]  # the shadow of a network is of its class
        logits = own(images)
    return logits, found
