"""How much of a density in the plane a generator covers."""

from __future__ import annotations

import math

import torch
from torch import Tensor

NEIGHBORS = 5


def radii(real: Tensor) -> Tensor:
    """How far each real point (n, 2) is from its fifth nearest neighbor, (n,)."""
    return torch.cdist(real, real).kthvalue(NEIGHBORS + 1, dim=1).values


def coverage(real: Tensor, reach: Tensor, fake: Tensor) -> float:
    """The share of `real` (n, 2) that has at least one of `fake` (m, 2) within `reach` (n,).

    Naeem et al., "Reliable Fidelity and Diversity Metrics for Generative Models", 2020, equation 9.
    """
    return float((torch.cdist(real, fake).amin(dim=1) <= reach).float().mean())


def centers(density: str) -> tuple[Tensor, float] | None:
    """The modes (k, 2) of a density of Gaussians and their common standard deviation; of other densities nothing."""
    if density == "gaussians":
        angle = torch.arange(8) * (math.pi / 4)
        return 0.8 * torch.stack([angle.cos(), angle.sin()], dim=1), 0.04
    if density == "grid":
        line = (torch.arange(5) - 2) * 0.45
        return torch.cartesian_prod(line, line), 0.03
    return None


def covered(fake: Tensor, modes: Tensor, deviation: float) -> Tensor:
    """Which of `modes` (k, 2) have a tenth of their fair share of `fake` (n, 2) within three deviations: (k,), bool."""
    near = (torch.cdist(modes, fake) <= 3 * deviation).sum(dim=1)
    return near >= len(fake) / len(modes) / 10


def modes_covered(fake: Tensor, modes: Tensor, deviation: float) -> int:
    """How many of them those are."""
    return int(covered(fake, modes, deviation).sum())
