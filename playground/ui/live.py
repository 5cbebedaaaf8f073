"""The routes behind whatever is trained step by step while a visitor looks on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from playground.errors import Busy
from playground.jobs.branch import SECONDS
from playground.jobs.engine import CannotTrain, Live
from playground.jobs.launch import NotYours, launch
from playground.ui.body import json_object, part
from playground.ui.routes import answer_response, number, route, safetensors_response, visible_run
from playground.ui.train import order
from playground.ui.views import view_of
from playground.view import Answer

if TYPE_CHECKING:
    from playground.ui.context import Context

MOST = 50
"""Steps that one request may make."""
AGAIN = 0.25
"""Seconds after which to ask again when many wait."""


def routes(context: Context) -> list[Route]:
    """`/live` begins a run, `/live/RUN` makes steps and answers a view of what has come of them."""

    def engine() -> Live:
        if context.live is None:
            raise CannotTrain("Nothing can be trained step by step here.")
        return context.live

    def begin(request: Request) -> dict[str, Any]:
        asked = order(context, request)
        if not asked.recipe.live:
            raise CannotTrain(f"{asked.recipe.title} is too large to be trained step by step; use the form.")
        budget = min(SECONDS, context.limits.seconds)  # of a worker that may take it up: steps made here have no end
        chosen = asked.recipe.changed(seconds=budget, steps=None)
        run = launch(
            context.store,
            engine(),
            name=asked.name,
            recipe=chosen,
            parent=asked.parent,
            owner=asked.owner,
            limits=context.limits,
        )
        return {"run": run.id}

    def go_on(request: Request) -> Response:
        run = visible_run(context, request, request.path_params["id"])
        if run.shipped or not context.identity.owns(request, run.info.owner):
            raise NotYours("This run was started by someone else or came with the playground; branch it instead.")
        given = dict(request.query_params)
        view, only = view_of(run.recipe.lab, given.pop("view", "")), given.pop("only", "")
        times = min(int(number(request, "times", 0, minimum=0)), MOST)
        save = number(request, "save", 0, minimum=0) > 0
        for key in ("times", "save"):
            given.pop(key, None)
        knobs = part(json_object(request.state.body), "knobs")
        context.views.check(view, run, given)
        try:
            with engine().turn(run) as turn:
                turn.change(knobs)
                turn.play(times, only)
                if save:
                    turn.save()
                return safetensors_response(context.views.live(view, run, turn, given))
        except Busy as busy:  # no error of the page: it asks again
            return answer_response(Answer(words={"busy": str(busy), "again": AGAIN}))

    return [route("/live", begin, "POST"), route("/live/{id}", go_on, "POST")]
