"""Structural similarity, a distance of two images that sees blur as people do."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def ssim(one: Tensor, other: Tensor) -> Tensor:
    """The structural similarity of each of two batches of images (N, C, H, W), uint8, (N,): 1 where they agree.

    Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity", 2004, equation 13, with
    the constants and the Gaussian window of 11 pixels given there; borders are mirrored.
    """
    c1, c2 = 0.01**2, 0.03**2
    window = torch.exp(-torch.arange(-5, 6, device=one.device).square() / (2 * 1.5**2))
    window = window / window.sum()

    def mean(x: Tensor) -> Tensor:
        x = F.pad(x, (5, 5, 5, 5), mode="reflect").flatten(0, 1)[:, None]  # (N C, 1, H + 10, W + 10)
        x = F.conv2d(F.conv2d(x, window.view(1, 1, -1, 1)), window.view(1, 1, 1, -1))  # (N C, 1, H, W)
        return x.view(one.shape)  # (N, C, H, W)

    x, y = one.float() / 255, other.float() / 255
    mean_x, mean_y = mean(x), mean(y)
    variances = mean(x * x) - mean_x.square() + mean(y * y) - mean_y.square()
    covariance = mean(x * y) - mean_x * mean_y
    likeness = (2 * mean_x * mean_y + c1) / (mean_x.square() + mean_y.square() + c1)
    return (likeness * (2 * covariance + c2) / (variances + c2)).flatten(1).mean(dim=1)
