"""Images as another hand would have drawn them: the augmentation of few-shot learning."""

from __future__ import annotations

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

TURN, SHEAR, SCALE, SHIFT = 0.25, 0.15, 0.15, 0.15
"""At most: radians, a slope, shares of the size, and halves of the image's width."""


def rewritten(images: Tensor, rng: Generator) -> Tensor:
    """Images (B, C, H, W), each turned, sheared, scaled and moved at random; what comes in is as the edge is."""

    def drawn(most: float, *shape: int) -> Tensor:
        return most * (2 * torch.rand(len(images), *shape, generator=rng, device=images.device) - 1)

    turn, shear = drawn(TURN), drawn(SHEAR)
    cos, sin = turn.cos(), turn.sin()
    matrix = torch.stack([torch.stack([cos, shear - sin], dim=1), torch.stack([sin, cos], dim=1)], dim=1)  # (B, 2, 2)
    affine = torch.cat([matrix * (1 + drawn(SCALE, 1, 2)), drawn(SHIFT, 2, 1)], dim=2)  # (B, 2, 3)
    grid = F.affine_grid(affine, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, padding_mode="border", align_corners=False)
