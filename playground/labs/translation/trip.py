"""One picture there and back: pure functions, tensors in, tensors out."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from playground.labs.translation.compare import l1, ssim, translated
from playground.labs.translation.cyclegan import CycleGAN
from playground.labs.vision.figures import viridis

MOST = 0.5
"""The error that the far end of the heat-map's scale stands for; 1 is black against white."""


@dataclass(frozen=True)
class Trip:
    """What becomes of a picture.

    Attributes:
        given: (C, H, W), uint8.
        across: The same in the other style.
        back: And translated back.
    """

    given: Tensor
    across: Tensor
    back: Tensor

    @property
    def error(self) -> Tensor:
        """How far every pixel is from where it began, the mean over colors: (H, W), 0 to 1."""
        return (self.given.float() - self.back.float()).abs().mean(dim=0) / 255

    @property
    def heat(self) -> Tensor:
        """The error as a heat-map from 0 to `MOST` in viridis, (3, H, W), uint8."""
        return viridis(self.error / MOST).permute(2, 0, 1).round().to(torch.uint8)


def there_and_back(network: CycleGAN, image: Tensor, direction: str) -> Trip:
    """Takes a picture (C, H, W), uint8, in a direction, "ab" or "ba", and back."""
    there, back = network.way(direction)
    across = translated(there, image[None])
    return Trip(image, across[0], translated(back, across)[0])


def near(one: Tensor, other: Tensor) -> dict[str, float]:
    """How alike two pictures (C, H, W), uint8, are: `l1` and `ssim`."""
    return {"l1": float(l1(one[None], other[None])[0]), "ssim": float(ssim(one[None], other[None])[0])}


def place(image: Tensor, images: Tensor) -> int | None:
    """The index at which a batch (N, C, H, W) holds exactly this picture (C, H, W), if it does."""
    found = (images == image).flatten(1).all(dim=1).nonzero().flatten().tolist()
    return found[0] if found else None
