"""Pixels: images at another size, and as the floats that networks take."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def resize(images: Tensor, size: int) -> Tensor:
    """Images (N, C, H, W), uint8, at `size` x `size`: area averages downwards, bilinear upwards."""
    if images.shape[-2:] == (size, size):
        return images
    parts = []
    for chunk in images.split(512):
        if size < min(images.shape[-2:]):
            small = F.interpolate(chunk.float(), size=(size, size), mode="area")
        else:
            small = F.interpolate(chunk.float(), size=(size, size), mode="bilinear", align_corners=False)
        parts.append(small.round().clamp(0, 255).to(torch.uint8))
    return torch.cat(parts)


def unit(images: Tensor) -> Tensor:
    """uint8 images as floats in [-1, 1]."""
    return images.float() / 127.5 - 1


def as_images(x: Tensor) -> Tensor:
    """Floats in [-1, 1], cut off beyond, as uint8: what undoes `unit`."""
    return ((x.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)


def luma(images: Tensor) -> Tensor:
    """Brightness (N, 1, H, W), float32, of color images (N, 3, H, W), by ITU-R BT.601: 0.299 R + 0.587 G + 0.114 B."""
    weights = torch.tensor([0.299, 0.587, 0.114], device=images.device)[:, None, None]
    return (images * weights).sum(dim=1, keepdim=True)


def gray(images: Tensor) -> Tensor:
    """Color images (N, 3, H, W), uint8, as gray (N, 1, H, W), uint8."""
    return luma(images).round().clamp(0, 255).to(torch.uint8)
