"""Many small images as one: the sheets that previews and results are shown as."""

from __future__ import annotations

import io
import math
from typing import Any

import torch
from PIL import Image
from torch import Tensor

_OPTIONS: dict[str, dict[str, Any]] = {
    "png": {"compress_level": 4},
    "webp": {"quality": 90, "method": 4},
    "jpeg": {"quality": 92, "subsampling": 0},
}


def grid(images: Tensor, columns: int, *, gap: int = 1) -> Tensor:
    """Tiles images (N, C, H, W), uint8, row by row into one (3, height, width) with a white `gap` between them."""
    count, _, height, width = images.shape
    rows = math.ceil(count / columns)
    canvas = torch.full((3, rows * (height + gap) - gap, columns * (width + gap) - gap), 255, dtype=torch.uint8)
    for index, image in enumerate(images):
        top, left = (index // columns) * (height + gap), (index % columns) * (width + gap)
        canvas[:, top : top + height, left : left + width] = image
    return canvas


def sheet(images: Tensor, columns: int) -> bytes:
    """The grid of `images` (N, C, H, W), uint8, as a WebP file."""
    return encode(grid(images, columns), "webp")


def tiled(images: Tensor, columns: int) -> Tensor:
    """Images (N, C, H, W), uint8, side by side without a gap, as the bytes (n,) of a JPEG file: one for an answer."""
    content = encode(grid(images, columns, gap=0), "jpeg")
    return torch.frombuffer(bytearray(content), dtype=torch.uint8)


def encode(image: Tensor, kind: str = "png") -> bytes:
    """One image (C, H, W), uint8, as the bytes of a file: "png", "webp" or "jpeg"; a fourth channel is opacity."""
    array = image.permute(1, 2, 0).contiguous().numpy()
    picture = Image.fromarray(array if array.shape[-1] > 1 else array[..., 0])
    buffer = io.BytesIO()
    picture.save(buffer, format=kind.upper(), **_OPTIONS[kind])
    return buffer.getvalue()
