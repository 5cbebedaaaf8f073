"""Codes of places on a grid that need no training, which labs share: waves that are added, and angles to turn by."""

from __future__ import annotations

import torch
from torch import Tensor


def sinusoids(width: int, grid: int) -> Tensor:
    """Fixed positions (1, grid * grid, width): a quarter each for sin and cos of the column, then of the row.

    Vaswani et al., "Attention Is All You Need", 2017 (arXiv 1706.03762), section 3.5, for two axes.
    `width` is a multiple of 4.
    """
    rates = 10_000 ** -(torch.arange(width // 4, dtype=torch.float64) / (width // 4))
    angles = torch.arange(grid)[:, None] * rates  # (grid, width / 4)
    line = torch.cat([angles.sin(), angles.cos()], dim=1)  # (grid, width / 2)
    columns, rows = line.expand(grid, -1, -1), line[:, None].expand(-1, grid, -1)  # (grid, grid, width / 2)
    return torch.cat([columns, rows], dim=2).flatten(0, 1)[None].float()


def angles(width: int, rows: int, columns: int) -> Tensor:
    """By how much each pair of features is turned at each place, (rows * columns, width / 2), in radians.

    Half of the pairs turn with the row, half with the column, the fastest by one radian a place: axial rotary positions
    (Heo et al., "Rotary Position Embedding for Vision Transformer", 2024, arXiv 2403.13298, section 3.2, base 100).
    `width` is a multiple of 4.
    """
    rates = 100 ** -(torch.arange(width // 4, dtype=torch.float64) / (width // 4))
    by_row = (torch.arange(rows)[:, None] * rates)[:, None].expand(-1, columns, -1)  # (rows, columns, width / 4)
    by_column = (torch.arange(columns)[:, None] * rates).expand(rows, -1, -1)
    return torch.cat([by_row, by_column], dim=2).flatten(0, 1).float()


def turned(x: Tensor, angles: Tensor) -> Tensor:
    """Turns the features of the last tokens, pair by pair; those before them stay as they are.

    Su et al., "RoFormer", 2021 (arXiv 2104.09864), equation 34: the product of a query and a key that are turned so
    depends on their places through the difference of these alone.

    Args:
        x: (..., T, width), with T at least the number of places.
        angles: (places, width / 2).
    """
    first, x = x.split([x.shape[-2] - len(angles), len(angles)], dim=-2)
    even, odd = x[..., 0::2], x[..., 1::2]  # (..., places, width / 2)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    x = torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)
    return torch.cat([first, x], dim=-2)
