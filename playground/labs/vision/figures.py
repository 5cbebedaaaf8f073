"""Attention as pictures."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

# Seventeen colours of matplotlib's "viridis" (CC0), evenly spaced; what lies between is interpolated, off by 6 at most.
_VIRIDIS = (
    "440154 48186a 472d7b 424086 3b528b 33638d 2c728e 26818e 21908c 1f9f88 28ae80 3ebc74 5dc963 82d34c abdc32 d5e21a "
    "fde725"
)


def viridis(values: Tensor) -> Tensor:
    """Colours for values in [0, 1]: (...,) to (..., 3), floats in [0, 255]."""
    table = torch.tensor(
        [[int(code[i : i + 2], 16) for i in (0, 2, 4)] for code in _VIRIDIS.split()], dtype=torch.float
    )
    table = table.to(values.device)
    position = values.clamp(0, 1) * (len(table) - 1)
    below = position.floor().long().clamp(max=len(table) - 2)
    share = (position - below)[..., None]
    return table[below] * (1 - share) + table[below + 1] * share


def overlay(images: Tensor, maps: Tensor, *, strength: float = 0.6) -> Tensor:
    """Heat-maps laid over pictures, each map scaled to its own maximum.

    Args:
        images: (N, C, H, W), uint8.
        maps: (N, rows, columns), not negative.
        strength: How much of the colour is the map's, in [0, 1].

    Returns:
        (N, 3, H, W), uint8.
    """
    height, width = images.shape[-2:]
    scaled = maps / maps.flatten(1).amax(dim=1).clamp(min=1e-12)[:, None, None]
    large = F.interpolate(scaled[:, None], size=(height, width), mode="nearest")[:, 0]
    colours = viridis(large).permute(0, 3, 1, 2)  # (N, 3, H, W)
    mixed = (1 - strength) * images.float().expand(-1, 3, -1, -1) + strength * colours
    return mixed.round().clamp(0, 255).to(torch.uint8)
