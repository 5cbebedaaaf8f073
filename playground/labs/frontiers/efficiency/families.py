"""Ways to compress a network further and further, each a line in the chart of accuracy against cost."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from playground.flops import flops
from playground.inner import inner
from playground.labs.frontiers.efficiency.compress import FLOAT, Compression, compressed
from playground.labs.vision.merging import TokenMerging

Family = Literal["weights", "units", "bits", "merging"]
SHARES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95)
"""Of weights or units."""
BITS = (FLOAT, 8, 6, 4, 3, 2)
RATES = 7
"""How many rates of merging are tried, none among them."""
MOST = 98
"""The highest rate."""


def along(network: nn.Module, how: Compression, family: Family) -> dict[float, Compression]:
    """What lies along a line through a compressed network: from the value that changes to the compression.

    Empty where a network has no such line: without units that can go, or tokens that can be merged.
    """
    match family:
        case "weights":
            return {share: how._replace(pruned="weights", share=share) for share in SHARES}
        case "units":
            return {share: how._replace(pruned="units", share=share) for share in SHARES} if inner(network) else {}
        case "bits":
            return {bits: how._replace(bits=bits) for bits in BITS}
        case "merging":
            most = min(TokenMerging.most(network), MOST)
            rates = torch.linspace(0, most, RATES).round().int().unique().tolist()
            return {r: how._replace(merge=r) for r in rates} if most else {}


def accuracy(network: nn.Module, how: Compression, images: Tensor, labels: Tensor) -> float:
    """Of a compressed network on images (N, C, H, W) in [-1, 1], from 0 to 1."""
    right = compressed(network, how)(images).argmax(dim=1) == labels
    return float(right.float().mean())


def arithmetic(network: nn.Module, how: Compression, image: Tensor) -> int:
    """Floating-point operations for one image (1, C, H, W): zeros and few bits save none of them."""
    small = compressed(network, how._replace(share=how.share - how.zeros, bits=FLOAT))
    return flops(lambda: small(image))
