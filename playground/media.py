"""What a preview can be: each kind of media knows the file that holds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from torch import Tensor


class Media(Protocol):
    """One preview.

    Attributes:
        suffix: The ending of its file, without a dot; it decides on the media type that a browser is told.
    """

    suffix: ClassVar[str]

    def encode(self) -> bytes:
        """The content of its file."""
        ...


TYPES = {"webp": "image/webp"}
"""The media type of every kind of preview file, by suffix."""


@dataclass(frozen=True)
class Sheet:
    """Pictures in rows.

    Attributes:
        images: (N, C, H, W), uint8, C being 1 or 3.
        columns: How many of them stand in one row.
    """

    suffix: ClassVar[str] = "webp"
    images: Tensor
    columns: int

    def encode(self) -> bytes:
        """A WebP file."""
        from playground.pictures import sheet

        return sheet(self.images.cpu(), self.columns)
