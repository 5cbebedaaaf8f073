"""The way to the Hub and back: a run that a visitor gives or takes, and how far it is, a line of JSON at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from playground.errors import Busy, PlaygroundError
from playground.jobs.admission import admit_kept, admit_network, admit_to_disk
from playground.jobs.launch import NotYours, begun
from playground.json_text import json_text
from playground.runs.hub import push
from playground.runs.pull import MOST_BYTES, pull
from playground.runs.reader import Run
from playground.ui.body import json_object
from playground.ui.routes import BadRequest, route, visible_run

if TYPE_CHECKING:
    from playground.ui.context import Context

AT_ONCE, WAITING = 2, 8
"""Runs that are on their way at once, and with those that wait for their turn."""
LEAST = 0.01
"""The smallest part that is told of."""
Told = Callable[[float], None]
_log = logging.getLogger(__name__)


def asked(request: Request) -> tuple[str, str]:
    """The repository and the token that a request carries.

    Raises:
        BadRequest: When they are no texts.
    """
    given = json_object(request.state.body)
    repo, token = given.get("repo", ""), given.get("token", "")
    if not (isinstance(repo, str) and isinstance(token, str) and len(token) < 200):
        raise BadRequest("A repository and a token are texts; reload the page.")
    return repo.strip(), token.strip()


def routes(context: Context) -> list[Route]:
    """`/hub/ID` gives a run, `/hub` takes one; both answer line by line: a part, and last what came of it."""
    workers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="hub")
    places = BoundedSemaphore(WAITING)

    def told(work: Callable[[Told], dict[str, Any]]) -> StreamingResponse:
        """Does the work in a thread of its own, and says how far it is."""
        if not places.acquire(blocking=False):
            raise Busy("Many runs are on their way at the moment; try again in a minute.")
        queue: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        before = [-1.0]

        def part(done: float) -> None:
            if done - before[0] >= LEAST:
                before[0] = done
                queue.put({"part": done})

        def run() -> None:
            try:
                queue.put(work(part))
            except PlaygroundError as error:
                queue.put({"error": str(error)})
            except Exception:
                _log.exception("a run cannot go to the Hub or come from it")
                queue.put({"error": "Something went wrong on the server; its log says what."})
            finally:
                places.release()
                queue.put(None)

        workers.submit(run)
        headers = {"Cache-Control": "no-store"}
        return StreamingResponse(_lines(queue), media_type="application/x-ndjson", headers=headers)

    def give(request: Request) -> StreamingResponse:
        run = visible_run(context, request, request.path_params["id"])
        repo, token = asked(request)
        if not token:
            raise BadRequest("To push takes a token of yours with the right to write; the Hub's settings give one.")
        private = json_object(request.state.body).get("private", True) is not False
        return told(lambda part: {"url": push(run, repo, token=token, private=private, on_progress=part)})

    def take(request: Request) -> StreamingResponse:
        owner = context.identity.visitor(request.cookies)
        if owner is None:
            raise NotYours("This browser sends no cookie, so its runs could not be its own; allow cookies.")
        repo, token = asked(request)
        admit_to_disk(context.store.runs, context.limits)
        admit_kept(owner, begun(context.store), context.limits)

        def admit(run: Run) -> None:
            parameters = sum(value.numel() for value in run.network(run.nearest(None)).parameters())
            admit_network(parameters, context.limits)
            admit_kept(owner, begun(context.store), context.limits, run.size)

        def work(part: Told) -> dict[str, Any]:
            most = min(MOST_BYTES, context.limits.bytes)
            key = token or False  # never the machine's own
            run = pull(repo, context.store, token=key, owner=owner, most=most, admit=admit, on_progress=part)
            return {"run": run.id, "lab": run.recipe.lab}

        return told(work)

    return [route("/hub/{id}", give, "POST"), route("/hub", take, "POST")]


def _lines(queue: SimpleQueue[dict[str, Any] | None]) -> Iterator[str]:
    while (line := queue.get()) is not None:
        yield json_text(line) + "\n"
