"""One request to a part of a view, validated, and its answer as it is cached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from torch import Tensor

from playground.errors import PlaygroundError
from playground.runs.reader import Run
from playground.ui.inputs import FIRST
from playground.view import NETWORK, Answer, Guest, Options, Part, View, decode


class CannotView(PlaygroundError):
    """A run cannot be viewed in this way."""


@dataclass(frozen=True)
class ViewRequest:
    """One request to a part of a view: a snapshot, or a guest in its place, and where its inputs come from."""

    part: Part
    run: Run
    step: int
    options: Options
    chosen: Mapping[str, str]
    guest: Guest | None = None

    @property
    def spec(self) -> Any:
        """What the network takes."""
        return self.run.spec if self.guest is None else self.guest.spec(self.run.spec)

    @property
    def mark(self) -> str:
        """What changes with the network's weights: a key for caches, which begins with the folder of the run."""
        return self.run.fingerprint(self.step) if self.guest is None else f"{self.run.path}:guest:{self.guest.title}"

    @property
    def runs(self) -> dict[str, str]:
        """What its options that name runs say."""
        return {name: getattr(self.options, name) for name in self.part.options.runs()}

    def on(self, part: Part) -> ViewRequest:
        """The same asked of a part that this one goes on from."""
        options = part.options(**{name: getattr(self.options, name) for name in part.options.model_fields})
        return replace(self, part=part, options=options, chosen={name: self.chosen[name] for name in part.chosen})


@dataclass(frozen=True)
class Answered:
    """An answer as it is cached.

    Attributes:
        content: What is sent, encoded.
        state: What is not.
    """

    content: bytes
    state: Mapping[str, Tensor]

    @classmethod
    def of(cls, answer: Answer) -> Self:
        """The answer, encoded."""
        return cls(answer.encode(), answer.state)

    def decoded(self) -> Answer:
        """The answer again."""
        return decode(self.content, self.state)


def part_of(view: View, name: str = "") -> Part:
    """The part of that name, or the main one.

    Raises:
        CannotView: When there is none.
    """
    part = view.parts.get(name or next(iter(view.parts), ""))
    if part is None:
        raise CannotView(f"“{view.question}” has no part “{name[:40]}”; it has {', '.join(view.parts) or 'none'}.")
    return part


def checked(view: View, part: Part, run: Run, step: int, query: Mapping[str, str]) -> ViewRequest:
    """A request whose options are checked."""
    options = dict(query)
    named = options.pop(NETWORK, "") if view.guests else ""
    guest = view.hosted.get(named)
    if named and guest is None:
        raise CannotView(f"There is no trained network “{named[:40]}” here; there are {', '.join(view.hosted)}.")
    if guest is None and not view.fits(run.network_class, run.spec, run.recipe):
        raise CannotView(f"“{view.question}” cannot be asked of {run.recipe.title}; choose another run.")
    chosen = {name: options.pop(name, FIRST) for name in part.chosen}
    return ViewRequest(part, run, step, part.parsed(options), chosen, guest)
