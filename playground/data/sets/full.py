"""The data sets that do not ship: from a local folder, or else from the Hub at first use.

The folder is named by the environment variable `PLAYGROUND_DATA`. It may hold, directly or in a folder `fashion-mnist`,
the four `*-ubyte.gz` files of Fashion-MNIST, and `cifar10-train.npz` and `cifar10-test.npz`, each with the arrays
`jpeg` (uint8, all JPEG files end to end), `offsets` (n + 1) and `labels`.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from playground.data import hub
from playground.data.cards import digest
from playground.data.columns import Data, Split
from playground.data.hub import DataUnavailable
from playground.data.idx import BadFile, read_idx
from playground.data.local import FOLDER, find
from playground.data.sets import emoji, fashion
from playground.data.source import Progress, Source
from playground.data.spec import ImageSpec
from playground.download import HubUnavailable, cached

FASHION_SPEC = fashion.SPEC.model_copy(update={"name": "fashion-full"})
CIFAR10_SPEC = ImageSpec(
    name="cifar10",
    channels=3,
    size=32,
    classes=("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
)
IDX_FILES = tuple(f"{part}-{kind}-ubyte.gz" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1"))
NPZ_FILES = ("cifar10-train.npz", "cifar10-test.npz")
CIFAR10_EMOJI = (
    ("2708-FE0F", "airplane"),
    ("1F697", "automobile"),
    ("1F426", "bird"),
    ("1F408", "cat"),
    ("1F98C", "deer"),
    ("1F415", "dog"),
    ("1F438", "frog"),
    ("1F40E", "horse"),
    ("1F6A2", "ship"),
    ("1F69A", "truck"),
    ("1F431", "cat"),
    ("1F436", "dog"),
)
"""Codes of emoji and the classes that they stand for."""
FASHION_HUB = (
    "zalando-datasets/fashion_mnist",
    ("fashion_mnist/train-00000-of-00001.parquet", "fashion_mnist/test-00000-of-00001.parquet"),
    "image",
)
CIFAR10_HUB = (
    "uoft-cs/cifar10",
    ("plain_text/train-00000-of-00001.parquet", "plain_text/test-00000-of-00001.parquet"),
    "img",
)
"""The data set on the Hub, its files for training and for the test, and its column of images."""


def load_fashion(progress: Progress) -> Data:
    """All of Fashion-MNIST, 60,000 + 10,000 images.

    Raises:
        DataUnavailable: When it is neither in the folder nor on the Hub.
        BadFile: When a file in the folder is torn.
    """
    return _load(FASHION_SPEC, IDX_FILES, _read_idx_files, FASHION_HUB, progress, fashion_examples())


def load_cifar10(progress: Progress) -> Data:
    """CIFAR-10 (Krizhevsky, 2009), 50,000 + 10,000 images; it stays in memory and is never written to disk unpacked.

    Raises:
        DataUnavailable: When it is neither in the folder nor on the Hub.
        BadFile: When a file in the folder is torn.
    """
    return _load(CIFAR10_SPEC, NPZ_FILES, _read_npz_files, CIFAR10_HUB, progress, cifar10_examples())


def fashion_examples() -> Split:
    """Those of the images that ship."""
    return fashion.load(lambda part, what: None).examples


def cifar10_examples() -> Split:
    """Emoji of its classes, as images of the data set itself must not ship."""
    drawn = emoji.drawings_of(CIFAR10_EMOJI, CIFAR10_SPEC.classes)
    return drawn.resized(CIFAR10_SPEC.size)


def fashion_here() -> bool:
    """Whether all of Fashion-MNIST can be loaded without a network."""
    return _here(IDX_FILES, FASHION_HUB)


def cifar10_here() -> bool:
    """Whether CIFAR-10 can be loaded without a network."""
    return _here(NPZ_FILES, CIFAR10_HUB)


def _load(
    spec: ImageSpec,
    files: Sequence[str],
    read: Callable[[Path], list[Split]],
    source: tuple[str, Sequence[str], str],
    progress: Progress,
    examples: Split,
) -> Data:
    folder = find(files, "fashion-mnist")
    if folder is not None:
        progress(0.0, f"reading {folder}")
        train, test = read(folder)
    else:
        repo, parts, column = source
        try:
            train, test = hub.splits(repo, parts, column, spec.channels, progress)
        except HubUnavailable as error:
            raise DataUnavailable(
                f"“{spec.name}” does not ship with the playground and could not be fetched from the Hub ({repo}); "
                f"go online, or set {FOLDER} to a folder that holds {', '.join(files)}."
            ) from error
    for split in (train, test):
        if int(split["labels"].max()) >= len(spec.classes):
            raise BadFile(f"The files of “{spec.name}” do not belong together; get them again from one source.")
    hash = digest([split[name].numpy().tobytes() for split in (train, test) for name in ("images", "labels")])
    return Data(spec=spec, train=train, test=test, hash=hash, examples=examples)


def _here(files: Sequence[str], source: tuple[str, Sequence[str], str]) -> bool:
    return find(files, "fashion-mnist") is not None or all(
        cached(source[0], file, kind="dataset") is not None for file in source[1]
    )


def _read_idx_files(folder: Path) -> list[Split]:
    parts = [read_idx(folder / file) for file in IDX_FILES]
    return [_split(parts[i][:, None], parts[i + 1].long()) for i in (0, 2)]


def _read_npz_files(folder: Path) -> list[Split]:
    return [_read_npz(folder / file) for file in NPZ_FILES]


def _read_npz(path: Path) -> Split:
    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as arrays:
            jpeg, offsets, labels = (arrays[name] for name in ("jpeg", "offsets", "labels"))
        content = jpeg.tobytes()
        files = [content[a:b] for a, b in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)]
        images = hub.decode(files, channels=3)
    except (KeyError, ValueError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise BadFile(f"{path} cannot be read as jpeg, offsets and labels; get it again.") from error
    return _split(images, torch.from_numpy(labels.astype(np.int64)))


def _split(images: Tensor, labels: Tensor) -> Split:
    if len(images) != len(labels):
        raise BadFile(f"There are {len(images)} pictures and {len(labels)} labels; get the files from one source.")
    return Split({"images": images, "labels": labels})


SOURCES = (
    Source(
        spec=FASHION_SPEC,
        columns=("images", "labels"),
        load=load_fashion,
        here=fashion_here,
        examples=fashion_examples,
    ),
    Source(
        spec=CIFAR10_SPEC,
        columns=("images", "labels"),
        load=load_cifar10,
        here=cifar10_here,
        examples=cifar10_examples,
    ),
)
