"""What the chooser of densities sends: a name, or strokes that a visitor drew; and the thumbnails it shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import torch
from starlette.responses import Response
from torch import Generator, Tensor

from playground.data.toy2d import UnknownDensity, densities, from_strokes, sample
from playground.errors import PlaygroundError
from playground.ui.routes import answer_response
from playground.view import Answer

Draw = Callable[[int, Generator], Tensor]
DRAWN = "drawn"
MOST_STROKES, MOST_POINTS, REACH = 100, 2000, 1.25
THUMBNAIL = 300


class BadDrawing(PlaygroundError):
    """What came in is no drawing, or one that is too large."""


def told(body: bytes) -> dict[str, Any]:
    """The JSON object that a request carries.

    Raises:
        BadDrawing: When it carries something else.
    """
    try:
        found = json.loads(body or b"{}")
    except (ValueError, RecursionError):  # nested too deeply
        found = None
    if not isinstance(found, dict):
        raise BadDrawing("The page sent something that is no JSON object; reload it.")
    return found


def density(given: dict[str, Any]) -> tuple[str, Draw]:
    """The density that a request chooses by `density`, a name, or by `strokes`, lists of points [x, y].

    Raises:
        UnknownDensity: Naming those that there are.
        BadDrawing: When the strokes are no lists of points, too many, or outside of the pad.
    """
    strokes = given.get("strokes")
    if strokes is None:
        name = str(given.get("density", densities()[0]))[:40]
        if name not in densities():
            raise UnknownDensity(f"There is no density “{name}”; there are {', '.join(densities())}.")
        return name, partial(sample, name)
    lines = _checked(strokes)
    return DRAWN, lambda n, rng: from_strokes(lines, n, rng)


def _checked(strokes: object) -> list[list[tuple[float, float]]]:
    if not (isinstance(strokes, list) and all(isinstance(line, list) for line in strokes)):
        raise BadDrawing("A drawing is a list of lines, and a line a list of points; draw it again.")
    if len(strokes) > MOST_STROKES or sum(map(len, strokes)) > MOST_POINTS:
        raise BadDrawing(f"The drawing has more than {MOST_STROKES} lines or {MOST_POINTS} points; draw less.")
    lines = [[_point(point) for point in line] for line in strokes if line]
    if not lines:
        raise BadDrawing("Nothing is drawn yet; draw at least one line.")
    return lines


def _point(point: object) -> tuple[float, float]:
    if isinstance(point, list) and len(point) == 2 and all(type(value) in (int, float) for value in point):
        x, y = point
        if abs(x) <= REACH and abs(y) <= REACH:  # false for what is not a number
            return float(x), float(y)
    raise BadDrawing(f"Every point of a drawing is two numbers from -{REACH} to {REACH}; draw it again.")


@lru_cache(maxsize=1)
def _thumbnails() -> Tensor:
    rng = Generator().manual_seed(0)
    return torch.stack([sample(name, THUMBNAIL, rng) for name in densities()])


def thumbnails() -> Response:
    """The `names` of all densities, and `points` (densities, THUMBNAIL, 2), float32."""
    return answer_response(Answer({"points": _thumbnails()}, {"names": list(densities())}))
