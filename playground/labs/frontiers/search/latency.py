"""How long a cell takes on this machine: operations are measured once, and a cell is the sum of its own.

Cai et al., "ProxylessNAS", 2019 (arXiv 1812.00332), section 3.3, likewise add up what operations take.
"""

from __future__ import annotations

from functools import lru_cache, partial
from threading import Lock

import torch
from torch import Tensor, nn

from playground.labs.frontiers.search.cells import OPERATIONS, Cell, pruned
from playground.labs.frontiers.search.network import STAGES, operation
from playground.layout import channels_last
from playground.timing import fastest

IMAGES, TURNS = 32, 25
"""Pictures at once, and how often each operation is measured; the fastest turn counts, as it was disturbed least."""
_MEASURING = Lock()


def table(width: int, size: int) -> Tensor:
    """Microseconds a picture of each operation in each stage, (STAGES, OPERATIONS), measured once in a process.

    Args:
        width: Channels of the first stage.
        size: The side of the pictures in pixels.
    """
    with _MEASURING:  # who comes second is told the same
        return _measured(width, size)


@lru_cache(maxsize=16)
@torch.no_grad()
def _measured(width: int, size: int) -> Tensor:
    found = torch.zeros(STAGES, len(OPERATIONS))
    side = size
    for stage in range(STAGES):
        side = -(-side // 2)
        x = torch.randn(IMAGES, width * 2**stage, side, side).to(memory_format=torch.channels_last)
        for kind in range(1, len(OPERATIONS)):
            module = operation(kind, x.shape[1]).eval()
            channels_last(module)
            found[stage, kind] = 1e6 * fastest(partial(_summed, module, x), TURNS) / IMAGES
    return found


def _summed(module: nn.Module, x: Tensor) -> Tensor:
    return x + module(x)


def latency(cell: Cell, table: Tensor) -> float:
    """Microseconds a picture that a cell takes in all stages together, the sum at its nodes included.

    Args:
        cell: Edges that change nothing take no time.
        table: See above; (STAGES, OPERATIONS) or as many numbers in a row.
    """
    by_operation = table.view(STAGES, -1).sum(dim=0)
    return float(by_operation[list(pruned(cell))].sum())


def whole(network: nn.Module, images: Tensor) -> float:
    """Microseconds a picture that a network takes for images (B, C, H, W) at once: what the sum is compared with."""
    network.eval()
    with torch.no_grad():
        return 1e6 * fastest(lambda: network(images), TURNS) / len(images)
