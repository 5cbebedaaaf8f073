"""Densities in the plane: shapes of points that generative models are tried on first, and what a visitor draws."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Generator, Tensor

from playground.errors import PlaygroundError

Stroke = Sequence[tuple[float, float]]


class UnknownDensity(PlaygroundError):
    """No density has the name that was given."""


class NoStrokes(PlaygroundError):
    """There is nothing to sample from in what was drawn."""


def densities() -> tuple[str, ...]:
    """The names that `sample` knows."""
    return tuple(_DENSITIES)


def sample(name: str, n: int, rng: Generator) -> Tensor:
    """Draws `n` points (n, 2), float32, of a named density; nearly all lie in [-1, 1] x [-1, 1].

    Raises:
        UnknownDensity: Naming those that there are.
    """
    if name not in _DENSITIES:
        raise UnknownDensity(f"There is no density “{name}”; there are {', '.join(_DENSITIES)}.")
    return _DENSITIES[name](n, rng)


def from_strokes(strokes: Sequence[Stroke], n: int, rng: Generator, width: float = 0.03) -> Tensor:
    """Draws `n` points (n, 2), float32, evenly along polylines, each moved by Gaussian noise.

    Args:
        strokes: Polylines of points (x, y); a single point is a dot and counts as much as a line of length `width`.
        n: How many points to draw.
        rng: Where the randomness comes from.
        width: Standard deviation of the noise.

    Raises:
        NoStrokes: When there is no point at all, or one that is not finite.
    """
    lines = [torch.tensor(stroke, dtype=torch.float32).view(-1, 2) for stroke in strokes if len(stroke)]
    if not lines:
        raise NoStrokes("Nothing is drawn yet; draw at least one line.")
    starts = torch.cat([line[:-1] if len(line) > 1 else line for line in lines])
    ends = torch.cat([line[1:] if len(line) > 1 else line for line in lines])
    if not (starts.isfinite().all() and ends.isfinite().all()):
        raise NoStrokes("The drawing has a point that is not a number; draw it again.")
    dot = torch.cat([torch.full((max(len(line) - 1, 1),), float(len(line) == 1)) for line in lines])
    lengths = (ends - starts).norm(dim=1) + dot * width
    if lengths.sum() == 0:
        lengths = torch.ones_like(lengths)
    chosen = torch.multinomial(lengths, n, replacement=True, generator=rng)
    along = torch.rand(n, 1, generator=rng)
    points = starts[chosen] + along * (ends - starts)[chosen]
    return points + width * torch.randn(n, 2, generator=rng)


def _polar(radius: Tensor, angle: Tensor) -> Tensor:
    return torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1)


def _noise(n: int, rng: Generator, width: float) -> Tensor:
    return width * torch.randn(n, 2, generator=rng)


def _rings(n: int, rng: Generator) -> Tensor:
    """Three circles, each as dense as the others along its line."""
    radii = torch.tensor([0.3, 0.6, 0.9])
    chosen = radii[torch.multinomial(radii, n, replacement=True, generator=rng)]
    return _polar(chosen, 2 * math.pi * torch.rand(n, generator=rng)) + _noise(n, rng, 0.02)


def _grid(n: int, rng: Generator) -> Tensor:
    """25 Gaussians, five by five."""
    return (torch.randint(5, (n, 2), generator=rng) - 2) * 0.45 + _noise(n, rng, 0.03)


def _gaussians(n: int, rng: Generator) -> Tensor:
    """Eight Gaussians on a circle."""
    angle = torch.randint(8, (n,), generator=rng) * (math.pi / 4)
    return _polar(torch.full((n,), 0.8), angle) + _noise(n, rng, 0.04)


def _spiral(n: int, rng: Generator) -> Tensor:
    """Two arms of one and a half turns, evenly dense along the line."""
    theta = 3 * math.pi * torch.rand(n, generator=rng).sqrt()
    arm = math.pi * torch.randint(2, (n,), generator=rng)
    return _polar(0.9 * theta / (3 * math.pi), theta + arm) + _noise(n, rng, 0.02)


def _moons(n: int, rng: Generator) -> Tensor:
    """Two half circles that reach into each other."""
    angle = math.pi * torch.rand(n, generator=rng)
    side = 1 - 2 * torch.randint(2, (n,), generator=rng)
    x = side * (0.55 * angle.cos() - 0.275)
    y = side * (0.55 * angle.sin() - 0.14)
    return torch.stack([x, y], dim=1) + _noise(n, rng, 0.04)


def _pinwheel(n: int, rng: Generator) -> Tensor:
    """Five blades, bent the further out the more (Johnson et al., 2016)."""
    blade = torch.randint(5, (n,), generator=rng) * (2 * math.pi / 5)
    out = 0.5 + 0.15 * torch.randn(n, generator=rng)
    aside = 0.06 * torch.randn(n, generator=rng)
    bent = blade + 0.9 * (out / 0.5 - 1)
    return torch.stack([out * bent.cos() - aside * bent.sin(), out * bent.sin() + aside * bent.cos()], dim=1)


def _checkerboard(n: int, rng: Generator) -> Tensor:
    """The eight dark fields of a board of four by four."""
    row = torch.randint(4, (n,), generator=rng)
    column = 2 * torch.randint(2, (n,), generator=rng) + row % 2
    corner = torch.stack([column, row], dim=1) + torch.rand(n, 2, generator=rng)
    return (corner / 2 - 1) * 0.95


_DENSITIES: dict[str, Callable[[int, Generator], Tensor]] = {
    "rings": _rings,
    "grid": _grid,
    "gaussians": _gaussians,
    "spiral": _spiral,
    "moons": _moons,
    "pinwheel": _pinwheel,
    "checkerboard": _checkerboard,
}
