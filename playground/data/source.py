"""Where a data set comes from: what is known of it without reading it, and how it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playground.data.cards import Card
from playground.data.columns import Data, Split
from playground.data.spec import Spec

Progress = Callable[[float, str], None]
"""Is called with the part that is done, 0 to 1, and what is being done."""


def _always() -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Source:
    """One data set; a module in `playground/data/sets/` lists its own under `SOURCES`.

    Attributes:
        spec: Kind, name and shape.
        columns: The names of its columns, so that recipes can be matched with it before anything is read.
        load: Reads all of it; called with where to report progress.
        here: Whether `load` needs no network.
        examples: Stands in for `Data.examples` where `load` cannot be called, or must not be shown.
        card: Its card, where that is no file among the packs.
    """

    spec: Spec
    columns: tuple[str, ...]
    load: Callable[[Progress], Data]
    here: Callable[[], bool] = _always
    examples: Callable[[], Split] | None = None
    card: Card | None = None
