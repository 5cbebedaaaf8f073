"""Turns a finished run into one that ships: the strip that fits, and a card that says what it is."""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Sequence
from pathlib import Path

import psutil

from playground.data import card
from playground.errors import PlaygroundError
from playground.labs import recipe
from playground.runs.folder import step_name, write_whole
from playground.runs.reader import Run
from training.record import evaluated

SNAPSHOTS, PREVIEWS, CURVE = 4, 12, 240
"""How many snapshots, previews and points of the curve are kept."""


class NotFinished(PlaygroundError):
    """Only a run that has spent its budget ships."""


def ship(run: Run, target: Path, *, snapshots: int = SNAPSHOTS) -> Run:
    """Copies `run` to `target`, thinned, judged once more from the snapshot that ships, and with a card.

    Raises:
        NotFinished: When its budget is not spent.
    """
    if run.status.state != "done":
        raise NotFinished(f"The run “{run.id}” is {run.status.state}; only one that is done can ship.")
    if target.exists():
        shutil.rmtree(target)
    for folder in ("snapshots", "previews"):
        (target / folder).mkdir(parents=True)
    kept = spread(run.snapshots, snapshots)
    frames = sorted({*spread(run.previews, PREVIEWS), *(step for step in kept if step in run.previews)})
    for step in kept:
        _copy(run, target, "snapshots", step_name(step, "safetensors"))
    for step in frames:
        _copy(run, target, "previews", step_name(step, "webp"))
    for name in ("run.json", "status.json"):
        write_whole(target / name, (run.path / name).read_bytes())
    values, n = evaluated(run, kept[-1], device="cpu")
    write_whole(target / "events.jsonl", _events(run, kept, frames, values, n))
    write_whole(target / "card.md", _card(run, target.name, values, n).encode())
    return Run(target.name, target, shipped=True)


def spread(steps: Sequence[int], most: int) -> list[int]:
    """At most `most` of `steps`, the first and the last among them, evenly by their order."""
    if len(steps) <= most:
        return list(steps)
    return sorted({steps[round(i * (len(steps) - 1) / (most - 1))] for i in range(most)})


def _copy(run: Run, target: Path, folder: str, name: str) -> None:
    write_whole(target / folder / name, (run.path / folder / name).read_bytes())


def _events(run: Run, snapshots: Sequence[int], previews: Sequence[int], values: dict[str, float], n: int) -> bytes:
    """What is told of the run; its last evaluation is that of the snapshot which ships."""
    events = run.news().events
    for event in events:
        if event["event"] == "evaluated" and event["final"]:
            event |= {"values": values, "n": n}
    curve = [event for event in events if event["event"] == "metrics"]
    points = {id(curve[i]) for i in spread(range(len(curve)), CURVE)}
    there = {"snapshot": set(snapshots), "preview": set(previews)}
    lines = [
        json.dumps(event)
        for event in events
        if (event["event"] != "metrics" or id(event) in points)
        and event.get("step") in there.get(event["event"], {event.get("step")})
    ]
    return "\n".join([*lines, ""]).encode()


def _command(run: Run) -> str:
    """The command line that makes the run again."""
    preset = recipe(run.info.name).model_dump()
    changed = {name: value for name, value in run.info.knobs.items() if preset.get(name) != value}
    words = ["python -m training run", run.info.name]
    for name in ("seconds", "steps"):
        if changed.pop(name, None) is not None:
            words.append(f"--{name} {run.info.knobs[name]:g}")
    words += [f"--set {name}={json.dumps(value)}" for name, value in changed.items() if value is not None]
    return " ".join(words)


def _card(run: Run, name: str, values: dict[str, float], n: int) -> str:
    data = card(run.info.spec.name)
    result = ", ".join(f"{key} {value:.4g}" for key, value in values.items())
    seconds = next(event["seconds"] for event in reversed(run.news().events) if event["event"] == "finished")
    parameters = sum(parameter.numel() for parameter in run.recipe.network(run.info.spec).parameters())
    memory = psutil.virtual_memory().total / 2**30
    steps = run.nearest(None)
    threads = next((event["threads"] for event in run.news().events if "threads" in event), 1)
    return f"""# {name}

{run.recipe.title} with {parameters:,} parameters, trained on {data.title} at {run.info.spec.size} pixels.

- **Result:** {result}, on {n:,} test pictures, from the float16 snapshot of step {steps:,} that ships.
- **Training:** {steps:,} steps of {run.recipe.batch_size} pictures in {seconds:,.0f} s, seed {run.recipe.seed}.
- **Hardware:** {run.info.device}, {processor()}, {threads} thread{"s" if threads > 1 else ""}, {memory:.0f} GiB; \
other work ran on the machine at the same time.
- **Command:** `{_command(run)}`
- **Data:** {data.what} Source: {data.source}. Licence: {data.licence}. {data.attribution}
- **Licence of the weights:** Apache-2.0.
"""


def processor() -> str:
    """The processor's name as the system gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
