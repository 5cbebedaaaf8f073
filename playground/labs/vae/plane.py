"""Planes through a latent space and what lies on them: pure functions, tensors in, tensors out."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from playground.labs.vae.latent import LatentModel, class_labels, decoded

EXTENT = 3.0
"""A plane is drawn from -EXTENT to EXTENT in both of its coordinates."""


@dataclass(frozen=True)
class Plane:
    """A flat, two-dimensional cut through latent space.

    Attributes:
        origin: (latent,), the point with coordinates (0, 0).
        axes: (2, latent), orthogonal; one unit along the plane moves z by one of them.
        explained_variance: The share of the codes' variance that lies in the plane, in [0, 1].
    """

    origin: Tensor
    axes: Tensor
    explained_variance: float

    def lift(self, points: Tensor) -> Tensor:
        """Coordinates (N, 2) to codes (N, latent)."""
        return self.origin + points @ self.axes

    def project(self, codes: Tensor) -> Tensor:
        """The orthogonal projection of codes (N, latent) onto the plane, as coordinates (N, 2)."""
        return (codes - self.origin) @ self.axes.T / self.axes.square().sum(dim=1)


def plane_through(means: Tensor, *, prior: bool = True) -> Plane:
    """The plane of the first two principal components of some codes.

    Args:
        means: (N, latent), posterior means of some images.
        prior: Whether training pulled them to a standard normal.

    Returns:
        With two dimensions and a prior, latent space itself. Else the cloud's first two principal directions through
        its center, a unit being one standard deviation; each points to where its largest entry is positive.
    """
    latent = means.shape[1]
    if latent == 2 and prior:
        return Plane(means.new_zeros(2), torch.eye(2, dtype=means.dtype, device=means.device), 1.0)
    center = means.mean(dim=0)
    # on the CPU, as not every device has float64; codes that are not finite are reported by the training loop
    centered = (means - center).cpu().double().nan_to_num(0.0, 0.0, 0.0)
    variances, directions = torch.linalg.eigh(centered.T @ centered / max(1, len(centered) - 1))  # both ascending
    deviations = variances.clamp(min=0).sqrt()
    main, spread = directions.T[[-1, -2]], deviations[[-1, -2]]  # (2, latent), (2,)
    signs = main.gather(1, main.abs().argmax(dim=1, keepdim=True)).sign()
    explained = spread.square().sum() / deviations.square().sum().clamp(min=1e-12)
    return Plane(center, (main * signs * spread[:, None].clamp(min=1e-6)).to(means), float(explained))


@torch.no_grad()
def manifold(network: LatentModel, plane: Plane, *, side: int, extent: float = EXTENT, label: int = 0) -> Tensor:
    """What the decoder draws on a square grid of the plane, row by row from the top left.

    Args:
        network: Whose decoder.
        plane: Of its codes.
        side: Images in a row and in a column.
        extent: How far the grid reaches from the origin.
        label: The class of all of them, where the network takes one.

    Returns:
        (side * side, C, H, W), uint8; the first image is at (-extent, extent), the last at (extent, -extent).
    """
    steps = torch.linspace(-extent, extent, side, dtype=plane.axes.dtype, device=plane.axes.device)
    rows, columns = torch.meshgrid(-steps, steps, indexing="ij")
    codes = plane.lift(torch.stack([columns, rows], dim=-1).flatten(0, 1))  # (side * side, latent)
    return decoded(network, codes, class_labels(network, label, len(codes)))


def ellipse(plane: Plane, deviation: Tensor) -> tuple[float, float, float]:
    """The one-sigma ellipse of a diagonal Gaussian, projected onto the plane.

    Args:
        plane: Where to.
        deviation: (latent,), standard deviations.

    Returns:
        The two half axes, the longer first, and the angle of the longer one to the first coordinate, in radians from
        -pi / 2 to pi / 2.
    """
    inverse = plane.axes / plane.axes.square().sum(dim=1, keepdim=True)  # (2, latent)
    covariance = (inverse * deviation.square()) @ inverse.T  # (2, 2)
    variances, directions = torch.linalg.eigh(covariance.cpu().double())
    long = directions[:, 1]
    return float(variances[1].sqrt()), float(variances[0].clamp(min=0).sqrt()), float(torch.atan(long[1] / long[0]))
