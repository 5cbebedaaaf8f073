"""The images that views look at: examples that are always here, and what visitors upload, in memory alone."""

from __future__ import annotations

import secrets
from collections import deque
from threading import Lock

from torch import Tensor

from playground.data import Catalog, PictureSpec
from playground.data.images import gray, resize
from playground.data.intake import read
from playground.errors import PlaygroundError

FIRST = "ex-0"
"""What is looked at until something else is chosen: the first example."""
EACH, MAX_UPLOADS = 24, 400
"""Pictures that are kept of one visitor, and of all together."""
UPLOAD_SIZE = 256


class UnknownPicture(PlaygroundError):
    """No image goes by that name."""


class Inputs:
    """Images by name: `ex-7` is an example, `up-...` was uploaded by a visitor, `-inverted` turns light into dark.

    What visitors upload is known by a name that cannot be guessed, never touches the disk, and is forgotten when the
    server ends, or before: of more than `EACH` of one visitor the oldest goes, and of more than `MAX_UPLOADS` in all
    the oldest of whoever has most.
    """

    def __init__(self, catalog: Catalog) -> None:
        """Starts empty; examples are those of `catalog`."""
        self.catalog = catalog
        self._uploads: dict[str, Tensor] = {}
        self._names: dict[str, deque[str]] = {}  # by visitor, the oldest first
        self._lock = Lock()

    def add(self, content: bytes, visitor: str = "") -> tuple[str, bool]:
        """Takes in the bytes of an image file from a visitor; its name, and whether it is bright at its border.

        Raises:
            BadPicture: When it is none, or one that is too large or too small.
        """
        picture = read(content, size=UPLOAD_SIZE, channels=3)  # (3, 256, 256)
        name = f"up-{secrets.token_urlsafe(12)}"
        with self._lock:
            self._uploads[name] = picture
            own = self._names.setdefault(visitor, deque())
            own.append(name)
            if len(own) > EACH:
                self._forget_oldest(visitor)
            elif len(self._uploads) > MAX_UPLOADS:
                self._forget_oldest(max(self._names, key=lambda other: len(self._names[other])))
        edges = (picture[:, 0], picture[:, -1], picture[:, :, 0], picture[:, :, -1])
        return name, sum(float(edge.float().mean()) for edge in edges) / 4 > 127

    def _forget_oldest(self, visitor: str) -> None:
        names = self._names[visitor]
        del self._uploads[names.popleft()]
        if not names:
            del self._names[visitor]

    def get(self, name: str, spec: PictureSpec) -> Tensor:
        """The image (C, H, W), uint8, in the shape that a network of `spec` takes."""
        base, inverted = name.removesuffix("-inverted"), name.endswith("-inverted")
        if base.startswith("ex-"):
            images = self.catalog.examples(spec.name, spec.size)["images"]  # gray ones may be asked for in color
            number = base.removeprefix("ex-")
            if not (number.isdecimal() and len(number) < 4 and int(number) < len(images)):
                raise UnknownPicture(f"There is no example {number[:8]}; there are 0 to {len(images) - 1}.")
            picture = images[int(number)].expand(spec.channels, -1, -1)
        else:
            picture = resize(self.original(base)[None], spec.size)[0]
            if spec.channels == 1:
                picture = gray(picture[None])[0]
        return 255 - picture if inverted else picture

    def original(self, name: str) -> Tensor:
        """An uploaded image (3, 256, 256), uint8, before any network's shape.

        Raises:
            UnknownPicture: When it is not here, or no longer.
        """
        with self._lock:
            picture = self._uploads.get(name)
        if picture is None:
            raise UnknownPicture("That picture is no longer here. Choose or upload another.")
        return picture
