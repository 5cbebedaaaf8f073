"""The data sets that do not ship: from a local folder, or else from the Hub at first use.

The folder is named by the environment variable `PLAYGROUND_DATA`. It may hold, directly or in a folder `fashion-mnist`,
the four `*-ubyte.gz` files of Fashion-MNIST, and `cifar10-train.npz` and `cifar10-test.npz`, each with the arrays
`jpeg` (uint8, all JPEG files end to end), `offsets` (n + 1) and `labels`.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from playground.data import hub
from playground.data.cards import digest
from playground.data.fashion import CLASSES as CLOTHES
from playground.data.hub import DataUnavailable, Progress
from playground.data.idx import BadFile, read_idx
from playground.data.images import Images, Spec, Split
from playground.download import HubUnavailable, cached

FOLDER = "PLAYGROUND_DATA"
FASHION_SPEC = Spec(name="fashion-full", channels=1, size=28, classes=CLOTHES)
CIFAR10_SPEC = Spec(
    name="cifar10",
    channels=3,
    size=32,
    classes=("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
)
IDX_FILES = tuple(f"{part}-{kind}-ubyte.gz" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1"))
NPZ_FILES = ("cifar10-train.npz", "cifar10-test.npz")
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
"""The data set on the Hub, its files for training and for the test, and its column of pictures."""


def load_fashion(progress: Progress | None = None) -> Images:
    """All of Fashion-MNIST, 60,000 + 10,000 pictures.

    Raises:
        DataUnavailable: When it is neither in the folder nor on the Hub.
        BadFile: When a file in the folder is torn.
    """
    return _load(FASHION_SPEC, IDX_FILES, _read_idx_files, FASHION_HUB, progress)


def load_cifar10(progress: Progress | None = None) -> Images:
    """CIFAR-10 (Krizhevsky, 2009), 50,000 + 10,000 pictures; it stays in memory and is never written to disk unpacked.

    Raises:
        DataUnavailable: When it is neither in the folder nor on the Hub.
        BadFile: When a file in the folder is torn.
    """
    return _load(CIFAR10_SPEC, NPZ_FILES, _read_npz_files, CIFAR10_HUB, progress)


def fashion_here() -> bool:
    """Whether all of Fashion-MNIST can be loaded without a network."""
    return _here(IDX_FILES, FASHION_HUB)


def cifar10_here() -> bool:
    """Whether CIFAR-10 can be loaded without a network."""
    return _here(NPZ_FILES, CIFAR10_HUB)


def _load(
    spec: Spec,
    files: Sequence[str],
    read: Callable[[Path], list[Split]],
    source: tuple[str, Sequence[str], str],
    progress: Progress | None,
) -> Images:
    folder = _find(files)
    tell = progress or (lambda part, what: None)
    if folder is not None:
        tell(0.0, f"reading {folder}")
        train, test = read(folder)
    else:
        repo, parts, column = source
        try:
            train, test = hub.splits(repo, parts, column, spec.channels, tell)
        except HubUnavailable as error:
            raise DataUnavailable(
                f"“{spec.name}” does not ship with the playground and could not be fetched from the Hub ({repo}); "
                f"go online, or set {FOLDER} to a folder that holds {', '.join(files)}."
            ) from error
    for split in (train, test):
        if len(split.labels) != len(split.images) or int(split.labels.max()) >= len(spec.classes):
            raise BadFile(f"The files of “{spec.name}” do not belong together; get them again from one source.")
    hash = digest([part.numpy().tobytes() for split in (train, test) for part in (split.images, split.labels)])
    return Images(spec=spec, train=train, test=test, hash=hash)


def _here(files: Sequence[str], source: tuple[str, Sequence[str], str]) -> bool:
    return _find(files) is not None or all(cached(source[0], file, kind="dataset") is not None for file in source[1])


def _find(files: Sequence[str]) -> Path | None:
    """The folder that holds all of `files`, if there is one."""
    named = os.environ.get(FOLDER)
    if not named:
        return None
    folders = (Path(named), Path(named) / "fashion-mnist")
    return next((folder for folder in folders if all((folder / file).is_file() for file in files)), None)


def _read_idx_files(folder: Path) -> list[Split]:
    parts = [read_idx(folder / file) for file in IDX_FILES]
    return [Split(images=parts[i][:, None], labels=parts[i + 1].long()) for i in (0, 2)]


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
    return Split(images=images, labels=torch.from_numpy(labels.astype(np.int64)))
