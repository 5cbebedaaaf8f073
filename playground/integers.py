"""Weights as whole numbers with a scale a row, as they are kept in few bits."""

from __future__ import annotations

import torch
from torch import Tensor


def rows_as_integers(value: Tensor, largest: int) -> tuple[Tensor, Tensor]:
    """Rows (N, ...) as whole numbers, int32, and their scales (N,): the largest of a row is `largest`.

    Symmetric, without a zero point: Krishnamoorthi, "Quantizing deep convolutional networks for efficient inference",
    2018 (arXiv 1806.08342), section 3.1.2, for each output channel as in section 3.2.
    """
    highest = value.flatten(1).abs().amax(dim=1)
    scale = torch.where(highest > 0, highest / largest, 1.0)
    return (value / beside(value, scale)).round().to(torch.int32).contiguous(), scale


def beside(value: Tensor, scale: Tensor) -> Tensor:
    """Scales (N,), one a row of `value` (N, ...), as it can be multiplied with."""
    return scale.view(-1, *[1] * (value.ndim - 1))
