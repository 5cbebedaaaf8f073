"""Takes in a visitor's image: whatever Pillow can read, as a square uint8 tensor, or one plain sentence why not."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from playground.errors import PlaygroundError

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 16_000_000
"""An image with more is refused before it is unpacked."""
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF")
"""What is read; formats that start other programs, such as EPS, are not among them."""


class BadPicture(PlaygroundError):
    """What was given is no image, or none that can be used."""


def read(source: bytes | Path | Image.Image, *, size: int, channels: int) -> Tensor:
    """An image as the networks take it.

    Turned as its EXIF data say, put on white where it is transparent, cut to the square in its middle and resized with
    Lanczos's filter. Of an animation the first frame is taken; 16-bit gray is scaled to 8 bits.

    Args:
        source: The content of a file, a file, or an image that is open already.
        size: Height and width of the result in pixels.
        channels: 1 for gray, 3 for color.

    Returns:
        (channels, size, size), uint8.

    Raises:
        BadPicture: When it is no image, is torn, has more than 16 million pixels or is smaller than 2 x 2.
    """
    import numpy as np
    from PIL import Image

    if isinstance(source, Image.Image):
        picture = _flat(source)
    else:
        with opened(source) as file:
            picture = _flat(file)
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    square = picture.crop((left, top, left + side, top + side)).convert("L" if channels == 1 else "RGB")
    pixels = np.asarray(square.resize((size, size), Image.Resampling.LANCZOS))
    return torch.from_numpy(pixels.copy()).view(size, size, channels).permute(2, 0, 1).contiguous()


def opened(source: bytes | Path) -> Image.Image:
    """An image whose size is known and whose pixels are not unpacked yet; close it after use.

    Raises:
        BadPicture: When it is no image, or one with more pixels than Pillow ever unpacks.
    """
    from PIL import Image

    try:
        return Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadPicture(_too_large("")) from None
    # a stranger's bytes can make a reader fail in any way; none of them may reach the page
    except Exception:
        raise BadPicture("This file is not a picture that can be read; give a PNG, JPEG, WebP or GIF.") from None


def _flat(picture: Image.Image) -> Image.Image:
    """The first frame, upright, 8 bits, without transparency; the size is looked at before any pixel is unpacked."""
    from PIL import Image, ImageOps

    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise BadPicture(_too_large(f" of {width} x {height} pixels"))
    if min(width, height) < 2:
        raise BadPicture(f"This picture of {width} x {height} pixels is too small; give one of 2 x 2 or more.")
    try:
        picture.seek(0)
        upright = ImageOps.exif_transpose(picture)
        if upright.mode.startswith("I") or upright.mode == "F":
            return _eight_bits(upright)
        if upright.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in upright.info:
            drawing = upright.convert("RGBA")
            paper = Image.new("RGBA", drawing.size, "white")
            paper.alpha_composite(drawing)
            return paper.convert("RGB")
        return upright.convert("RGB")
    # as in `opened`
    except Exception:
        raise BadPicture("This picture is torn or has a form that cannot be read; save it again as PNG.") from None


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Gray of 16 or 32 bits as 8 bits: whole numbers are taken as 0-65535, floats as 0-1 or, if larger, 0-255."""
    import numpy as np
    from PIL import Image

    values = np.asarray(picture).astype(np.float64)
    if picture.mode != "F":
        values = values / 257
    elif values.size and values.max() <= 1:
        values = values * 255
    return Image.fromarray(np.nan_to_num(values).round().clip(0, 255).astype(np.uint8))


def _too_large(what: str) -> str:
    return f"This picture{what} is too large; give one of at most {MAX_PIXELS // 1_000_000} million pixels."
