"""The routes behind the view of experiments: which there are, and what one of them says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from starlette.requests import Request
from starlette.routing import Route

from playground.runs.comparison import told
from playground.runs.experiment import Axis, Experiment, gathered, read, shipped_experiments
from playground.runs.reader import Run
from playground.ui.routes import BadRequest, route

if TYPE_CHECKING:
    from playground.ui.context import Context


def routes(context: Context) -> list[Route]:
    """`/experiments/LAB` lists them; `/experiments/LAB/NAME?metric=...&axis=...` compares the arms of one."""

    def groups(request: Request, lab: str) -> dict[str, list[Run]]:
        """The runs of each group that whoever asks may see."""
        visitor = context.identity.visitor(request.cookies) or "nobody"
        found: dict[str, list[Run]] = {}
        for run in context.store.list(lab=lab):
            own = run.info.owner == visitor or context.identity.owns(request, run.info.owner)
            if run.info.group and (own or not (run.info.owner or context.store.private(run))):
                found.setdefault(run.info.group, []).append(run)
        return found

    def shipped(lab: str) -> dict[str, Experiment]:
        files = shipped_experiments(context.store.shipped)
        return {name: one for name, file in files.items() if lab in (one := read(file)).labs}

    def list_all(request: Request) -> dict[str, Any]:
        lab = request.path_params["lab"]
        finished = shipped(lab)
        own = [name for name in groups(request, lab) if name not in finished]
        return {
            "experiments": [
                *({"name": name, "title": one.title} for name, one in finished.items()),
                *({"name": name, "title": name} for name in own),
            ]
        }

    def compare(request: Request) -> dict[str, Any]:
        lab, name = request.path_params["lab"], request.path_params["name"]
        experiment = shipped(lab).get(name) or gathered(name, groups(request, lab).get(name, []))
        asked = request.query_params.get("axis") or "best"
        axis: Axis | None = next((one for one in get_args(Axis) if one == asked), None)
        if axis is None and asked != "best":
            raise BadRequest(f"Curves run along {', '.join(get_args(Axis))}, not “{asked[:20]}”.")
        return told(experiment, request.query_params.get("metric") or "", axis)

    return [route("/experiments/{lab}", list_all), route("/experiments/{lab}/{name}", compare)]
