"""1,797 handwritten digits of 8 x 8 gray pixels, as they come with scikit-learn."""

from __future__ import annotations

from importlib.resources import files

import torch

from playground.data.cards import digest
from playground.data.columns import Data, Split
from playground.data.source import Progress, Source
from playground.data.spec import ImageSpec

N_TRAIN, N_TEST = 1_500, 297
SPEC = ImageSpec(name="digits", channels=1, size=8, classes=tuple("0123456789"))


def load(progress: Progress) -> Data:
    """The digits in the order of the source, the last 297 for the test.

    Alpaydin, Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository (1998). The source
    counts ink from 0 to 16; here it is scaled to 0-255. The writers of the two parts overlap.
    """
    from sklearn.datasets import load_digits

    source = load_digits()
    images = (torch.from_numpy(source.images) * (255 / 16)).round().to(torch.uint8)[:, None]
    labels = torch.from_numpy(source.target).long()
    whole = Split({"images": images, "labels": labels})
    return Data(
        spec=SPEC,
        train=whole.first(N_TRAIN),
        test=whole.at(slice(N_TRAIN, None)),
        hash=digest([(files("sklearn.datasets.data") / "digits.csv.gz").read_bytes()]),
    )


SOURCES = (Source(spec=SPEC, columns=("images", "labels"), load=load),)
