"""Planes through a latent space and what lies on them: pure functions, tensors in, tensors out."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from playground.errors import PlaygroundError
from playground.labs.vae.latent import LatentModel, class_labels, decoded

EXTENT = 3.0
"""A plane is drawn from -EXTENT to EXTENT in both of its coordinates."""
COMPONENTS = 8
"""Principal components at most that a plane may be spanned by."""
PARALLEL = 0.999
"""From this cosine on two directions are too much the same to span a plane."""


class NoPlane(PlaygroundError):
    """Two directions span no plane, or there is no such direction."""


@dataclass(frozen=True)
class Plane:
    """A flat, two-dimensional cut through latent space.

    Attributes:
        origin: (latent,), the point with coordinates (0, 0).
        axes: (2, latent), not parallel; one unit along the plane moves z by one of them.
        explained_variance: The share of the codes' variance that lies in the plane, in [0, 1].
        names: The directions of the axes, as `Cloud.names` has them.
    """

    origin: Tensor
    axes: Tensor
    explained_variance: float
    names: tuple[str, str] = ("", "")

    @property
    def dual(self) -> Tensor:
        """(2, latent): what a code's offset is multiplied by for its coordinates, which are those of least squares."""
        lengths = self.axes.norm(dim=1, keepdim=True)  # (2, 1)
        units = self.axes / lengths
        cosine = units[0] @ units[1]
        return (units - cosine * units.flip(0)) / (1 - cosine.square()) / lengths

    def lift(self, points: Tensor) -> Tensor:
        """Coordinates (N, 2) to codes (N, latent)."""
        return self.origin + points @ self.axes

    def project(self, codes: Tensor) -> Tensor:
        """The orthogonal projection of codes (N, latent) onto the plane, as coordinates (N, 2)."""
        return (codes - self.origin) @ self.dual.T

    def left_out(self, codes: Tensor) -> Tensor:
        """Of codes (N, latent) the share of their squared distance from the origin that is off the plane, (N,)."""
        residual = codes - self.lift(self.project(codes))
        return residual.square().sum(dim=1) / (codes - self.origin).square().sum(dim=1).clamp(min=1e-12)


@dataclass(frozen=True)
class Cloud:
    """The codes of some images, as far as planes through them need to know.

    Attributes:
        center: (latent,), their mean.
        components: (latent, latent), the principal components as unit vectors, that of most variance first; each points
            to where its largest entry is positive.
        deviations: (latent,), the standard deviations of the codes along these.
        prior: Whether training pulled them to a standard normal.
    """

    center: Tensor
    components: Tensor
    deviations: Tensor
    prior: bool

    @classmethod
    def of(cls, means: Tensor, *, prior: bool = True) -> Cloud:
        """The cloud of (N, latent), the posterior means of some images."""
        center = means.mean(dim=0)
        # on the CPU, as not every device has float64; codes that are not finite are reported by the training loop
        centered = (means - center).cpu().double().nan_to_num(0.0, 0.0, 0.0)
        variances, directions = torch.linalg.eigh(centered.T @ centered / max(1, len(centered) - 1))  # both ascending
        components = directions.T.flip(0)  # (latent, latent)
        signs = components.gather(1, components.abs().argmax(dim=1, keepdim=True)).sign()
        return cls(center, components * signs, variances.flip(0).clamp(min=0).sqrt(), prior)

    @property
    def usual(self) -> tuple[str, str]:
        """The directions that are shown first: two dimensions with a prior as they are, else the main components."""
        return ("z1", "z2") if len(self.center) == 2 and self.prior else ("pc1", "pc2")

    @property
    def names(self) -> list[str]:
        """All directions: "pc1" and on are the first principal components, "z1" and on the dimensions of a code."""
        latent = len(self.center)
        components = [f"pc{number}" for number in range(1, min(latent, COMPONENTS) + 1)]
        return [*components, *(f"z{number}" for number in range(1, latent + 1))]

    def plane(self, across: str = "", up: str = "") -> Plane:
        """The plane along two directions; "" is the usual one.

        Its origin is the prior's mean where both are dimensions that have a prior, else the codes' mean. A unit is the
        prior's standard deviation along a dimension that has one, and else that of the codes.

        Raises:
            NoPlane: When there is no such direction, or both are the same or nearly so.
        """
        names = (across or self.usual[0], up or self.usual[1])
        for name in names:
            if name not in self.names:
                raise NoPlane(f"There is no direction “{name}”; there are {', '.join(self.names)}.")
        directions, units = zip(*map(self._direction, names), strict=True)
        first, second = directions
        if abs(float(first @ second)) > PARALLEL:
            raise NoPlane(f"“{names[0]}” and “{names[1]}” are one direction at this step; choose another one of them.")
        axes = torch.stack([unit * direction for unit, direction in zip(units, directions, strict=True)])  # (2, latent)
        absolute = self.prior and all(name.startswith("z") for name in names)
        origin = torch.zeros_like(self.center) if absolute else self.center
        return Plane(origin, axes.to(self.center), self._explained(axes), names)

    def _direction(self, name: str) -> tuple[Tensor, float]:
        """A unit vector (latent,), float64, and the length of a unit along it."""
        if name.startswith("pc"):
            component = int(name[2:]) - 1
            return self.components[component], max(1e-6, float(self.deviations[component]))
        direction = F.one_hot(torch.tensor(int(name[1:]) - 1), len(self.center)).double()
        deviation = (self.deviations * (self.components @ direction)).norm()
        return direction, 1.0 if self.prior else max(1e-6, float(deviation))

    def _explained(self, axes: Tensor) -> float:
        """The share of the variance in the plane along axes (2, latent): tr(P S) / tr(S), P being its projection."""
        if len(self.center) == 2:
            return 1.0
        dual = Plane(torch.zeros_like(axes[0]), axes, 1.0).dual
        within = ((self.components @ axes.T) * (self.components @ dual.T)).sum(dim=1)  # (latent,)
        variances = self.deviations.square()
        return min(1.0, float(variances @ within / variances.sum().clamp(min=1e-12)))


def plane_through(means: Tensor, *, prior: bool = True) -> Plane:
    """The plane that is shown first of some codes (N, latent), the posterior means of some images.

    With two dimensions and a prior it is latent space itself. Else it lies along the cloud's first two principal
    components through its center, a unit being one standard deviation.
    """
    return Cloud.of(means, prior=prior).plane()


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
    covariance = (plane.dual * deviation.square()) @ plane.dual.T  # (2, 2)
    variances, directions = torch.linalg.eigh(covariance.cpu().double())
    long = directions[:, 1]
    return float(variances[1].sqrt()), float(variances[0].clamp(min=0).sqrt()), float(torch.atan(long[1] / long[0]))
