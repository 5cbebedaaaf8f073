"""Test pictures of which those stand out that a network recognizes."""

from __future__ import annotations

import torch
from torch import Tensor

COLUMNS = 8
"""Pictures of each group."""


def first_of_each(groups: Tensor, count: int) -> Tensor:
    """The rows of the first `COLUMNS` examples of each of `count` groups, given that of each example, (N,).

    Returns:
        (count * COLUMNS,), a group after the other; one with fewer examples repeats them, and one without has none.
    """
    rows = [(groups == group).nonzero()[:COLUMNS, 0].repeat(COLUMNS)[:COLUMNS] for group in range(count)]
    return torch.cat(rows)


def dimmed(images: Tensor, right: Tensor) -> Tensor:
    """Images (N, C, H, W), uint8, those dark that are not `right` (N,), bool."""
    dark = (images.float() * 0.25).to(torch.uint8)
    return torch.where(right[:, None, None, None], images, dark)
