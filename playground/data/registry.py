"""Every data set of pictures by its name: what it is, how it is loaded, whether it is here."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Lock

import torch

from playground.data import digits, emoji, faces, fashion, full, sprites
from playground.data.cards import Card, read_card
from playground.data.hub import Progress
from playground.data.images import Images, Spec, Split
from playground.errors import PlaygroundError

N_EXAMPLES = 24
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
"""Emoji of CIFAR-10's classes: the data set itself must not ship."""


class UnknownData(PlaygroundError):
    """No data set has the name that was given, or it cannot have the size."""


@dataclass(frozen=True)
class _Entry:
    spec: Spec
    load: Callable[[Progress | None], Images]
    here: Callable[[], bool] = lambda: True


_ENTRIES = {
    "fashion": _Entry(fashion.SPEC, lambda progress: fashion.load()),
    "emoji": _Entry(emoji.SPEC, lambda progress: emoji.load()),
    "faces": _Entry(faces.SPEC, lambda progress: faces.load()),
    "sprites": _Entry(sprites.SPEC, lambda progress: sprites.load()),
    "digits": _Entry(digits.SPEC, lambda progress: digits.load()),
    "fashion-full": _Entry(full.FASHION_SPEC, full.load_fashion, full.fashion_here),
    "cifar10": _Entry(full.CIFAR10_SPEC, full.load_cifar10, full.cifar10_here),
}


@dataclass
class _Shelf:
    """Keeps the data used last; two threads that want the same wait for one loading."""

    room: int
    kept: OrderedDict[tuple[str, int], Images] = field(default_factory=OrderedDict)
    guard: Lock = field(default_factory=Lock)
    loading: dict[tuple[str, int], Lock] = field(default_factory=dict)

    def get(self, key: tuple[str, int], make: Callable[[], Images]) -> Images:
        with self.guard:
            turn = self.loading.setdefault(key, Lock())
        with turn:
            with self.guard:
                if key in self.kept:
                    self.kept.move_to_end(key)
                    return self.kept[key]
            made = make()
            with self.guard:
                self.kept[key] = made
                while len(self.kept) > self.room:
                    self.kept.popitem(last=False)
            return made


_SHELF = _Shelf(room=4)


def names() -> tuple[str, ...]:
    """The data sets that there are, those that ship first."""
    return tuple(_ENTRIES)


def spec(name: str, size: int | None = None) -> Spec:
    """Shape and classes of a data set, without reading a picture.

    Args:
        name: One of `names()`.
        size: Height and width in pixels, 4 to 256; the data's own if it is not given.

    Raises:
        UnknownData: When there is no such data set or the size is out of range.
    """
    own = _entry(name).spec
    if size is None:
        return own
    if not 4 <= size <= 256:
        raise UnknownData(f"Pictures of {size} pixels are not to be had; give a size from 4 to 256.")
    return replace(own, size=size)


def load(name: str, *, size: int | None = None, progress: Progress | None = None) -> Images:
    """A data set, from memory if it was used lately.

    Args:
        name: One of `names()`.
        size: Height and width in pixels, 4 to 256; the data's own if it is not given.
        progress: Is told the part that is done and what is being done while data are fetched.

    Raises:
        UnknownData: When there is no such data set or the size is out of range.
        DataUnavailable: When it does not ship and is neither in the local folder nor within reach on the Hub.
        BadFile: When a file in the local folder is torn.
    """
    wanted, entry = spec(name, size), _entry(name)
    if wanted.size != entry.spec.size:
        return _SHELF.get((name, wanted.size), lambda: load(name, progress=progress).resized(wanted.size))
    return _SHELF.get((name, wanted.size), lambda: entry.load(progress))


def examples(name: str, size: int | None = None) -> Split:
    """24 pictures that are always here: the first test pictures, classes in turn; emoji stand in for CIFAR-10.

    Raises:
        UnknownData: When there is no such data set or the size is out of range.
    """
    wanted = spec(name, size)
    if name == "cifar10":
        return emoji.drawings_of(CIFAR10_EMOJI, wanted.classes).resized(wanted.size)
    test = load("fashion" if name == "fashion-full" else name).test
    turns = torch.zeros_like(test.labels)
    for label in range(len(wanted.classes)):
        mine = test.labels == label
        turns[mine] = torch.arange(int(mine.sum()))
    # all firsts of their classes, then all seconds, ...
    chosen = torch.argsort(turns * len(wanted.classes) + test.labels, stable=True)[:N_EXAMPLES]
    return Split(
        images=test.images[chosen],
        labels=test.labels[chosen],
        attributes={key: values[chosen] for key, values in test.attributes.items()},
        names=tuple(test.names[i] for i in chosen.tolist()) if test.names else (),
    ).resized(wanted.size)


def card(name: str) -> Card:
    """Source, licence, attribution and hash of a data set.

    Raises:
        UnknownData: When there is no such data set.
    """
    _entry(name)
    return read_card(name)


def available(name: str) -> bool:
    """Whether a data set can be loaded without a network; asks none.

    Raises:
        UnknownData: When there is no such data set.
    """
    return _entry(name).here()


def _entry(name: str) -> _Entry:
    if name not in _ENTRIES:
        raise UnknownData(f"There is no data set “{name}”; there are {', '.join(_ENTRIES)}.")
    return _ENTRIES[name]
