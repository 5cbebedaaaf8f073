"""Made-up signs, as many people would write them: white strokes on black at 28 pixels, drawn by our code.

After Omniglot (Lake, Salakhutdinov & Tenenbaum, "Human-level concept learning through probabilistic program induction",
Science 2015), which does not ship: a sign is one to three strokes, and each drawing of it comes from a hand of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Generator, Tensor

from playground.data.cards import digest
from playground.data.columns import Data, Split
from playground.data.source import Progress, Source
from playground.data.spec import ImageSpec

N_TRAIN, N_TEST = 300, 60
"""Signs that are learned from, and others that are tested."""
DRAWINGS = 20
"""Of each sign, as in Omniglot."""
EXAMPLES = (5, 4)
"""Signs, and drawings of each, that views offer to look at."""
SEED = 0
STROKES, CORNERS = 3, 4
"""At most so many strokes of a sign, and corners of a stroke; at least one, and two, the first stroke three."""
LATTICE = 4
"""The corners of a stroke lie in different cells of so many rows and columns."""
CURVE = 8
"""Straight pieces between two corners of a curved stroke."""
REACH = 0.72
"""How far from the middle a sign reaches, in halves of the image's width."""
HAND = {"turn": 0.12, "shear": 0.15, "scale": 0.1, "shift": 0.08, "corner": 0.05}
"""Standard deviations of what a hand does: radians, a slope, shares of the size, and halves of the image's width."""
WIDTH = (0.07, 0.13)
"""The width of a stroke, in halves of the image's width."""
FINER = 4
"""How much finer the image is that strokes are drawn in, before it is made small."""
_T = torch.linspace(0, 1, CURVE + 1)
_BASIS = (
    torch.stack([-_T + 2 * _T**2 - _T**3, 2 - 5 * _T**2 + 3 * _T**3, _T + 4 * _T**2 - 3 * _T**3, _T**3 - _T**2]) / 2
)
SPEC = ImageSpec(name="signs", channels=1, size=28)


@dataclass(frozen=True)
class Strokes:
    """How N signs are written.

    Attributes:
        corners: (N, STROKES, CORNERS, 2), x to the right and y down, from -1 to 1 in the image.
        counts: (N, STROKES), how many corners each stroke has; 0 where there is none.
        curved: (N, STROKES), bool: whether it is a curve through its corners, or straight between them.
    """

    corners: Tensor
    counts: Tensor
    curved: Tensor

    def at(self, signs: Tensor) -> Strokes:
        """Those of some signs, (M,), int64."""
        return Strokes(self.corners[signs], self.counts[signs], self.curved[signs])


def invented(signs: int, rng: Generator) -> Strokes:
    """So many signs: half of the strokes are curved, half of the later ones begin where the one before did or ended."""
    each = (signs, STROKES)
    cells = torch.rand(*each, LATTICE**2, generator=rng).argsort(dim=2)[:, :, :CORNERS]  # different ones
    corners = torch.stack([cells % LATTICE, cells // LATTICE], dim=3) + torch.rand(*each, CORNERS, 2, generator=rng)
    counts = torch.randint(2, CORNERS + 1, each, generator=rng)
    counts[:, 0].clamp_(min=3)
    there = torch.arange(STROKES) < torch.randint(1, STROKES + 1, (signs, 1), generator=rng)
    joined, curved, first = torch.rand(3, *each, generator=rng) < 0.5
    for stroke in range(1, STROKES):
        ends = corners[torch.arange(signs), stroke - 1, torch.where(first[:, stroke], 0, counts[:, stroke - 1] - 1)]
        corners[:, stroke, 0] = torch.where(joined[:, stroke, None], ends, corners[:, stroke, 0])
    counts = torch.where(there, counts, 0)
    used = (torch.arange(CORNERS) < counts[:, :, None])[..., None]  # (signs, STROKES, CORNERS, 1)
    low = corners.masked_fill(~used, torch.inf).amin(dim=(1, 2), keepdim=True)
    high = corners.masked_fill(~used, -torch.inf).amax(dim=(1, 2), keepdim=True)
    size = (high - low).amax(dim=3, keepdim=True)
    return Strokes((2 * corners - low - high) / size * REACH, counts, curved)


def written(signs: Strokes, rng: Generator, size: int = SPEC.size) -> Tensor:
    """One drawing of each of N signs, by as many hands, which `rng` draws: (N, 1, size, size), uint8, smooth edges."""
    corners = signs.corners
    n = len(corners)

    def drawn(of: str, *shape: int) -> Tensor:
        return HAND[of] * torch.randn(n, *shape, generator=rng)

    turn, shear = drawn("turn"), drawn("shear")
    scale = 1 + drawn("scale", 2).clamp(-0.3, 0.3)  # (N, 2)
    cos, sin = turn.cos(), turn.sin()
    matrix = torch.stack([torch.stack([cos, shear - sin], 1), torch.stack([sin, cos], 1)], 1) * scale[:, None]
    moved = corners + drawn("corner", *corners.shape[1:])
    moved = torch.einsum("nij,nskj->nski", matrix, moved) + drawn("shift", 1, 1, 2)
    width = WIDTH[0] + (WIDTH[1] - WIDTH[0]) * torch.rand(n, generator=rng)
    pens = (width / 2 * size * FINER).tolist()
    paths = _paths((moved + 1) / 2 * size * FINER, signs)
    images = [_drawn(strokes, pen, size) for strokes, pen in zip(paths, pens, strict=True)]
    return torch.from_numpy(np.stack(images))[:, None]


Path = list[tuple[float, float]]
"""Points of a line, in pixels of the finer image."""


def _paths(corners: Tensor, signs: Strokes) -> list[list[Path]]:
    """The strokes of each drawing, whose corners (N, STROKES, CORNERS, 2) a hand has moved."""
    paths: list[list[Path]] = [[] for _ in corners]
    for count in range(2, CORNERS + 1):
        for curved in (False, True):
            image, stroke = ((signs.counts == count) & (signs.curved == curved)).nonzero(as_tuple=True)
            points = corners[image, stroke, :count]  # (M, count, 2)
            for i, path in zip(image.tolist(), (_curve(points) if curved else points).tolist(), strict=True):
                paths[i].append([(x, y) for x, y in path])
    return paths


def _curve(corners: Tensor) -> Tensor:
    """Points (M, P, 2) on the Catmull-Rom splines through corners (M, n, 2)."""
    p = torch.cat([corners[:, :1], corners, corners[:, -1:]], dim=1).unfold(1, 4, 1)  # (M, n - 1, 2, 4), neighbors
    return (p @ _BASIS).transpose(2, 3).flatten(1, 2)


def _drawn(strokes: list[Path], pen: float, size: int) -> np.ndarray:
    """One drawing, (size, size), uint8; `pen` is half of a stroke's width."""
    image = Image.new("L", (size * FINER, size * FINER))
    brush = ImageDraw.Draw(image)
    for path in strokes:
        joint = "curve" if len(path) <= CORNERS else None  # the pieces of a curve hardly turn
        brush.line(path, fill=255, width=round(2 * pen), joint=joint)
        for x, y in (path[0], path[-1]):
            brush.ellipse((x - pen, y - pen, x + pen, y + pen), fill=255)
    return np.asarray(image.resize((size, size), Image.Resampling.BOX))


def load(progress: Progress) -> Data:
    """300 signs to learn from and 60 others to test, 20 drawings of each; which sign it is, is the identity."""
    rng = Generator().manual_seed(SEED)
    signs = invented(N_TRAIN + N_TEST, rng)
    identities = torch.arange(N_TRAIN + N_TEST).repeat_interleave(DRAWINGS)
    images = written(signs.at(identities), rng)
    names = tuple(f"sign {identity + 1}" for identity in identities.tolist())
    whole = Split({"images": images, "identities": identities}, names)
    test = whole.at(slice(N_TRAIN * DRAWINGS, None))
    shown = (DRAWINGS * torch.arange(EXAMPLES[0]) + torch.arange(EXAMPLES[1])[:, None]).flatten()
    train = whole.first(N_TRAIN * DRAWINGS)
    return Data(spec=SPEC, train=train, test=test, hash=definition(), examples=test.at(shown))


def definition() -> str:
    """SHA-256 of what the images are drawn from, which stands for a file's: pixels may round apart by one."""
    facts = (
        "signs-1",
        SEED,
        N_TRAIN,
        N_TEST,
        DRAWINGS,
        STROKES,
        CORNERS,
        LATTICE,
        CURVE,
        REACH,
        HAND,
        WIDTH,
        SPEC.size,
    )
    return digest([repr(facts).encode()])


SOURCES = (Source(spec=SPEC, columns=("images", "identities"), load=load),)
