"""What networks with experts share: which routers they have, and where these send what they are shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from playground.labs.frontiers.experts.mixture import MixtureOfExperts, Router, Routing
from playground.shadow import shadow


class RoutedNetwork(nn.Module):
    """A transformer whose second, fourth and further even `blocks` hold a `MixtureOfExperts`."""

    blocks: nn.Sequential

    def mix(self, *, width: int, hidden: int, experts: int, top: int, capacity: float | None) -> None:
        """Puts experts in the place of perceptrons: each is as large as the one whose place it takes."""
        for block in list(self.blocks)[1::2]:
            block.mlp = MixtureOfExperts(width=width, hidden=hidden, experts=experts, top=top, capacity=capacity)

    @property
    def routers(self) -> list[Router]:
        """Those of its blocks, in their order."""
        return [module for module in self.modules() if isinstance(module, Router)]

    @property
    def mixed(self) -> list[int]:
        """Which blocks have experts, counted from 1."""
        return [number for number, block in enumerate(self.blocks, 1) if isinstance(block.mlp, MixtureOfExperts)]


@contextmanager
def routings(network: RoutedNetwork) -> Iterator[list[Routing]]:
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
def routed(network: RoutedNetwork, inputs: Tensor) -> tuple[Tensor, list[Routing]]:
    """The logits of a batch of inputs, and the routing of each router; others may use the network too.

    The N tokens of a routing are those of the first input, then of the second, and so on.
    """
    own = shadow(network)
    with routings(own) as found:  # type: ignore[arg-type]  # the shadow of a network is of its class
        logits = own(inputs)
    return logits, found
