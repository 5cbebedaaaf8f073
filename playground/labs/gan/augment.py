"""DiffAugment: changes that real and made pictures undergo alike before the discriminator sees them.

Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training", 2020 (arXiv 2006.10738), equations 4 to 6
and section 4.1: brightness, saturation and contrast ("color"), translation, and cutout. With few pictures the
discriminator would learn them by heart; changed anew at every look they are many. As the changes are differentiable the
generator learns through them, and as both kinds of pictures undergo them it does not learn to make changed pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

WAYS = ("color", "translation", "cutout")
REACH = 0.125
"""The furthest translation, as a part of the side."""
HOLE = 0.5
"""The side of what cutout blots out, as a part of the picture's."""


@dataclass(frozen=True)
class Draw:
    """One draw of the changes of a batch of B pictures; a change that was not asked for is None.

    Attributes:
        brightness: (B, 1, 1, 1), added, from -0.5 to 0.5.
        saturation: (B, 1, 1, 1), what the distance of a place's channels from their mean is multiplied by, 0 to 2.
        contrast: (B, 1, 1, 1), what the distance from the picture's mean is multiplied by, 0.5 to 1.5.
        rows: (B, 1, H, H), matrices that move rows up or down; what comes in from outside is 0, a middle gray.
        columns: (B, 1, W, W), the same for columns, to be multiplied from the right.
        kept: (B, 1, H, W), 0 where cutout makes a hole, else 1.
    """

    brightness: Tensor | None = None
    saturation: Tensor | None = None
    contrast: Tensor | None = None
    rows: Tensor | None = None
    columns: Tensor | None = None
    kept: Tensor | None = None

    def __call__(self, images: Tensor) -> Tensor:
        """Pictures (B, C, H, W) in [-1, 1], changed; of the same shape, and differentiable."""
        if self.brightness is not None:
            images = images + self.brightness
        if self.saturation is not None:
            images = _stretched(images, self.saturation, images.mean(dim=1, keepdim=True))
        if self.contrast is not None:
            images = _stretched(images, self.contrast, images.mean(dim=(1, 2, 3), keepdim=True))
        if self.rows is not None and self.columns is not None:
            images = self.rows @ images @ self.columns
        if self.kept is not None:
            images = images * self.kept
        return images


def draw(images: Tensor, ways: Sequence[str], rng: Generator) -> Draw:
    """Draws the changes named in `ways`, some of `WAYS`, for pictures of the shape and on the device of `images`.

    The same draw is then called on the real and on the made pictures of a step.
    """
    batch, (height, width) = len(images), images.shape[-2:]
    found: dict[str, Tensor] = {}

    def uniform() -> Tensor:
        return torch.rand(batch, 1, 1, 1, generator=rng, device=images.device, dtype=images.dtype)

    if "color" in ways:
        found |= {"brightness": uniform() - 0.5, "saturation": uniform() * 2, "contrast": uniform() + 0.5}
    if "translation" in ways:
        found |= {"rows": _moves(images, height, rng), "columns": _moves(images, width, rng).mT}
    if "cutout" in ways:
        inside = _stripe(images, height, rng)[:, None, :, None] & _stripe(images, width, rng)[:, None, None, :]
        found["kept"] = (~inside).to(images.dtype)  # (B, 1, H, W)
    return Draw(**found)


def _stretched(images: Tensor, by: Tensor, mean: Tensor) -> Tensor:
    return (images - mean) * by + mean


def _moves(images: Tensor, side: int, rng: Generator) -> Tensor:
    """Matrices (B, 1, side, side) that each move the rows of what they multiply by up to `REACH` of the side."""
    reach = int(side * REACH + 0.5)
    by = torch.randint(-reach, reach + 1, (len(images), 1, 1, 1), generator=rng, device=images.device)
    places = torch.arange(side, device=images.device)
    return (places[:, None] + by == places[None, :]).to(images.dtype)


def _stripe(images: Tensor, side: int, rng: Generator) -> Tensor:
    """(B, side), true along a stretch of `HOLE` of the side whose middle may lie anywhere."""
    hole = int(side * HOLE + 0.5)
    middle = torch.randint(0, side + 1 - hole % 2, (len(images), 1), generator=rng, device=images.device)
    places = torch.arange(side, device=images.device)
    start = middle - hole // 2
    return (places >= start) & (places < start + hole)
