"""Builds the pack `fashion` from the four idx files of Fashion-MNIST.

    python -m training.build.fashion FOLDER

FOLDER holds `train-images-idx3-ubyte.gz` and its three siblings, as Debian's package `dataset-fashion-mnist` installs
them under `/usr/share/datasets/fashion-mnist`, or as https://github.com/zalandoresearch/fashion-mnist gives them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor

from playground.data.cards import PACKS, Card, digest, write_card
from playground.data.idx import read_idx
from playground.data.sets.fashion import CLASSES, FILE, N_TEST, N_TRAIN
from playground.data.sheet import write_sheet

COMMAND = "python -m training.build.fashion FOLDER"


def choose(images: Tensor, labels: Tensor, n: int, used: set[bytes]) -> Tensor:
    """The first `n` / 10 images of each class, class by class, leaving out any image that is in `used`.

    Args:
        images: (N, 28, 28), uint8.
        labels: (N,), the class of each.
        n: How many to choose in all.
        used: Images as bytes that are used already; the chosen ones are added.

    Returns:
        (n, 1, 28, 28), uint8.

    Raises:
        ValueError: When a class has too few images.
    """
    chosen: list[Tensor] = []
    per_class = n // len(CLASSES)
    for label in range(len(CLASSES)):
        images_of_class: list[Tensor] = []
        for image in images[labels == label]:
            pixels = image.numpy().tobytes()
            if len(images_of_class) < per_class and pixels not in used:
                used.add(pixels)
                images_of_class.append(image)
        if len(images_of_class) < per_class:
            raise ValueError(
                f"class {CLASSES[label]} has {len(images_of_class)} different pictures, {per_class} are needed"
            )
        chosen += images_of_class
    return torch.stack(chosen)[:, None]


def build(source: Path, target: Path, n_train: int = N_TRAIN, n_test: int = N_TEST) -> Card:
    """Reads the idx files in `source`, writes the pack and its card to `target`."""
    used: set[bytes] = set()
    parts = [
        choose(
            read_idx(source / f"{part}-images-idx3-ubyte.gz"),
            read_idx(source / f"{part}-labels-idx1-ubyte.gz"),
            n,
            used,
        )
        for part, n in (("train", n_train), ("t10k", n_test))
    ]
    content = write_sheet(torch.cat(parts))
    (target / FILE).write_bytes(content)
    card = Card(
        name="fashion",
        title="Fashion-MNIST, small",
        what=f"Gray pictures of clothes, 28 x 28 pixels, ten classes, {n_train} to learn from and {n_test} to test "
        "on, every class equally often: the first of each class in the standard training and test sets, "
        "without repeated pictures.",
        source="Fashion-MNIST, https://github.com/zalandoresearch/fashion-mnist",
        license="MIT",
        attribution="Fashion-MNIST: Han Xiao, Kashif Rasul, Roland Vollgraf; copyright 2017 Zalando SE",
        hash=digest([content]),
        n_train=n_train,
        n_test=n_test,
        built_by=COMMAND,
        files=(FILE,),
    )
    write_card(card, target)
    return card


if __name__ == "__main__":
    parser = argparse.ArgumentParser(usage=COMMAND)
    parser.add_argument("folder", type=Path, help="the folder of the four idx.gz files")
    print(build(parser.parse_args().folder, PACKS))
