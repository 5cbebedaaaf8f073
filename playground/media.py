"""What a preview can be: each kind of media knows the file that holds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import torch
from torch import Tensor


class Media(Protocol):
    """One preview.

    Attributes:
        suffix: The ending of its file, without a dot; it decides the media type of the response.
    """

    suffix: ClassVar[str]

    def encode(self) -> bytes:
        """The content of its file."""
        ...


TYPES = {"webp": "image/webp", "txt": "text/plain; charset=utf-8"}
"""The media type of every kind of preview file, by suffix."""
SIDE = 160
"""The side of an image of points, in pixels."""
REAL, GENERATED = (0, 114, 178), (194, 65, 12)
"""The colors of data and of what a network generates, as on the page."""


@dataclass(frozen=True)
class Sheet:
    """Images in rows.

    Attributes:
        images: (N, C, H, W), uint8, C being 1 or 3.
        columns: Images in one row.
    """

    suffix: ClassVar[str] = "webp"
    images: Tensor
    columns: int

    def encode(self) -> bytes:
        """A WebP file."""
        from playground.pictures import sheet

        return sheet(self.images.cpu(), self.columns)


@dataclass(frozen=True)
class Scatter:
    """Clouds of points in the plane, the later ones on top.

    Attributes:
        clouds: Of each cloud the points (N, 2), x to the right and y up, and the color, (red, green, blue) to 255.
        extent: The square from -extent to extent is shown.
    """

    suffix: ClassVar[str] = "webp"
    clouds: Sequence[tuple[Tensor, tuple[int, int, int]]]
    extent: float

    def encode(self) -> bytes:
        """A WebP file, `SIDE` x `SIDE` pixels, transparent where nothing lies; a point is a square of two."""
        from playground.pictures import encode

        canvas = torch.zeros(4, SIDE, SIDE, dtype=torch.uint8)
        for points, color in self.clouds:
            inside = points.cpu()[(points.cpu().abs() < self.extent).all(dim=1)]  # leaves out what is not a number
            column, up = ((inside / self.extent + 1) / 2 * (SIDE - 1)).long().T
            for right, above in ((0, 0), (0, 1), (1, 0), (1, 1)):
                canvas[:, SIDE - 1 - up - above, column + right] = torch.tensor([*color, 255], dtype=torch.uint8)[
                    :, None
                ]
        return encode(canvas, "webp")


@dataclass(frozen=True)
class Text:
    """What a network writes.

    Attributes:
        text: Of any length; the page cuts off what has no room.
    """

    suffix: ClassVar[str] = "txt"
    text: str

    def encode(self) -> bytes:
        """In UTF-8."""
        return self.text.encode(errors="replace")
