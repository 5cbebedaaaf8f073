"""Visitors' own data sets on the page: what they have and draw, how they take it back, and when it is forgotten."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Annotated, Any

import torch
from pydantic import Field, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from torch import Generator

from playground.data.own import OwnSets
from playground.data.sets.plane import N_TEST, N_TRAIN, SEED
from playground.data.toy2d import from_strokes
from playground.errors import PlaygroundError
from playground.jobs.admission import admit_set
from playground.jobs.launch import NotYours
from playground.jobs.launch import delete as delete_run
from playground.ui.identity import OWNER
from playground.ui.routes import BadRequest, answer_response, route
from playground.view import Answer

if TYPE_CHECKING:
    from playground.ui.context import Context

HOUR = 3600.0
THUMBNAIL = 300
"""How many points of a data set its picture in the chooser has."""
Coordinate = Annotated[float, Field(ge=-1.25, le=1.25, allow_inf_nan=False)]
Line = Annotated[list[tuple[Coordinate, Coordinate]], Field(max_length=2000)]
DRAWING: TypeAdapter[list[list[tuple[float, float]]]] = TypeAdapter(
    Annotated[list[Line], Field(min_length=1, max_length=100)]
)
"""Lines of points (x, y)."""
_log = logging.getLogger(__name__)


def own_sets(context: Context) -> OwnSets:
    """The sets of the store; a page always has some place for them."""
    assert context.store.data.own is not None
    return context.store.data.own


def forget(context: Context, name: str) -> None:
    """Removes a set, and the runs that learned from it: their previews hold its pictures."""
    for run in context.store.list():
        if not run.shipped and run.spec.name == name:
            with suppress(PlaygroundError, OSError):
                delete_run(context.store, context.engine, run, context.live)
    context.store.data.forget(name)


def keep_tidy(context: Context) -> None:
    """Forgets, every hour, the sets of visitors who were not here for a day."""

    def work() -> None:
        while True:
            try:
                for name in own_sets(context).stale():
                    forget(context, name)
            except Exception:
                _log.exception("the sets of visitors who are gone cannot be removed")
            time.sleep(HOUR)

    Thread(target=work, name="tidy", daemon=True).start()


def routes(context: Context) -> list[Route]:
    """What a visitor has brought, how it is deleted, what points there are to learn, and how more are drawn."""

    def visitor(request: Request) -> str:
        return context.identity.visitor(request.cookies) or "nobody"

    def list_own(request: Request) -> dict[str, Any]:
        owner = visitor(request)
        found = [(name, own_sets(context).facts(name)) for name in own_sets(context).of(owner)]
        return {
            "sets": [
                {"name": name, "title": facts.title, "report": facts.report, "mine": facts.owner == owner}
                for name, facts in found
                if facts is not None
            ]
        }

    def delete(request: Request) -> dict[str, Any]:
        name = request.path_params["name"]
        facts = own_sets(context).facts(name)
        if facts is None or facts.owner == OWNER or not context.identity.owns(request, facts.owner):
            raise NotYours("There is no data set of yours under that name.")
        forget(context, name)
        return {"done": "delete"}

    def draw(request: Request) -> dict[str, Any]:
        try:
            strokes = DRAWING.validate_json(request.state.body)
        except ValidationError:
            raise BadRequest("A drawing is some lines of points on the pad, not too many; draw it again.") from None
        own, owner = own_sets(context), context.identity.visitor(request.cookies)
        if owner is None:
            raise NotYours("This browser sends no cookie, so a drawing could not be its own; allow cookies.")
        mine = own.uploaded(owner)
        drawings = [name for name in mine if context.store.data.spec(name).kind == "points"]
        if len(mine) >= context.limits.sets and drawings:  # a new drawing takes the place of the oldest one
            forget(context, drawings[-1])
        admit_set(0, len(own.uploaded(owner)), context.limits)
        points = from_strokes(strokes, N_TRAIN + N_TEST, Generator().manual_seed(SEED))
        return {"data": own.add_points(points, n_test=N_TEST, owner=owner, title="a drawing")}

    def points(request: Request) -> Response:
        data = context.store.data
        names = data.names(kinds=("points",))
        shown = [data.load(name).test["points"][:THUMBNAIL] for name in names]
        return answer_response(Answer({"points": torch.stack(shown)}, {"names": list(names)}))

    return [
        route("/data", list_own),
        route("/data/points", points),
        route("/data/drawing", draw, "POST"),
        route("/data/{name}/delete", delete, "POST"),
    ]
