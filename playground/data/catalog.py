"""Every data set by its name: what it is, whether it is here, and its columns in memory."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from playground.cache import ByteCache
from playground.data import sets
from playground.data.cards import Card, read_card
from playground.data.columns import Data, Split
from playground.data.hub import DataUnavailable
from playground.data.motion import animated
from playground.data.own import SERVER, OwnSets
from playground.data.source import Progress, Source
from playground.data.spec import ClipSpec, ImageSpec
from playground.errors import PlaygroundError

MIN_SIZE, MAX_SIZE = 4, 256
"""The sides, in pixels, that images can be resized to."""
CACHE_BYTES = 256_000_000
"""Bytes of data that are kept in memory, those used last."""


class UnknownData(PlaygroundError):
    """No data set has the name that was given, or it cannot have the size."""


@cache
def _registered() -> dict[str, Source]:
    """The sources of all modules in `sets`, by name."""
    modules = [import_module(f"{sets.__name__}.{module.name}") for module in pkgutil.iter_modules(sets.__path__)]
    return {source.spec.name: source for module in modules for source in module.SOURCES}


@dataclass(frozen=True)
class Catalog:
    """The data sets that the page, the command line and a worker can use.

    Attributes:
        own: Those that visitors uploaded, where there may be any.
    """

    own: OwnSets | None = None

    def names(self, *, kinds: Iterable[str] = (), columns: Iterable[str] = ()) -> tuple[str, ...]:
        """All registered names, what is on this machine first; only of some kinds, and with some columns, if given."""
        names = [name for name in _registered() if self.fits(name, kinds=kinds, columns=columns)]
        return tuple(sorted(names, key=lambda name: (not self.available(name), name)))

    def fits(self, name: str, *, kinds: Iterable[str] = (), columns: Iterable[str] = ()) -> bool:
        """Whether a data set is of one of some kinds and has all of some columns; no kinds are all kinds.

        Raises:
            UnknownData: When there is no such data set.
        """
        source, allowed = self.source(name), set(kinds)
        return (not allowed or source.spec.kind in allowed) and set(columns) <= set(source.columns)

    def source(self, name: str) -> Source:
        """Where a data set comes from.

        Raises:
            UnknownData: When there is no such data set.
        """
        registered = _registered()
        if self.own is not None and (own := self.own.source(name)) is not None:
            return own
        if name not in registered:
            raise UnknownData(f"There is no data set “{name[:80]}”; there are {', '.join(sorted(registered))}.")
        return registered[name]

    def spec(self, name: str, size: int | None = None) -> Any:
        """What a data set is, a `Spec`; reads no data.

        Args:
            name: One of `names()`.
            size: For images, another height and width in pixels, 4 to 256.

        Raises:
            UnknownData: When there is no such data set or it cannot have the size.
        """
        spec = self.source(name).spec
        if size is None or (isinstance(spec, ClipSpec) and size == spec.size):
            return spec
        if not isinstance(spec, ImageSpec):
            raise UnknownData(f"“{name}” holds {spec.example}, which have no other size in pixels.")
        if not MIN_SIZE <= size <= MAX_SIZE:
            raise UnknownData(f"Pictures can have a side of {MIN_SIZE} to {MAX_SIZE} pixels, not {size}.")
        return spec.sized(size)

    def must_be_here(self, name: str) -> None:
        """For what only looks at data, and downloads nothing.

        Raises:
            DataUnavailable: When the data set of that name is not on this machine.
        """
        if not self.available(name):
            raise DataUnavailable(f"The data “{name}” are not on this machine, and they are needed here.")

    def load(self, name: str, size: int | None = None, progress: Progress | None = None) -> Data:
        """A data set, from memory if it was used lately.

        Args:
            name: One of `names()`.
            size: For images, another height and width in pixels, 4 to 256.
            progress: Is called with the part that is done and what is being done while data are fetched.

        Raises:
            UnknownData: When there is no such data set or it cannot have the size.
            DataUnavailable: When it does not ship and is neither in the local folder nor within reach on the Hub.
            BadFile: When a file in the local folder is torn.
        """
        spec, source = self.spec(name, size), self.source(name)
        if spec != source.spec:
            return _CACHE.get((name, spec.size), lambda: self.load(name, progress=progress).resized(spec.size))
        return _CACHE.get((name, 0), lambda: source.load(progress or (lambda part, what: None)))

    def moving(self, name: str, progress: Progress | None = None) -> Data:
        """A data set of clips, or of images as they move: see `animated`. Raises what `load` does."""
        if isinstance(self.spec(name), ClipSpec):
            return self.load(name, progress=progress)
        return _CACHE.get((name, "moving"), lambda: animated(self.load(name, progress=progress)))

    def first_test(self, name: str, n: int, size: int | None = None) -> Split:
        """The first `n` test examples; no others are resized. Raises what `load` does."""
        wanted, source = self.spec(name, size), self.source(name)
        if wanted == source.spec:
            return self.load(name).test.first(n)
        return _CACHE.get((name, f"{n} at {size}"), lambda: self.load(name).test.first(n).resized(wanted.size))

    def examples(self, name: str, size: int | None = None) -> Split:
        """Some examples that are always here, see `Data.examples`.

        Raises:
            UnknownData: When there is no such data set or it cannot have the size.
        """
        spec, source = self.spec(name, size), self.source(name)
        load_examples = source.examples
        examples = self.load(name).examples if load_examples is None else _CACHE.get((name, "examples"), load_examples)
        return examples.resized(spec.size) if isinstance(spec, ImageSpec) else examples

    def card(self, name: str) -> Card:
        """Source, license, attribution and hash of a data set.

        Raises:
            UnknownData: When there is no such data set.
        """
        own = self.own.card(name) if self.own is not None else None
        return own or self.source(name).card or read_card(name)

    def title(self, name: str) -> str:
        """What people call a data set: by its name, or as whoever brought it called it."""
        facts = self.own.facts(name) if self.own is not None else None
        if facts is None:
            return name
        return facts.title if facts.owner == SERVER else f"{facts.title} (your own)"

    def usable(self, name: str, owner: str) -> bool:
        """Whether a visitor may train on a data set: on a registered one, on their own, and on the server's."""
        facts = self.own.facts(name) if self.own is not None else None
        return name in _registered() if facts is None else facts.owner in (SERVER, owner)

    def private(self, name: str) -> bool:
        """Whether what was learned from a data set is for its owner's eyes alone."""
        facts = self.own.facts(name) if self.own is not None else None
        return name not in _registered() if facts is None else facts.owner != SERVER

    def forget(self, name: str) -> None:
        """Removes a data set that a visitor uploaded, from the disk and from memory."""
        if self.own is not None:
            self.own.delete(name)
            _CACHE.drop(lambda key: key[0] == name)

    def available(self, name: str) -> bool:
        """Whether a data set can be loaded without a network; asks none.

        Raises:
            UnknownData: When there is no such data set.
        """
        return self.source(name).here()


_CACHE: ByteCache[tuple[str, int | str], Any] = ByteCache(CACHE_BYTES)
packs = Catalog()
"""The catalog of what every installation has."""
