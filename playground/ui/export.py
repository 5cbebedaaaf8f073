"""What leaves the server: the numbers of a run, its folder, and the lines of Python that compute a view."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import IO, TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from playground.runs.event_log import current_events
from playground.runs.folder import FRAMES, step_files
from playground.runs.reader import Run
from playground.ui.routes import route, run_and_step, visible_run
from playground.ui.views import part_of, view_of
from playground.view import NETWORK, View

if TYPE_CHECKING:
    from playground.ui.context import Context

FILES = ("card.md", "events.jsonl", "status.json")
CHUNK = 1 << 20


def numbers(run: Run) -> str:
    """All numbers of a run as CSV: a line a step, `training NAME` of batches, `test NAME` of held-out examples."""
    lines: dict[int, dict[str, object]] = {}
    for event in current_events(run.read_events().events):
        prefix = {"metrics": "training", "evaluated": "test"}.get(event["event"])
        if prefix is None:
            continue
        line = lines.setdefault(event["step"], {"step": event["step"]})
        line |= {"seconds": event["seconds"]} if "seconds" in event else {}
        line |= {"test examples": event["n"]} if "n" in event else {}
        line |= {f"{prefix} {name}": value for name, value in event["values"].items()}
    columns = dict.fromkeys(["step", "seconds", *(name for line in lines.values() for name in line)])
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(line for _, line in sorted(lines.items()))
    return text.getvalue()


def archive(run: Run) -> IO[bytes]:
    """The folder of a run as a zip file, without what an exact resume needs and without its owner.

    Unpacked into a folder of runs it is a run again.
    """
    content = tempfile.SpooledTemporaryFile(max_size=8 * CHUNK)  # noqa: SIM115 (whoever sends it closes it)
    with zipfile.ZipFile(content, "w") as packed:  # weights and pictures hardly shrink
        info = run.info.model_copy(update={"owner": "", "private": ()})
        packed.writestr(f"{run.id}/run.json", info.model_dump_json(indent=1))
        files = [run.path / name for name in FILES]
        files += [file for folder in FRAMES for _, file in sorted(step_files(run.path, folder))]
        for file in files:
            if file.is_file():
                packed.write(file, f"{run.id}/{file.relative_to(run.path).as_posix()}")
    content.seek(0)
    return content


def code(view: View, part: str, run: Run, step: int, query: Mapping[str, str]) -> str:
    """Python that computes what a part of a view shows; it runs in a checkout of this project."""
    of_part = part_of(view, part)
    options, uploads = {key: value for key, value in query.items() if key != NETWORK or value}, []
    asked = f"answering.answer(view, run, {step}, options, {json.dumps(part)}"
    answer = [f"answer = decode({asked}))"]
    if NETWORK in options:
        asked += ", start=True"
        answer = [f'while "waiting" in (answer := decode({asked}))).words:', "    sleep(0.1)  # it is fetched"]
    for name in (*of_part.chosen, *of_part.options.pictures()):
        if options.get(name, "").startswith("up-"):
            ending = ' + "-inverted"' if options.pop(name).endswith("-inverted") else ""
            uploads += [
                f'{name}, _ = inputs.add(Path("{name}.png").read_bytes())  # your picture, saved',
                f'options["{name}"] = {name}{ending}',
            ]
    text = json.dumps
    lines = [
        "from pathlib import Path",
        *(["from time import sleep"] if NETWORK in options else []),
        "",
        "from playground.labs import views",
        "from playground.runs.networks import Networks",
        "from playground.runs.store import Store",
        "from playground.ui.inputs import Inputs",
        "from playground.ui.views import Views",
        "from playground.view import decode",
        "",
        'store = Store(Path("runs"))',
        "inputs = Inputs(store.data)",
        f"run = store.get({text(run.id)})",
        f"view = views()[{text(run.recipe.lab)}][{text(view.name)}]",
        f"options = {text(options)}",
        *uploads,
        "answering = Views(store, Networks(), inputs)",
        *answer,
        "print(answer.words)",
        "for name, tensor in answer.tensors.items():",
        "    print(name, tuple(tensor.shape), tensor.dtype)",
    ]
    return "\n".join([*lines, ""])


def routes(context: Context) -> list[Route]:
    """The files of a run, and `/code/LAB/VIEW/PART?run=...&step=...`, which takes the part's own options, too."""
    one_at_a_time = ThreadPoolExecutor(1, thread_name_prefix="export")

    def attached(content: bytes | Iterator[bytes], run: Run, ending: str, media_type: str) -> Response:
        headers = {"Content-Disposition": f'attachment; filename="{run.id}.{ending}"', "Cache-Control": "no-store"}
        if isinstance(content, bytes):
            return Response(content, media_type=media_type, headers=headers)
        return StreamingResponse(content, media_type=media_type, headers=headers)

    def csv_file(request: Request) -> Response:
        run = visible_run(context, request, request.path_params["id"])
        return attached(numbers(run).encode(errors="replace"), run, "csv", "text/csv")

    def zip_file(request: Request) -> Response:
        run = visible_run(context, request, request.path_params["id"])
        return attached(_chunks(archive(run)), run, "zip", "application/zip")

    def code_of(request: Request) -> dict[str, str]:
        lab, name, part = (request.path_params[key] for key in ("lab", "view", "part"))
        view = view_of(lab, name)
        run, step = run_and_step(context, request)
        query = {key: value for key, value in request.query_params.items() if key not in ("run", "step")}
        context.views.check(view, run, query, part)
        return {"code": code(view, part, run, step, query)}

    return [
        route("/runs/{id}/numbers.csv", csv_file),
        route("/runs/{id}/run.zip", zip_file, executor=one_at_a_time),
        route("/code/{lab}/{view}/{part}", code_of),
    ]


def _chunks(content: IO[bytes]) -> Iterator[bytes]:
    with content:
        while part := content.read(CHUNK):
            yield part
