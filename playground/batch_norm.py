"""Batch norms whose statistics are those of the weights as they are now, not of those that came before.

Wu & Johnson, "Rethinking 'Batch' in BatchNorm", 2021 (arXiv 2105.07576), section 3: after few and large steps the
running means lag far behind.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn


@torch.no_grad()
def remeasure(network: nn.Module, batches: Iterable[Tensor]) -> None:
    """Measures means and variances anew on batches of what the network takes, all of which count alike.

    The network is in evaluation mode afterwards.
    """
    network.eval()
    norms = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]
    if not norms:
        return
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    for images in batches:
        network(images)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
        norm.eval()
