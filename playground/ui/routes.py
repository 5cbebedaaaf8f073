"""The plain HTTP routes that live curves, scrubbing and dragging take, past Gradio's event queue."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from playground.data import examples, spec
from playground.data.images import Spec
from playground.errors import PlaygroundError
from playground.jobs.launch import act_on
from playground.runs.reader import Run
from playground.runs.sheet import encode, grid
from playground.ui.context import Context

BASE = "/playground"
MOST_BYTES = 10_000_000
_log = logging.getLogger(__name__)


class BadRequest(PlaygroundError):
    """The address asks for something that makes no sense."""


def route(path: str, answer: Callable[[Request], Response | dict[str, Any]], *methods: str) -> Route:
    """A route under `BASE` whose function runs in a thread; errors become one plain sentence."""

    async def endpoint(request: Request) -> Response:
        try:
            request.state.body = await _body(request)
            found = await run_sync(answer, request)
            return found if isinstance(found, Response) else JSONResponse(found)
        except PlaygroundError as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        except Exception:
            _log.exception("%s failed", request.url.path)
            return JSONResponse({"error": "Something went wrong on the server; its log says what."}, status_code=500)

    return Route(BASE + path, endpoint, methods=list(methods) or ["GET"])


async def _body(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            raise BadRequest(f"The file is larger than {MOST_BYTES // 1_000_000} MB. Choose a smaller one.")
    return b"".join(parts)


def number(request: Request, name: str, default: float | None = None, *, least: float = -1e9) -> float:
    """A finite number of at least `least` from the query of an address."""
    text = request.query_params.get(name)
    if text is None and default is not None:
        return default
    try:
        value = float(text or "")
    except ValueError:
        value = float("nan")
    if not least <= value < 1e9:
        floor = f" of at least {least:g}" if least > -1e9 else ""
        raise BadRequest(f"“{name}” must be a number{floor}, and it was “{(text or '')[:20]}”.")
    return value


def run_and_step(context: Context, request: Request) -> tuple[Run, int]:
    """The run that an address names, and the snapshot that shows it at the step asked for."""
    run = context.store.get(request.query_params.get("run", ""))
    step = number(request, "step", -1)
    return run, run.nearest(None if step < 0 else int(step))


def image_response(content: bytes, kind: str, *, keep: bool = True) -> Response:
    """Picture bytes; `keep` lets the browser hold on to them."""
    headers = {"Cache-Control": "private, max-age=86400" if keep else "no-store"}
    return Response(content, media_type=f"image/{kind}", headers=headers)


def routes(context: Context) -> list[Route]:
    """The routes that every lab uses: runs, their news and previews, and pictures to look at."""

    def list_runs(request: Request) -> dict[str, Any]:
        lab, visitor = request.query_params.get("lab"), request.query_params.get("visitor", "")
        found = context.store.list(lab=lab, visitor=visitor)
        return {"runs": [_summary(run) for run in found]}

    def news(request: Request) -> Response | dict[str, Any]:
        run = context.store.get(request.path_params["id"])
        status, found = run.status, run.news(int(number(request, "since", 0, least=0)))
        seen = f"{status.state}-{status.updated:.3f}-{found.position}"
        if request.query_params.get("seen") == seen:
            return Response(status_code=204)
        return {
            **_summary(run),
            "seen": seen,
            "position": found.position,
            "events": found.events,
            "snapshots": run.snapshots,
            "previews": run.previews,
            "knobs": run.info.knobs,
            "card": run.card,
            "watched": run.recipe.watched,
        }

    def preview(request: Request) -> Response:
        run, step = context.store.get(request.path_params["id"]), request.path_params["step"]
        kept = max((one for one in run.previews if one <= step), default=step)  # a live run thins its previews
        return image_response(run.preview(kept), "webp", keep=run.status.state == "done")

    def act(request: Request) -> dict[str, Any]:
        run = context.store.get(request.path_params["id"])
        verb, visitor = request.path_params["verb"], request.headers.get("x-playground-visitor", "")
        act_on(context.store, context.engine, run, verb, visitor)
        return {"done": verb}

    def add_picture(request: Request) -> dict[str, Any]:
        name, bright = context.inputs.add(request.state.body)
        return {"picture": name, "bright": bright}

    def picture(request: Request) -> Response:
        name = request.path_params["name"]
        return image_response(encode(context.inputs.get(name, _wanted_spec(context, request))), "png")

    def example_sheet(request: Request) -> Response:
        wanted = _wanted_spec(context, request)
        return image_response(encode(grid(examples(wanted.name, wanted.size).images, 8, gap=0)), "png")

    def example_names(request: Request) -> dict[str, Any]:
        wanted = _wanted_spec(context, request)
        split = examples(wanted.name, wanted.size)
        labels = [wanted.classes[label] for label in split.labels.tolist()]
        return {
            "data": wanted.name,
            "size": wanted.size,
            "channels": wanted.channels,
            "labels": labels,
            "names": list(split.names) or labels,
        }

    return [
        route("/runs", list_runs),
        route("/runs/{id}", news),
        route("/runs/{id}/previews/{step:int}.webp", preview),
        route("/runs/{id}/{verb:str}", act, "POST"),
        route("/pictures", add_picture, "POST"),
        route("/pictures/{name}.png", picture),
        route("/examples.png", example_sheet),
        route("/examples", example_names),
    ]


def _wanted_spec(context: Context, request: Request) -> Spec:
    """The shape of picture that an address asks for: a run's, or a data set's at a size."""
    if "run" in request.query_params:
        return context.store.get(request.query_params["run"]).info.spec
    return spec(request.query_params.get("data", ""), int(number(request, "size", 28)))


def _summary(run: Run) -> dict[str, Any]:
    status, info = run.status, run.info
    final = run.final() if status.state == "done" else None
    return {
        "id": run.id,
        "name": info.name,
        "title": run.recipe.title,
        "lab": run.recipe.lab,
        "data": info.spec.name,
        "size": info.spec.size,
        "channels": info.spec.channels,
        "classes": list(info.spec.classes),
        "shipped": run.shipped,
        "visitor": bool(info.visitor),
        "created": info.created,
        "parent": info.parent.model_dump() if info.parent else None,
        "resumable": run.resumable,
        "status": status.model_dump(exclude={"worker"}),
        "final": {"values": final[0], "n": final[1]} if final else None,
        "watched": run.recipe.watched,
    }
