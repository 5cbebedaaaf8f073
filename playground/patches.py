"""The square patches that a picture is cut into, and which of them are hidden, as a link writes it."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

MOST = 300
"""Characters that a link spends on a mask, at most: enough for 34 patches in a row."""


def bits(text: str) -> Tensor:
    """A painted mask as (grid, grid), bool, True where a patch is hidden.

    Args:
        text: How many patches are in a row, a dash, and row by row a bit a patch, as hexadecimal digits; the last
            digit is filled up with zeros.

    Raises:
        ValueError: When it is none.
    """
    row, _, digits = text.partition("-")
    grid = int(row) if row.isascii() and row.isdigit() and len(row) < 3 else 0
    if not grid or len(digits) != math.ceil(grid**2 / 4) or set(digits) - set("0123456789abcdef"):
        written = "patches in a row, and their bits as hexadecimal digits"
        raise ValueError(f"a mask is written like 2-9: {written} (it was “{text[:40]}”)")
    binary = "".join(f"{int(digit, 16):04b}" for digit in digits)
    return torch.tensor([bit == "1" for bit in binary[: grid**2]]).view(grid, grid)


def checked(text: str) -> str:
    """A painted mask as it is, or nothing; the check of an option that holds one.

    Raises:
        ValueError: When it is neither.
    """
    if text:
        bits(text)
    return text


def laid_over(mask: Tensor, grid: int) -> Tensor:
    """A mask (rows, rows), bool, as one of `grid` patches in a row, (grid, grid): what lies at a center decides."""
    return F.interpolate(mask[None, None].float(), size=(grid, grid), mode="nearest-exact")[0, 0].bool()


def tiling(size: int, most: int) -> int:
    """How many patches are in a row of a picture of `size` pixels: as many as tile it, but no more than `most`."""
    return max(grid for grid in range(1, max(1, min(size, most)) + 1) if size % grid == 0)
