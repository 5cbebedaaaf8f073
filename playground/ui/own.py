"""Visitors' own data sets on the page: brought as pictures, drawn, listed, deleted, and forgotten after a day."""

from __future__ import annotations

import logging
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, Annotated, Any

import torch
from pydantic import Field, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from torch import Generator

from playground.data.folder import Limits as SetLimits
from playground.data.own import OwnSets
from playground.data.sets.plane import N_TEST, N_TRAIN, SEED
from playground.data.toy2d import from_strokes
from playground.errors import Busy, PlaygroundError
from playground.jobs.admission import admit_set, admit_to_disk
from playground.jobs.launch import NotYours
from playground.jobs.launch import delete as delete_run
from playground.ui.body import parts
from playground.ui.identity import OWNER
from playground.ui.routes import BadRequest, answer_response, route
from playground.view import Answer

if TYPE_CHECKING:
    from playground.ui.context import Context

MINUTE = 60.0
MOST_UPLOADS = 8
"""How many archives are taken in, or wait for it, at once."""
THUMBNAIL = 300
"""How many points of a data set its picture in the chooser has."""
Coordinate = Annotated[float, Field(ge=-1.25, le=1.25, allow_inf_nan=False)]
Line = Annotated[list[tuple[Coordinate, Coordinate]], Field(max_length=2000)]
DRAWING: TypeAdapter[list[list[tuple[float, float]]]] = TypeAdapter(
    Annotated[list[Line], Field(min_length=1, max_length=100)]
)
"""Lines of points (x, y)."""
_log = logging.getLogger(__name__)


class CannotForget(PlaygroundError):
    """A data set, or what learned from it, cannot be removed."""


def own_sets(context: Context) -> OwnSets:
    """The sets of the store; a page always has some place for them."""
    assert context.store.data.own is not None
    return context.store.data.own


def forget(context: Context, name: str) -> None:
    """Removes a set, and the runs that learned from it: their previews and weights hold its pictures.

    Raises:
        CannotForget: When a run cannot be removed; the set stays, so that it can be tried again.
    """
    with context.store.admitting:  # no run begins to learn from it meanwhile
        learned = context.store.learned_from(name)
        for run in learned:
            with suppress(PlaygroundError, OSError):
                delete_run(context.store, context.engine, run, context.live)
        context.views.forget(name, learned)
        if left := [run.id for run in learned if run.path.exists()]:
            raise CannotForget(f"The run “{left[0]}” cannot be removed now, so the data stay as well; try again.")
        context.store.data.forget(name)


def forget_stale(context: Context) -> None:
    """Forgets the sets of visitors who were not here for a day, unless a run still learns from them.

    One that cannot be removed now is tried again the next time; the others do not wait for it.
    """
    for name in own_sets(context).stale():
        try:
            if not any(run.status.state in ("queued", "running") for run in context.store.learned_from(name)):
                forget(context, name)
        except (PlaygroundError, OSError):
            _log.exception("the data set %s cannot be forgotten", name)


def keep_tidy(context: Context) -> None:
    """Every minute forgets what is stale, and lets go of runs that nobody steps any more."""

    def work() -> None:
        while True:
            try:
                forget_stale(context)
                if context.live is not None:
                    context.live.tidy()
            except Exception:
                _log.exception("what visitors who are gone have left cannot be removed")
            time.sleep(MINUTE)

    Thread(target=work, name="tidy", daemon=True).start()


def routes(context: Context) -> list[Route]:
    """What a visitor has brought, how more is brought or drawn, how it is deleted, and what points there are."""

    def owner(request: Request) -> str:
        visitor = context.identity.visitor(request.cookies)
        if visitor is None:
            raise NotYours("This browser sends no cookie, so nothing could be its own; allow cookies.")
        return visitor

    def list_own(request: Request) -> dict[str, Any]:
        visitor, own = context.identity.visitor(request.cookies) or "nobody", own_sets(context)
        sets = [(name, facts) for name in own.of(visitor) if (facts := own.facts(name)) is not None]
        listed = [
            {"name": name, "title": facts.title, "report": facts.report, "refused": facts.refused}
            | {"mine": facts.owner == visitor}
            for name, facts in sets
        ]
        return {"sets": listed, "upload": context.limits.upload}

    uploading: set[str] = set()
    drawing = Lock()

    async def archive(request: Request) -> Path:
        visitor = owner(request)
        admit_set(0, len(own_sets(context).uploaded(visitor)), context.limits)
        admit_to_disk(context.store.runs, context.limits)
        if visitor in uploading or len(uploading) >= MOST_UPLOADS:
            raise Busy("Pictures are still being taken in; try again once they are.")
        with ExitStack() as undo:
            uploading.add(visitor)
            undo.callback(uploading.discard, visitor)
            handle, path = tempfile.mkstemp(suffix=".zip")
            undo.callback(os.unlink, path)
            with os.fdopen(handle, "wb") as file:
                async for part in parts(request):
                    file.write(part)
                    admit_set(file.tell(), 0, context.limits)
            undo.pop_all()  # it is whole: whoever takes it in removes it
        return Path(path)

    def upload(request: Request) -> dict[str, Any]:
        file: Path = request.state.body
        try:
            own, visitor = own_sets(context), owner(request)
            admit_set(file.stat().st_size, len(own.uploaded(visitor)), context.limits)
            title = request.query_params.get("title") or "pictures"
            title, most = own.new_title(title, visitor), SetLimits(total_pixels=context.limits.decoded)
            return {"data": own.add(file, owner=visitor, title=title, limits=most)}
        finally:
            file.unlink()
            uploading.discard(owner(request))

    def owned(request: Request) -> str:
        name = request.path_params["name"]
        facts = own_sets(context).facts(name)
        if facts is None or facts.owner == OWNER or not context.identity.owns(request, facts.owner):
            raise NotYours("There is no data set of yours under that name.")
        return name

    def refused(request: Request) -> Response:
        return Response(own_sets(context).refused(owned(request)), media_type="text/plain; charset=utf-8")

    def delete(request: Request) -> dict[str, Any]:
        forget(context, owned(request))
        return {"done": "delete"}

    def draw(request: Request) -> dict[str, Any]:
        try:
            strokes = DRAWING.validate_json(request.state.body)
        except ValidationError:
            raise BadRequest("A drawing is some lines of points on the pad, not too many; draw it again.") from None
        own, visitor = own_sets(context), owner(request)
        points = from_strokes(strokes, N_TRAIN + N_TEST, Generator().manual_seed(SEED))
        with drawing:
            brought = own.uploaded(visitor)
            drawings = [name for name in brought if context.store.data.spec(name).kind == "points"]
            if len(brought) >= context.limits.sets and drawings:  # a new drawing takes the place of the oldest one
                forget(context, drawings[-1])
            admit_set(0, len(own.uploaded(visitor)), context.limits)
            admit_to_disk(context.store.runs, context.limits)
            return {"data": own.add_points(points, n_test=N_TEST, owner=visitor, title="a drawing")}

    def points(request: Request) -> Response:
        data = context.store.data
        names = data.names(kinds=("points",))
        shown = [data.load(name).test["points"][:THUMBNAIL] for name in names]
        return answer_response(Answer({"points": torch.stack(shown)}, {"names": list(names)}))

    return [
        route("/data", list_own),
        route("/data/points", points),
        route("/data/drawing", draw, "POST"),
        # thousands of pictures keep a processor busy for a while: one archive at a time
        route("/data/pictures", upload, "POST", receive=archive, executor=ThreadPoolExecutor(1)),
        route("/data/{name}/refused.txt", refused),
        route("/data/{name}/delete", delete, "POST"),
    ]
