"""White shapes on black at 32 pixels whose factors are known: shape, scale, orientation and place.

After dSprites (Matthey, Higgins, Hassabis, Lerchner, 2017), but with factors drawn continuously, so no two images
are the same; further columns hold them in bins.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from playground.data.cards import digest
from playground.data.columns import Data, Split
from playground.data.source import Progress, Source
from playground.data.spec import ImageSpec

N_TRAIN, N_TEST = 6_000, 1_000
SEED = 0
SHAPES = ("square", "ellipse", "heart")
SCALE = (0.14, 0.28)
"""The half-width of a shape, in widths of the image."""
PLACE = (0.34, 0.66)
"""Where the middle of a shape may be, in widths of the image, from the left and from the top."""
BINS = {"scale": 6, "orientation": 8, "x": 8, "y": 8}
SPEC = ImageSpec(name="sprites", channels=1, size=32, classes=SHAPES)


def draw(shape: Tensor, scale: Tensor, orientation: Tensor, x: Tensor, y: Tensor, size: int = SPEC.size) -> Tensor:
    """One image a row of factors, with smooth edges.

    Args:
        shape: (N,), int64, indices into `SHAPES`.
        scale: (N,), the half-width of the shape, in widths of the image.
        orientation: (N,), radians, counterclockwise.
        x: (N,), the middle of the shape from the left, in widths of the image.
        y: (N,), the middle of the shape from the top, in widths of the image.
        size: Height and width in pixels.

    Returns:
        (N, 1, size, size), uint8, 255 inside the shape.
    """
    at = (torch.arange(size, dtype=torch.float32) + 0.5) / size
    across = at[None, None, :] - x[:, None, None]  # (N, 1, W)
    up = y[:, None, None] - at[None, :, None]  # (N, H, 1)
    cos, sin = orientation.cos()[:, None, None], orientation.sin()[:, None, None]
    u = (cos * across + sin * up) / scale[:, None, None]  # (N, H, W), in half-widths of the shape
    v = (cos * up - sin * across) / scale[:, None, None]
    distance = torch.empty_like(u)
    for index, signed_distance in enumerate((_square, _ellipse, _heart)):
        selected = shape == index
        distance[selected] = signed_distance(u[selected], v[selected])
    pixels = distance * scale[:, None, None] * size
    return ((0.5 - pixels).clamp(0, 1) * 255).round().to(torch.uint8)[:, None]


def load(progress: Progress) -> Data:
    """6,000 + 1,000 images whose factors are drawn evenly and independently; the label is the shape."""
    rng = torch.Generator().manual_seed(SEED)
    n = N_TRAIN + N_TEST
    shape = torch.randint(len(SHAPES), (n,), generator=rng)
    part = {name: torch.rand(n, generator=rng) for name in BINS}  # each in [0, 1)
    images = draw(
        shape,
        _between(SCALE, part["scale"]),
        2 * math.pi * part["orientation"],
        _between(PLACE, part["x"]),
        _between(PLACE, part["y"]),
    )
    bins = {"shape": shape} | {name: (part[name] * count).long() for name, count in BINS.items()}
    whole = Split({"images": images, "labels": shape, **bins})
    return Data(
        spec=SPEC,
        train=whole.first(N_TRAIN),
        test=whole.at(slice(N_TRAIN, None)),
        hash=definition(),
        meanings={"shape": SHAPES, **{name: _bin_names(name) for name in BINS}},
    )


def definition() -> str:
    """SHA-256 of what the images are drawn from, which stands for a file's: pixels may round apart by one."""
    facts = ("sprites-1", SEED, N_TRAIN, N_TEST, SHAPES, SCALE, PLACE, SPEC.size)
    return digest([repr(facts).encode()])


def _square(u: Tensor, v: Tensor) -> Tensor:
    """Signed distance from a square of half-width 0.8, exact."""
    a, b = u.abs() - 0.8, v.abs() - 0.8
    return torch.hypot(a.clamp(min=0), b.clamp(min=0)) + torch.maximum(a, b).clamp(max=0)


def _ellipse(u: Tensor, v: Tensor) -> Tensor:
    """Distance from an ellipse of half-axes 1 and 0.55, to first order near its edge."""
    a, b = u, v / 0.55
    radius = torch.hypot(a, b)
    slope = torch.hypot(a, b / 0.55).clamp(min=1e-6)
    return radius * (radius - 1) / slope


def _heart(u: Tensor, v: Tensor) -> Tensor:
    """Signed distance from a heart, exact: a square on its tip with half circles on two sides (after Quilez, 2020)."""
    unit = 1.2
    a, b = u.abs() / unit, v / unit + 0.55
    lobe = torch.hypot(a - 0.25, b - 0.75) - math.sqrt(2) / 4
    middle = (a + b).clamp(min=0) / 2
    edge = torch.minimum(torch.hypot(a, b - 1), torch.hypot(a - middle, b - middle)) * torch.sign(a - b)
    return torch.where(a + b > 1, lobe, edge) * unit


def _between(ends: tuple[float, float], part: Tensor) -> Tensor:
    return ends[0] + (ends[1] - ends[0]) * part


def _bin_names(name: str) -> tuple[str, ...]:
    low, high = {"scale": SCALE, "orientation": (0.0, 360.0)}.get(name, PLACE)
    step = (high - low) / BINS[name]
    unit = "°" if name == "orientation" else ""
    return tuple(f"{low + i * step:.3g}{unit} to {low + (i + 1) * step:.3g}{unit}" for i in range(BINS[name]))


SOURCES = (Source(spec=SPEC, columns=("images", "labels", "shape", *BINS), load=load),)
