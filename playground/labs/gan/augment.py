"""DiffAugment: differentiable augmentation of real and generated images alike before the discriminator.

Zhao et al., "Differentiable Augmentation for Data-Efficient GAN Training", 2020 (arXiv 2006.10738), equations 4 to 6
and section 4.1: brightness, saturation and contrast ("color"), translation, and cutout. With few images the
discriminator would memorize them; augmented anew at every step they are many. As the augmentations are
differentiable the generator learns through them, and as both kinds of images undergo them it does not learn to generate
augmented ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

AUGMENTATIONS = ("color", "translation", "cutout")
REACH = 0.125
"""The furthest translation, as a part of the side."""
HOLE = 0.5
"""The side of what cutout blots out, as a part of the image's."""


@dataclass(frozen=True)
class Augmentation:
    """One random draw of the augmentations of a batch of B images; one that is not in use is None.

    Attributes:
        brightness: (B, 1, 1, 1), added, from -0.5 to 0.5.
        saturation: (B, 1, 1, 1), what the distance of a place's channels from their mean is multiplied by, 0 to 2.
        contrast: (B, 1, 1, 1), what the distance from the image's mean is multiplied by, 0.5 to 1.5.
        rows: (B, 1, H, H), matrices that move rows up or down; what comes in from outside is 0, a middle gray.
        columns: (B, 1, W, W), the same for columns, to be multiplied from the right.
        mask: (B, 1, H, W), 0 where cutout makes a hole, else 1.
    """

    brightness: Tensor | None = None
    saturation: Tensor | None = None
    contrast: Tensor | None = None
    rows: Tensor | None = None
    columns: Tensor | None = None
    mask: Tensor | None = None

    def __call__(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W) in [-1, 1], augmented; of the same shape, and differentiable."""
        if self.brightness is not None:
            images = images + self.brightness
        if self.saturation is not None:
            images = _scaled(images, self.saturation, images.mean(dim=1, keepdim=True))
        if self.contrast is not None:
            images = _scaled(images, self.contrast, images.mean(dim=(1, 2, 3), keepdim=True))
        if self.rows is not None and self.columns is not None:
            images = self.rows @ images @ self.columns
        if self.mask is not None:
            images = images * self.mask
        return images


def draw(images: Tensor, augmentations: Sequence[str], rng: Generator, probability: float = 1.0) -> Augmentation:
    """Draws `augmentations`, some of `AUGMENTATIONS`, for images of the shape and on the device of `images`.

    The same draw is then called on the real and on the generated images of a step. With `probability` an image
    undergoes an augmentation, each of them by itself (Karras et al., "Training Generative Adversarial Networks with
    Limited Data", 2020 (arXiv 2006.06676), section 2.3).
    """
    batch, (height, width) = len(images), images.shape[-2:]
    parameters: dict[str, Tensor] = {}

    def uniform() -> Tensor:
        return torch.rand(batch, 1, 1, 1, generator=rng, device=images.device, dtype=images.dtype)

    def chosen() -> Tensor:
        return (uniform() < probability).to(images.dtype) if probability < 1 else images.new_ones(batch, 1, 1, 1)

    if "color" in augmentations:
        parameters |= {
            "brightness": chosen() * (uniform() - 0.5),
            "saturation": 1 + chosen() * (uniform() * 2 - 1),
            "contrast": 1 + chosen() * (uniform() - 0.5),
        }
    if "translation" in augmentations:
        moved = chosen()
        rows, columns = _shifts(images, height, rng, moved), _shifts(images, width, rng, moved)
        parameters |= {"rows": rows, "columns": columns.mT}
    if "cutout" in augmentations:
        inside = _interval(images, height, rng)[:, None, :, None] & _interval(images, width, rng)[:, None, None, :]
        parameters["mask"] = 1 - chosen() * inside.to(images.dtype)  # (B, 1, H, W)
    return Augmentation(**parameters)


def _scaled(images: Tensor, by: Tensor, mean: Tensor) -> Tensor:
    return (images - mean) * by + mean


def _shifts(images: Tensor, side: int, rng: Generator, moved: Tensor) -> Tensor:
    """Matrices (B, 1, side, side) that each move the rows of what they multiply by up to `REACH` of the side.

    Where `moved` (B, 1, 1, 1) is 0 they stay.
    """
    reach = int(side * REACH + 0.5)
    by = torch.randint(-reach, reach + 1, (len(images), 1, 1, 1), generator=rng, device=images.device) * moved.long()
    places = torch.arange(side, device=images.device)
    return (places[:, None] + by == places[None, :]).to(images.dtype)


def _interval(images: Tensor, side: int, rng: Generator) -> Tensor:
    """(B, side), true along a stretch of `HOLE` of the side whose middle may lie anywhere."""
    hole = int(side * HOLE + 0.5)
    middle = torch.randint(0, side + 1 - hole % 2, (len(images), 1), generator=rng, device=images.device)
    places = torch.arange(side, device=images.device)
    start = middle - hole // 2
    return (places >= start) & (places < start + hole)
