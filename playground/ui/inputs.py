"""The images that views look at: examples that are always here, and what visitors upload, in memory alone."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from threading import Lock

from torch import Tensor

from playground.data import Catalog, ImageSpec
from playground.data.images import gray, resize
from playground.data.intake import read
from playground.errors import PlaygroundError

FIRST = "ex-0"
"""What is looked at until something else is chosen: the first example."""
MAX_UPLOADS = 400
UPLOAD_SIZE = 256


class UnknownPicture(PlaygroundError):
    """No image goes by that name."""


class Inputs:
    """Images by name: `ex-7` is an example, `up-...` was uploaded by a visitor, `-inverted` turns light into dark.

    What visitors upload is known by a name that cannot be guessed, never touches the disk, and is forgotten when
    `MAX_UPLOADS` newer ones have come or the server ends.
    """

    def __init__(self, catalog: Catalog) -> None:
        """Starts empty; examples are those of `catalog`."""
        self.catalog = catalog
        self._uploads: OrderedDict[str, Tensor] = OrderedDict()
        self._lock = Lock()

    def add(self, content: bytes) -> tuple[str, bool]:
        """Takes in the bytes of an image file; its name, and whether it is bright at its border.

        Raises:
            BadPicture: When it is none, or one that is too large or too small.
        """
        picture = read(content, size=UPLOAD_SIZE, channels=3)  # (3, 256, 256)
        name = f"up-{secrets.token_urlsafe(12)}"
        with self._lock:
            self._uploads[name] = picture
            while len(self._uploads) > MAX_UPLOADS:
                self._uploads.popitem(last=False)
        edges = (picture[:, 0], picture[:, -1], picture[:, :, 0], picture[:, :, -1])
        return name, sum(float(edge.float().mean()) for edge in edges) / 4 > 127

    def get(self, name: str, spec: ImageSpec) -> Tensor:
        """The image (C, H, W), uint8, in the shape that a network of `spec` takes."""
        base, inverted = name.removesuffix("-inverted"), name.endswith("-inverted")
        if base.startswith("ex-"):
            images = self.catalog.examples(spec.name, spec.size)["images"]  # gray ones may be asked for in color
            number = base.removeprefix("ex-")
            if not (number.isdecimal() and len(number) < 4 and int(number) < len(images)):
                raise UnknownPicture(f"There is no example {number[:8]}; there are 0 to {len(images) - 1}.")
            picture = images[int(number)].expand(spec.channels, -1, -1)
        else:
            with self._lock:
                upload = self._uploads.get(base)
            if upload is None:
                raise UnknownPicture("That picture is no longer here. Choose or upload another.")
            picture = resize(upload[None], spec.size)[0]
            if spec.channels == 1:
                picture = gray(picture[None])[0]
        return 255 - picture if inverted else picture
