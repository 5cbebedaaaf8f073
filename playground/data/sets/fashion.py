"""Fashion-MNIST in small: 12,000 + 2,000 gray images of clothes at 28 pixels, every class equally often."""

from __future__ import annotations

import torch
from torch import Tensor

from playground.data.cards import read_pack
from playground.data.columns import Data, Split
from playground.data.sheet import read_sheet
from playground.data.source import Progress, Source
from playground.data.spec import ImageSpec

FILE = "fashion.webp"
N_TRAIN, N_TEST = 12_000, 2_000
CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
SPEC = ImageSpec(name="fashion", channels=1, size=28, classes=CLASSES)


def load(progress: Progress) -> Data:
    """The pack, classes in turn: T-shirt, Trouser, ..., Ankle boot, T-shirt, and so on.

    Xiao, Rasul, Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms" (2017).
    Its training images come from the standard training set, its test images from the standard test set.
    """
    (content,), hash = read_pack(FILE)
    images = read_sheet(content, N_TRAIN + N_TEST, SPEC.size, SPEC.channels)
    return Data(spec=SPEC, train=_interleaved(images[:N_TRAIN]), test=_interleaved(images[N_TRAIN:]), hash=hash)


def _interleaved(images: Tensor) -> Split:
    """Images that lie class by class (all of class 0 first) as a split that goes round the classes."""
    per_class = len(images) // len(CLASSES)
    interleaved = images.view(len(CLASSES), per_class, *images.shape[1:]).transpose(0, 1).flatten(0, 1)
    return Split({"images": interleaved.contiguous(), "labels": torch.arange(len(CLASSES)).repeat(per_class)})


SOURCES = (Source(spec=SPEC, columns=("images", "labels"), load=load),)
