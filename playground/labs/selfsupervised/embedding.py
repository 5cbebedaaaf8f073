"""A map of what an encoder makes of images: features in the plane, each snapshot turned to lie as the one before."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F


class Map(NamedTuple):
    """The map of one snapshot.

    Attributes:
        features: Normalized features of the images on it, (N, F).
        center: Their mean, (F,).
        axes: (F, 2): a feature's place is (feature - center) @ axes. One unit is the images' standard deviation on the
            map, the mean of both directions.
        points: Where the images are, (N, 2).
        explained_variance: The share of the features' variance that the map shows, in [0, 1].
    """

    features: Tensor
    center: Tensor
    axes: Tensor
    points: Tensor
    explained_variance: float

    def place(self, features: Tensor) -> Tensor:
        """Where features (M, F), of any length, are on the map, (M, 2)."""
        return (F.normalize(features, dim=1) - self.center) @ self.axes


def mapped(features: Tensor, before: Tensor | None) -> Map:
    """The first two principal components of normalized features, turned towards an earlier map of the same images.

    The turn solves the orthogonal Procrustes problem (Schoenemann, "A generalized solution of the orthogonal Procrustes
    problem", 1966): of all rotations and reflections, the one that moves the points least.

    Args:
        features: (N, F), N and F being 2 or more.
        before: (N, 2), where the same images were; None for the first map, whose axes point to where their largest
            entry is positive.
    """
    normal = F.normalize(features.double(), dim=1)
    center = normal.mean(dim=0)
    centered = normal - center
    variances, directions = torch.linalg.eigh(centered.T @ centered / len(centered))  # ascending
    axes = directions[:, [-1, -2]]  # (F, 2)
    axes = axes / (variances[[-1, -2]].mean().clamp(min=0).sqrt() + 1e-6)
    points = centered @ axes
    if before is None:
        signs = axes.gather(0, axes.abs().argmax(dim=0, keepdim=True)).sign()  # (1, 2)
        turn = torch.diag(signs[0])
    else:
        left, _, right = torch.linalg.svd(points.T @ before.double())
        turn = left @ right  # (2, 2)
    explained = variances[[-1, -2]].sum() / variances.sum().clamp(min=1e-12)
    return Map(normal.float(), center.float(), (axes @ turn).float(), (points @ turn).float(), float(explained))
