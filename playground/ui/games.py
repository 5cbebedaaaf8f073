"""Blind games: a choice comes in, what is right goes out, and the vote is counted."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.routing import Route

from playground.runs.votes import as_words
from playground.ui.routes import BadRequest, route, run_and_step, visible_run
from playground.ui.views import view_of

if TYPE_CHECKING:
    from playground.ui.context import Context

REMEMBERED = 50_000
"""How many choices are known to have been made, so that none counts twice."""
ASKED = ("run", "step", "choice")


class Once:
    """Lets each key pass once, as long as it is remembered."""

    def __init__(self, most: int = REMEMBERED) -> None:
        """Forgets the oldest beyond `most`."""
        self.most = most
        self._seen: OrderedDict[Any, None] = OrderedDict()
        self._lock = Lock()

    def __call__(self, key: Any) -> bool:
        """Whether it is the first time."""
        with self._lock:
            if key in self._seen:
                return False
            self._seen[key] = None
            if len(self._seen) > self.most:
                self._seen.popitem(last=False)
            return True


def routes(context: Context) -> list[Route]:
    """`POST /games/LAB/VIEW?run=...&step=...&choice=...` and the round's options; `GET` tells the votes so far."""
    once = Once()

    def choose(request: Request) -> dict[str, Any]:
        view = view_of(request.path_params["lab"], request.path_params["view"])
        run, step = run_and_step(context, request)
        query = {key: value for key, value in request.query_params.items() if key not in ASKED}
        words = context.views.outcome(view, run, step, query).words
        choice = request.query_params.get("choice", "")
        if choice not in words["choices"]:
            raise BadRequest(f"One can choose {' or '.join(words['choices'])}, not “{choice[:40]}”.")
        visitor = context.identity.visitor(request.cookies)
        is_right = choice == words["right"]
        if visitor is not None and once((visitor, view.name, run.fingerprint(step), *sorted(query.items()))):
            context.store.votes.add(run.id, view.name, step, right=is_right)
        return {**words, "is_right": is_right, "votes": as_words(context.store.votes.tallies(run.id, view.name))}

    def tell(request: Request) -> dict[str, Any]:
        view = view_of(request.path_params["lab"], request.path_params["view"])
        run = visible_run(context, request, request.query_params.get("run", ""))
        return {"votes": as_words(context.store.votes.tallies(run.id, view.name))}

    return [route("/games/{lab}/{view}", choose, "POST"), route("/games/{lab}/{view}", tell)]
