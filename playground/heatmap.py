"""Heat-maps as images."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

# Seventeen colors of matplotlib's "viridis" (CC0), evenly spaced; what lies between is interpolated, off by 6 at most.
_VIRIDIS = (
    "440154 48186a 472d7b 424086 3b528b 33638d 2c728e 26818e 21908c 1f9f88 28ae80 3ebc74 5dc963 82d34c abdc32 d5e21a "
    "fde725"
)


def viridis(values: Tensor) -> Tensor:
    """Colors for values in [0, 1]: (...,) to (..., 3), floats in [0, 255]."""
    table = torch.tensor(
        [[int(code[i : i + 2], 16) for i in (0, 2, 4)] for code in _VIRIDIS.split()], dtype=torch.float
    )
    table = table.to(values.device)
    position = values.clamp(0, 1) * (len(table) - 1)
    below = position.floor().long().clamp(max=len(table) - 2)
    share = (position - below)[..., None]
    return table[below] * (1 - share) + table[below + 1] * share


def overlay(images: Tensor, maps: Tensor, *, strength: float = 0.6) -> Tensor:
    """Heat-maps laid over images, relative to uniform: what is at or below the mean of its map is not drawn at all.

    Args:
        images: (N, C, H, W), uint8.
        maps: (N, rows, columns), not negative; the far end of the colors stands for twice the mean, or for the map's
            largest value where that is more.
        strength: How much of the color is the map's at that end, in [0, 1].

    Returns:
        (N, 3, H, W), uint8.
    """
    height, width = images.shape[-2:]
    excess = maps / maps.mean(dim=(1, 2), keepdim=True).clamp(min=1e-12) - 1  # 0 is uniform
    scaled = (excess / excess.amax(dim=(1, 2), keepdim=True).clamp(min=1)).clamp(min=0)
    large = F.interpolate(scaled[:, None], size=(height, width), mode="nearest")  # (N, 1, H, W)
    colors = viridis(large[:, 0]).permute(0, 3, 1, 2)  # (N, 3, H, W)
    share = strength * large.sqrt()
    mixed = (1 - share) * images.float().expand(-1, 3, -1, -1) + share * colors
    return mixed.round().clamp(0, 255).to(torch.uint8)
