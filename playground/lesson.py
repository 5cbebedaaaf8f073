"""What a lab teaches: cards of one question each. A visitor guesses first; then the page shows the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

PACKAGE = Path(__file__).parent


class Code(NamedTuple):
    """A line of this package that does what a formula says.

    Attributes:
        path: Its file, within the package.
        line: A piece of the line that no other line of the file holds.
    """

    path: str
    line: str

    def declared(self) -> dict[str, Any]:
        """The whole line, and its number from 1; a ValueError where there is not exactly one."""
        lines = (PACKAGE / self.path).read_text(encoding="utf-8").splitlines()
        numbers = [number for number, line in enumerate(lines, 1) if self.line in line]
        if len(numbers) != 1:
            raise ValueError(f"{len(numbers)} lines of {self.path} hold “{self.line}”; a card needs exactly one.")
        return {"path": f"{PACKAGE.name}/{self.path}", "number": numbers[0], "line": lines[numbers[0] - 1].strip()}


class Paper(NamedTuple):
    """Where it comes from: who, what and when, and its address."""

    title: str
    url: str


class Region(NamedTuple):
    """A part of a view's main canvas: its edges, in shares of the canvas from the upper left corner."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, kw_only=True)
class Card:
    """One question, what the page shows of its answer, and why it is so.

    Attributes:
        name: That of the test which measures what the card states: `test_NAME` in the lab's `test_lesson.py`.
        question: What a visitor is asked before it is shown.
        answers: Two or three to choose from; none where the answer is a place on the stage.
        right: The index of the one that is right.
        region: Where the place is right.
        ask: The address that the place is asked for at, by key.
        show: The address that shows it, by key: run, step, view, options, a second run and so on.
        play: Whether the film is played from its start.
        happened: What is seen then, in at most three sentences, with the figures that the test measures.
        formula: The one that explains it, in LaTeX.
        symbols: What its symbols mean, by the symbol in LaTeX.
        code: The line that does it.
        paper: Where it comes from.
    """

    name: str
    question: str
    show: Mapping[str, str]
    happened: str
    formula: str
    code: Code
    paper: Paper
    answers: tuple[str, ...] = ()
    right: int = 0
    region: Region | None = None
    ask: Mapping[str, str] = field(default_factory=dict)
    play: bool = False
    symbols: Mapping[str, str] = field(default_factory=dict)

    def declared(self) -> dict[str, Any]:
        """What the page knows of it, formulas as MathML: see `Card` in `types.d.ts`."""
        return {
            "question": self.question,
            "answers": list(self.answers),
            "right": self.right,
            "region": self.region,
            "ask": dict(self.ask),
            "show": dict(self.show),
            "play": self.play,
            "happened": self.happened,
            "formula": _mathml(self.formula, "block"),
            "symbols": [{"symbol": _mathml(symbol), "meaning": meaning} for symbol, meaning in self.symbols.items()],
            "code": self.code.declared(),
            "paper": self.paper._asdict(),
        }


def _mathml(latex: str, display: str = "inline") -> str:
    from latex2mathml.converter import convert

    return convert(latex, display=display)
