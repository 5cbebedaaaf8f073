"""Interpolation of codes of many dimensions, which labs share: on the sphere and not through its middle."""

from __future__ import annotations

import torch
from torch import Tensor


def between(corners: Tensor, points: Tensor) -> Tensor:
    """The surface that four codes span; where they lie on a sphere around 0, it never leaves that.

    Args:
        corners: (4, latent), the codes at (0, 0), (1, 0), (0, 1) and (1, 1).
        points: (N, 2), places in [0, 1] x [0, 1].

    Returns:
        (N, latent): along x on the great circles of the two codes with y = 0 and of the two with y = 1, then along y on
        that of the two results.
    """
    x, y = points[:, :1], points[:, 1:]
    low = slerp(corners[0], corners[1], x)  # (N, latent)
    high = slerp(corners[2], corners[3], x)
    return slerp(low, high, y)


def slerp(start: Tensor, end: Tensor, share: Tensor) -> Tensor:
    """Spherical interpolation: the great circle from `start` to `end` (..., latent) at `share` (..., 1) of the way.

    Shoemake, "Animating Rotation with Quaternion Curves", 1985, section 3.3:
    (sin((1 - t) w) start + sin(t w) end) / sin w, with w the angle between them. A straight line would pass close to 0,
    where a normal distribution of many dimensions has next to no mass.
    """
    cosine = torch.cosine_similarity(start, end, dim=-1).unsqueeze(-1)
    angle = cosine.clamp(-1 + 1e-6, 1 - 1e-6).arccos()
    return (((1 - share) * angle).sin() * start + (share * angle).sin() * end) / angle.sin()
