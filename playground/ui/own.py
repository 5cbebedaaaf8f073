"""Visitors' own data sets on the page: what they have, how they take it back, and when it is forgotten."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.routing import Route

from playground.data.own import OwnSets
from playground.errors import PlaygroundError
from playground.jobs.launch import NotYours
from playground.ui.identity import OWNER
from playground.ui.routes import route

if TYPE_CHECKING:
    from playground.ui.context import Context

HOUR = 3600.0
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
                context.engine.cancel(run)
                context.store.delete(run)
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
    """What a visitor has brought, and how it is deleted."""

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

    return [route("/data", list_own), route("/data/{name}/delete", delete, "POST")]
