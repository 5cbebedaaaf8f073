"""Cycle consistency of one image: pure functions, tensors in, tensors out."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from playground.heatmap import viridis
from playground.labs.translation.compare import l1, translated
from playground.labs.translation.cyclegan import CycleGAN
from playground.metrics.ssim import ssim

MOST = 0.5
"""The error that the far end of the heat-map's scale stands for; 1 is black against white."""


@dataclass(frozen=True)
class Trip:
    """An image, its translation, and the reconstruction from that.

    Attributes:
        source: (C, H, W), uint8.
        translation: The same in the other style.
        reconstruction: The translation translated back.
    """

    source: Tensor
    translation: Tensor
    reconstruction: Tensor

    @property
    def error(self) -> Tensor:
        """The cycle error of every pixel, L1, the mean over colors: (H, W), 0 to 1."""
        return (self.source.float() - self.reconstruction.float()).abs().mean(dim=0) / 255

    @property
    def heat(self) -> Tensor:
        """The error as a heat-map from 0 to `MOST` in viridis, (3, H, W), uint8."""
        return viridis(self.error / MOST).permute(2, 0, 1).round().to(torch.uint8)


def round_trip(network: CycleGAN, image: Tensor, direction: str) -> Trip:
    """Translates an image (C, H, W), uint8, in a direction, "ab" or "ba", and back."""
    generator, inverse = network.generators(direction)
    translation = translated(generator, image[None])
    return Trip(image, translation[0], translated(inverse, translation)[0])


def distances(one: Tensor, other: Tensor) -> dict[str, float]:
    """Distance and similarity of two images (C, H, W), uint8: `l1` and `ssim`."""
    return {"l1": float(l1(one[None], other[None])[0]), "ssim": float(ssim(one[None], other[None])[0])}


def index_of(image: Tensor, images: Tensor) -> int | None:
    """The index at which a batch (N, C, H, W) holds exactly this image (C, H, W), if it does."""
    indices = (images == image).flatten(1).all(dim=1).nonzero().flatten().tolist()
    return indices[0] if indices else None
