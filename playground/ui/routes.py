"""The plain HTTP routes that live curves, scrubbing and dragging take, past Gradio's event queue."""

from __future__ import annotations

import logging
from asyncio import get_running_loop
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from anyio.to_thread import run_sync
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from playground.data import ImageSpec, PictureSpec, UnknownData
from playground.errors import Busy, PlaygroundError
from playground.jobs.launch import act_on, changed_knobs, readable
from playground.json_text import json_text
from playground.labs import guests, views
from playground.pictures import encode, grid
from playground.runs.reader import Run
from playground.runs.summary import summary
from playground.ui.body import received
from playground.view import NETWORK, Answer

if TYPE_CHECKING:
    from playground.ui.context import Context

BASE = "/playground"
_log = logging.getLogger(__name__)


class BadRequest(PlaygroundError):
    """The address asks for something that makes no sense."""


class AnyJSON(JSONResponse):
    """JSON of numbers and texts that may be none."""

    def render(self, content: Any) -> bytes:
        """The body."""
        return json_text(content).encode()


def route(
    path: str,
    handler: Callable[[Request], Response | dict[str, Any]],
    *methods: str,
    receive: Callable[[Request], Awaitable[Any]] = received,
    executor: Executor | None = None,
) -> Route:
    """A route under `BASE`; errors become one plain sentence.

    Args:
        path: What follows `BASE`.
        handler: Runs in a thread and finds what `receive` gave as `request.state.body`.
        methods: Of HTTP; GET if none is named.
        receive: Takes in the body.
        executor: Whose threads, so that few answers are worked on at once and the others wait; by default the server's.
    """

    async def endpoint(request: Request) -> Response:
        try:
            request.state.body = await receive(request)
            if executor is None:
                response = await run_sync(handler, request)
            else:
                response = await get_running_loop().run_in_executor(executor, handler, request)
            return response if isinstance(response, Response) else AnyJSON(response)
        except ClientDisconnect:
            return Response(status_code=400)
        except Busy as error:
            return AnyJSON({"error": str(error)}, status_code=503, headers={"Retry-After": "2"})
        except PlaygroundError as error:
            return AnyJSON({"error": str(error)}, status_code=400)
        except Exception:
            _log.exception("%s failed", request.url.path)
            return AnyJSON({"error": "Something went wrong on the server; its log says what."}, status_code=500)

    return Route(BASE + path, endpoint, methods=list(methods) or ["GET"])


def number(request: Request, name: str, default: float | None = None, *, minimum: float = -1e9) -> float:
    """A finite number of at least `minimum` from the query of an address."""
    text = request.query_params.get(name)
    if text is None and default is not None:
        return default
    try:
        value = float(text or "")
    except ValueError:
        value = float("nan")
    if not minimum <= value < 1e9:
        floor = f" of at least {minimum:g}" if minimum > -1e9 else ""
        raise BadRequest(f"“{name}” must be a number{floor}, and it was “{(text or '')[:20]}”.")
    return value


def visible_run(context: Context, request: Request, id: str) -> Run:
    """The run of that name, if whoever asks may see it."""
    return readable(context.store, id, context.identity.visitor(request.cookies) or "nobody")


def image_spec(context: Context, request: Request, name: str) -> ImageSpec:
    """What the data set of that name is, if whoever asks may see it and it holds pictures."""
    spec = _usable_spec(context, request, name)
    if not isinstance(spec, ImageSpec):
        raise BadRequest(f"“{spec.name}” holds {spec.example}, not pictures.")
    return spec


def _usable_spec(context: Context, request: Request, name: str) -> Any:
    """What the data set of that name is, if whoever asks may see it."""
    if not context.store.data.usable(name, context.identity.visitor(request.cookies) or "nobody"):
        raise UnknownData(f"There is no data set “{name[:80]}” here.")
    return context.store.data.spec(name)


def run_and_step(context: Context, request: Request) -> tuple[Run, int]:
    """The run that an address names, and the snapshot that shows it at the step asked for."""
    run = visible_run(context, request, request.query_params.get("run", ""))
    step = number(request, "step", -1)
    return run, run.nearest(None if step < 0 else int(step))


def image_response(content: bytes, kind: str, *, keep: bool = True) -> Response:
    """Image bytes; `keep` lets the browser cache them."""
    return media_response(content, f"image/{kind}", keep=keep)


def media_response(content: bytes, media_type: str, *, keep: bool) -> Response:
    """A file of media; `keep` lets the browser cache it."""
    headers = {"Cache-Control": "private, max-age=86400" if keep else "no-store"}
    return Response(content, media_type=media_type, headers=headers)


def answer_response(answer: Answer) -> Response:
    """Words and numbers, as `answer.js` reads them."""
    return safetensors_response(answer.encode())


def safetensors_response(content: bytes) -> Response:
    """An encoded `Answer`."""
    return Response(content, media_type="application/octet-stream", headers={"Cache-Control": "no-store"})


def fitting(run: Run) -> list[str]:
    """The names of the views that fit a run's network, in their order; none where its recipe is gone."""
    try:
        kind, spec = run.network_class, run.spec
    except PlaygroundError:
        return []
    return [view.name for view in views()[run.recipe.lab].values() if view.fits(kind, spec, run.recipe)]


def routes(context: Context) -> list[Route]:
    """The routes that every lab uses: runs, their news and previews, and images to look at."""

    def owned(request: Request, run: Run) -> bool:
        return not run.shipped and context.identity.owns(request, run.info.owner)

    def list_runs(request: Request) -> dict[str, Any]:
        runs = context.store.list(lab=request.query_params.get("lab"))
        mine = [(run, owned(request, run)) for run in runs]
        public = [run.shipped or not (run.info.owner or context.store.private(run)) for run in runs]
        visible = [pair for pair, seen in zip(mine, public, strict=True) if seen or pair[1]]
        entries = [(entry(run), own) for run, own in visible]
        return {"runs": [words | {"mine": own} for words, own in entries if words is not None]}

    def entry(run: Run) -> dict[str, Any] | None:
        """What the list says of a run; None for one whose folder is damaged, which must not end the list."""
        try:
            return summary(run) | {"views": fitting(run)}
        except Exception:
            _log.exception("the run %s cannot be listed", run.id)
            return None

    def news(request: Request) -> Response | dict[str, Any]:
        run = visible_run(context, request, request.path_params["id"])
        status, update = run.status, run.read_events(int(number(request, "since", 0, minimum=0)))
        version = f"{status.state}-{status.updated:.3f}-{update.position}"
        if request.query_params.get("seen") == version:
            return Response(status_code=204)
        return {
            **summary(run),
            "mine": owned(request, run),
            "seen": version,
            "position": update.position,
            "events": update.events,
            "snapshots": run.snapshots,
            "previews": run.previews,
            "media": run.media,
            "knobs": run.info.knobs,
            "changed": changed_knobs(context.store, run),
            "card": run.card,
            "views": fitting(run),
        }

    def preview(request: Request) -> Response:
        run, name = visible_run(context, request, request.path_params["id"]), request.path_params["step"]
        if not (name.isdecimal() and len(name) < 12):
            raise BadRequest(f"“{name[:20]}” is no step.")
        step = int(name)
        nearest = max((shown for shown in run.previews if shown <= step), default=step)  # a live run thins its previews
        content, media_type = run.preview(nearest)
        return media_response(content, media_type, keep=run.status.state == "done")

    def act(request: Request) -> dict[str, Any]:
        run, verb = visible_run(context, request, request.path_params["id"]), request.path_params["verb"]
        own = owned(request, run)
        act_on(context.store, context.engine, run, verb, owned=own, live=context.live, limits=context.limits)
        return {"done": verb}

    def add_picture(request: Request) -> dict[str, Any]:
        visitor = context.identity.visitor(request.cookies) or "nobody"
        name, bright = context.inputs.add(request.state.body, visitor)
        return {"picture": name, "bright": bright}

    def picture(request: Request) -> Response:
        name = request.path_params["name"]
        if not {"run", "data"} & request.query_params.keys() and name.startswith("up-"):
            return image_response(encode(context.inputs.original(name)), "png")
        return image_response(encode(context.inputs.get(name, _requested_spec(context, request))), "png")

    def example_sheet(request: Request) -> Response:
        spec = _requested_spec(context, request)
        images = context.store.data.examples(spec.name, spec.size)["images"]
        return image_response(encode(grid(images, 8, gap=0)), "png")

    def example_names(request: Request) -> dict[str, Any]:
        spec = _requested_spec(context, request)
        split = context.store.data.examples(spec.name, spec.size)
        labels = [spec.classes[label] for label in split["labels"].tolist()] if spec.classes else [""] * len(split)
        return {
            "data": spec.name,
            "size": spec.size,
            "channels": spec.channels,
            "labels": labels,
            "names": list(split.names) or (labels if spec.classes else [f"picture {i + 1}" for i in range(len(split))]),
        }

    return [
        route("/runs", list_runs),
        route("/runs/{id}", news),
        route("/runs/{id}/previews/{step}", preview),
        route("/runs/{id}/{verb:str}", act, "POST"),
        # a picture of 16 million pixels takes some hundred megabytes until it is small
        route("/pictures", add_picture, "POST", executor=ThreadPoolExecutor(2, thread_name_prefix="pictures")),
        route("/pictures/{name}.png", picture),
        route("/examples.png", example_sheet),
        route("/examples", example_names),
    ]


def _requested_spec(context: Context, request: Request) -> PictureSpec:
    """The shape of picture that an address asks for: a run's, or a guest's in its place, or a data set's at a size."""
    if "run" in request.query_params:
        run = visible_run(context, request, request.query_params["run"])
        guest = guests(run.recipe.lab).get(request.query_params.get(NETWORK, ""))
        spec = guest.spec(run.spec) if guest and isinstance(run.spec, ImageSpec) else run.spec
    else:
        spec = _usable_spec(context, request, request.query_params.get("data", ""))
        if isinstance(spec, PictureSpec):
            spec = context.store.data.spec(spec.name, int(number(request, "size", 28)))
    if not isinstance(spec, PictureSpec):
        raise BadRequest(f"“{spec.name}” holds {spec.example}, not pictures.")
    return spec
