"""1,797 handwritten digits of 8 x 8 grey pixels, as they come with scikit-learn."""

from __future__ import annotations

from importlib.resources import files

import torch

from playground.data.cards import digest
from playground.data.images import Images, Spec, Split

N_TRAIN, N_TEST = 1_500, 297
SPEC = Spec(name="digits", channels=1, size=8, classes=tuple("0123456789"))


def load() -> Images:
    """The digits in the order of the source, the last 297 for the test.

    Alpaydin, Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository (1998). The source
    counts ink from 0 to 16; here it is scaled to 0-255. The writers of the two parts overlap.
    """
    from sklearn.datasets import load_digits

    source = load_digits()
    images = (torch.from_numpy(source.images) * (255 / 16)).round().to(torch.uint8)[:, None]
    labels = torch.from_numpy(source.target).long()
    return Images(
        spec=SPEC,
        train=Split(images=images[:N_TRAIN], labels=labels[:N_TRAIN]),
        test=Split(images=images[N_TRAIN:], labels=labels[N_TRAIN:]),
        hash=digest([(files("sklearn.datasets.data") / "digits.csv.gz").read_bytes()]),
    )
