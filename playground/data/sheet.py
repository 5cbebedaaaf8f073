"""Many small images of one size in one lossless WebP file, side by side in rows."""

from __future__ import annotations

import io

import torch
from torch import Tensor


def read_sheet(content: bytes, n: int, size: int, channels: int) -> Tensor:
    """The first `n` images of a sheet, row by row.

    Args:
        content: The WebP file.
        n: How many of the sheet's cells hold an image.
        size: Height and width of a cell in pixels.
        channels: 1 for gray images, 3 for color.

    Returns:
        (n, channels, size, size), uint8.

    Raises:
        ValueError: When the sheet has fewer cells.
    """
    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(content)) as picture:
        pixels = np.asarray(picture.convert("RGB"))[..., :channels]
    rows, columns = pixels.shape[0] // size, pixels.shape[1] // size
    if rows * columns < n:
        raise ValueError(f"a sheet of {rows * columns} cells cannot hold {n} pictures")
    cells = torch.from_numpy(pixels.copy()).view(rows, size, columns, size, channels)
    return cells.permute(0, 2, 4, 1, 3).reshape(rows * columns, channels, size, size)[:n].clone()


def write_sheet(images: Tensor) -> bytes:
    """The WebP file that holds `images` (N, C, H, H), uint8, in a square of cells, the last ones white."""
    from PIL import Image

    n, channels, size, _ = images.shape
    columns = max(1, round(n**0.5))
    rows = -(-n // columns)
    cells = torch.full((rows * columns, channels, size, size), 255, dtype=torch.uint8)
    cells[:n] = images
    pixels = cells.view(rows, columns, channels, size, size).permute(0, 3, 1, 4, 2)
    pixels = pixels.reshape(rows * size, columns * size, channels).expand(-1, -1, 3).contiguous()
    content = io.BytesIO()
    Image.fromarray(pixels.numpy()).save(content, "WEBP", lossless=True, quality=100, method=6, exact=True)
    return content.getvalue()
