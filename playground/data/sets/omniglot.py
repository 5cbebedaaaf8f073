"""Omniglot: signs of many alphabets, each drawn by twenty people. It does not ship.

Lake, Salakhutdinov & Tenenbaum, "Human-level concept learning through probabilistic program induction", Science 2015.
The folder that `PLAYGROUND_DATA` names may hold the files of the authors as they are: the whole set, whose background
alphabets are learned from and whose evaluation alphabets are tested; and the two small background sets, of which the
first is learned from and the second tested, without the alphabets that both have.
"""

from __future__ import annotations

import io
import zipfile
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np
import torch
from PIL import Image

from playground.data.cards import digest
from playground.data.columns import Data, Split
from playground.data.hub import DataUnavailable
from playground.data.idx import BadFile
from playground.data.local import FOLDER, find
from playground.data.sets import signs
from playground.data.source import Progress, Source
from playground.data.spec import ImageSpec

WHOLE = ImageSpec(name="omniglot", channels=1, size=signs.SPEC.size)
SMALL = WHOLE.model_copy(update={"name": "omniglot-small"})
FILES = {
    WHOLE.name: ("images_background.zip", "images_evaluation.zip"),
    SMALL.name: ("omniglot-images_background_small1.zip", "omniglot-images_background_small2.zip"),
}
"""What is learned from, and what is tested."""


def examples() -> Split:
    """Made-up signs, as images of the data set itself do not ship."""
    return signs.load(lambda part, what: None).examples


def load(spec: ImageSpec, progress: Progress) -> Data:
    """All drawings, white on black, and whose sign each is; the sides of the split have no alphabet in common.

    Raises:
        DataUnavailable: When it is not in the folder.
        BadFile: When a file of it is torn, or holds something else.
    """
    files = FILES[spec.name]
    folder = find(files)
    if folder is None:
        raise DataUnavailable(
            f"“{spec.name}” does not ship with the playground; set {FOLDER} to a folder that holds "
            f"{' and '.join(files)}."
        )
    progress(0.0, f"reading {folder}")
    train, test = (_read(folder / file, spec.size) for file in files)
    new = {sign: drawings for sign, drawings in test.items() if sign[0] not in {alphabet for alphabet, _ in train}}
    split = (_split(train, 0), _split(new, len(train)))
    hash = digest([side["images"].numpy().tobytes() for side in split])
    return Data(spec=spec, train=split[0], test=split[1], hash=hash, examples=examples())


def _read(path: Path, size: int) -> dict[tuple[str, str], list[np.ndarray]]:
    """The drawings of each sign, (size, size), uint8, by its alphabet and its name."""
    signs: dict[tuple[str, str], list[np.ndarray]] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                if name.endswith(".png"):
                    *_, alphabet, sign, _ = PurePosixPath(name).parts
                    image = Image.open(io.BytesIO(archive.read(name))).convert("L")
                    small = image.resize((size, size), Image.Resampling.BOX)
                    signs.setdefault((alphabet, sign), []).append(255 - np.asarray(small))
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        raise BadFile(f"{path} cannot be read as drawings of Omniglot; get it again.") from error
    if not signs:
        raise BadFile(f"{path} holds no drawings.")
    return signs


def _split(signs: dict[tuple[str, str], list[np.ndarray]], first: int) -> Split:
    """`signs` as columns; their identities are counted from `first`."""
    identities = [first + i for i, drawings in enumerate(signs.values()) for _ in drawings]
    images = np.stack([drawing for drawings in signs.values() for drawing in drawings])
    names = [
        f"{alphabet.replace('_', ' ')}, {sign.replace('character', 'sign ')}"
        for (alphabet, sign), drawings in signs.items()
        for _ in drawings
    ]
    return Split({"images": torch.from_numpy(images)[:, None], "identities": torch.tensor(identities)}, tuple(names))


def _here(spec: ImageSpec) -> bool:
    return find(FILES[spec.name]) is not None


SOURCES = tuple(
    Source(
        spec=spec,
        columns=("images", "identities"),
        load=partial(load, spec),
        here=partial(_here, spec),
        examples=examples,
    )
    for spec in (WHOLE, SMALL)
)
