"""Random views of images: an encoder learns to call two views of one image the same.

Chen et al., "A Simple Framework for Contrastive Learning of Visual Representations" (SimCLR), 2020 (arXiv 2002.05709),
appendix A: a crop of random area and shape, resized; a horizontal flip; jittered colors; sometimes no colors at all.
The whole batch is drawn at once, each image by its own random numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from playground.data.images import luma

RATIO = 4 / 3
"""A crop is at most so many times as wide as high, or as high as wide."""
JITTERED = 0.8
"""The probability that colors are jittered."""


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How views are drawn.

    Attributes:
        size: The side of a view in pixels.
        smallest: The smallest part of an image's area that a crop shows, above 0.
        largest: The largest one, at most 1.
        flip: Whether half of the views are mirrored.
        color: How strongly colors are jittered, 0 (not at all) to 1.
        gray: The probability that a view loses its colors.
    """

    size: int
    smallest: float = 0.15
    largest: float = 0.6
    flip: bool = True
    color: float = 0.4
    gray: float = 0.2

    def __call__(self, images: Tensor, rng: Generator) -> Tensor:
        """Images (B, C, H, W), uint8, to one view of each, (B, C, size, size) in [-1, 1]."""
        return recolored(self.cropped(images.float() / 255, rng), color=self.color, gray=self.gray, rng=rng)

    def several(self, images: Tensor, count: int, rng: Generator) -> Tensor:
        """`count` views of each of B images, (count B, C, size, size): the first ones, then the second ones."""
        return torch.cat([self(images, rng) for _ in range(count)])

    def cropped(self, images: Tensor, rng: Generator) -> Tensor:
        """A random crop of each image (B, C, H, W), at (B, C, size, size); bilinear between pixels."""
        batch = len(images)

        def uniform(low: float, high: float) -> Tensor:
            return low + (high - low) * torch.rand(batch, generator=rng, device=images.device)

        area = uniform(self.smallest, self.largest)
        reach = (-area.log()).clamp(max=math.log(RATIO))  # a crop of almost the whole image is almost a square
        ratio = (reach * uniform(-1, 1)).exp()
        width, height = (area * ratio).sqrt(), (area / ratio).sqrt()
        affine = torch.zeros(batch, 2, 3, device=images.device)  # from a view's coordinates to the image's, -1 to 1
        affine[:, 0, 0], affine[:, 1, 1] = width, height
        affine[:, 0, 2], affine[:, 1, 2] = (1 - width) * uniform(-1, 1), (1 - height) * uniform(-1, 1)
        if self.flip:
            affine[:, 0, 0] *= torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)
        grid = F.affine_grid(affine, [batch, images.shape[1], self.size, self.size], align_corners=False)
        return F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)


def recolored(views: Tensor, *, color: float, gray: float, rng: Generator) -> Tensor:
    """Views (B, C, H, W) in [0, 1] with other colors, each with its own, or with none: the same shape, in [-1, 1].

    Args:
        views: Parts of images.
        color: How strongly colors are jittered, 0 (not at all) to 1.
        gray: The probability that a view loses its colors.
        rng: Where the randomness comes from.
    """
    if color:
        views = jittered(views, color, rng)
    if gray and views.shape[1] == 3:
        views = torch.where(_chance(views, gray, rng), luma(views), views)
    return 2 * views.clamp(0, 1) - 1


def jittered(views: Tensor, color: float, rng: Generator) -> Tensor:
    """Views (B, C, H, W) in [0, 1] with other brightness and contrast; colors with other saturation and hue, too.

    Hue is turned about the axis of grays, by up to a quarter of `color` of the circle.
    """

    def factor(reach: float) -> Tensor:
        return 1 + reach * (2 * torch.rand(len(views), 1, 1, 1, generator=rng, device=views.device) - 1)

    other = views * factor(color)
    mean = other.mean(dim=(1, 2, 3), keepdim=True)
    other = mean + (other - mean) * factor(color)
    if views.shape[1] == 3:
        grays = luma(other)
        other = grays + (other - grays) * factor(color)
        turn = (factor(color / 4) - 1).flatten() * 2 * math.pi  # (B,)
        other = torch.einsum("bij,bjhw->bihw", _about_gray(turn), other)
    return torch.where(_chance(views, JITTERED, rng), other, views)


def _chance(views: Tensor, probability: float, rng: Generator) -> Tensor:
    return torch.rand(len(views), 1, 1, 1, generator=rng, device=views.device) < probability


def _about_gray(angle: Tensor) -> Tensor:
    """Rotations (B, 3, 3) of color space by `angle` (B,) in radians about (1, 1, 1): Rodrigues' formula."""
    cosine, sine = angle.cos(), angle.sin() / math.sqrt(3)
    rest = (1 - cosine) / 3
    same, before, after = cosine + rest, rest - sine, rest + sine
    return torch.stack([same, before, after, after, same, before, before, after, same], dim=1).unflatten(1, (3, 3))
