"""Points of the plane: a data set a density, drawn from the same seed whenever it is loaded."""

from __future__ import annotations

from torch import Generator

from playground.data.cards import Card, digest
from playground.data.columns import Data, Split
from playground.data.source import Progress, Source
from playground.data.spec import PointSpec
from playground.data.toy2d import densities, sample

N_TRAIN, N_TEST, SEED = 8_192, 512, 0


def load(name: str) -> Data:
    """8,192 + 512 points of a density in `toy2d`, drawn independently."""
    whole = Split({"points": sample(name, N_TRAIN + N_TEST, Generator().manual_seed(SEED))})
    return Data(
        spec=PointSpec(name=name),
        train=whole.first(N_TRAIN),
        test=whole.at(slice(N_TRAIN, None)),
        hash=definition(name),
    )


def definition(name: str) -> str:
    """SHA-256 of what the points are drawn from, which stands for a file's: the last bits may differ by machine."""
    return digest([repr(("toy2d-1", name, SEED, N_TRAIN, N_TEST)).encode()])


def _source(name: str) -> Source:
    def read(progress: Progress) -> Data:
        return load(name)

    card = Card(
        name=name,
        title=name.capitalize(),
        what=f"Points of the plane, drawn independently from “{name}”; nearly all lie within a square of side 2.",
        source="drawn by this project",
        license="Apache-2.0",
        attribution="this project",
        hash=definition(name),
        n_train=N_TRAIN,
        n_test=N_TEST,
        built_by="playground/data/sets/plane.py draws it when it is loaded",
    )
    return Source(spec=PointSpec(name=name), columns=("points",), load=read, card=card)


SOURCES = tuple(map(_source, densities()))
