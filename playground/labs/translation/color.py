"""Color transfer, a baseline: the linear map that takes the colors of one set of images to those of another.

Pitié & Kokaram, "The Linear Monge-Kantorovitch Linear Colour Mapping for Example-Based Colour Transfer", 2007.
"""

from __future__ import annotations

import torch
from torch import Tensor

BACKGROUND = 255


class ColorTransfer:
    """Gives images the mean and the covariance of another set's colors, moving colors as little as can be.

    White pixels are background: they are ignored and stay white. No shape changes, so this is what a translation has
    to beat if it learned more than a palette.
    """

    def __init__(self, *, source: Tensor, target: Tensor) -> None:
        """Takes the images (N, 3, H, W), uint8, whose colors are to become those of `target` (M, 3, H, W)."""
        self.mean, covariance = _statistics(source)
        self.target_mean, target_covariance = _statistics(target)
        root = _power(covariance, 0.5)
        inverse = _power(covariance, -0.5)
        self.map = inverse @ _power(root @ target_covariance @ root, 0.5) @ inverse  # equation 8

    def __call__(self, images: Tensor) -> Tensor:
        """Images (N, 3, H, W), uint8, in the other set's colors."""
        pixels = images.permute(0, 2, 3, 1).double()  # (N, H, W, 3)
        mapped = (pixels - self.mean) @ self.map.T + self.target_mean
        background = (images == BACKGROUND).all(dim=1)[..., None]  # (N, H, W, 1)
        output = torch.where(background, pixels, mapped.round().clamp(0, 255))
        return output.permute(0, 3, 1, 2).to(torch.uint8)


def _statistics(images: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (3,) and covariance (3, 3) of the colors that are not background."""
    pixels = images.permute(0, 2, 3, 1)[~(images == BACKGROUND).all(dim=1)].double()  # (P, 3)
    return pixels.mean(dim=0), pixels.T.cov()


def _power(matrix: Tensor, exponent: float) -> Tensor:
    """A power of a symmetric, positive matrix."""
    values, vectors = torch.linalg.eigh(matrix)
    return vectors * values.clamp(min=1e-9).pow(exponent) @ vectors.T
