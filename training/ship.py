"""Turns a finished run into one that ships: fewer frames, and a card."""

from __future__ import annotations

import io
import json
import platform
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import torch
from PIL import Image
from safetensors.torch import load

from playground.data import PictureSpec
from playground.errors import PlaygroundError
from playground.labs import recipe
from playground.runs.folder import FRAMES, step_name, write_whole
from playground.runs.reader import Run
from playground.runs.snapshot import KINDS, Format, Frame, Previous, encode, pack
from playground.runs.store import Store
from training.record import evaluated
from training.rounding import Exact


class Rounding(NamedTuple):
    """How a frame is rounded, see `encode`."""

    format: Format
    largest: int | None = None
    exempt: int = 0


SNAPSHOTS, CURVE = 9, 240
"""How many frames and points of the curve are kept."""
MOST, LAST = 0.05, 0.02
"""How much rounding may change what a view shows, and in the last frame; one where it is more stays float16."""
ROUNDINGS: tuple[Rounding, ...] = (
    *[Rounding("int8", largest) for largest in (31, 63, 127)],
    *[Rounding("int8", exempt=exempt) for exempt in (2**12, 2**14, 2**15)],
    *[Rounding("int12", largest) for largest in (255, 511, 1023, 2047)],
)
"""How a frame can be rounded: by the largest number of a row, or with matrices up to some size left as they are."""
PREVIEW = 65
"""The quality of previews as WebP, of 100."""
SERIES = ("metrics", "evaluated", "snapshot", "preview")
"""What a run reports again and again; of the last three, that of each frame is kept."""


class NotFinished(PlaygroundError):
    """Only a run that has spent its budget ships."""


def ship(run: Run, target: Path, *, store: Store, snapshots: int = SNAPSHOTS) -> Run:
    """Copies `run` to `target`, thinned, evaluated once more from the snapshot that ships, and with a card.

    A frame is a snapshot and the preview that goes with it, so whatever the page scrubs to it can show.

    Raises:
        NotFinished: When its budget is not spent, or it has shipped already: what was thinned is gone.
    """
    if run.shipped or run.path == target:
        raise NotFinished(f"The run “{run.id}” has shipped already; ship the run that it was made from.")
    if run.status.state != "done":
        raise NotFinished(f"The run “{run.id}” is {run.status.state}; only one that is done can ship.")
    folder = target.with_name(f".{target.name}.new")  # what shipped before stays until all of this is there
    shutil.rmtree(folder, ignore_errors=True)
    _pack(run, target.name, folder, store=store, snapshots=snapshots)
    if target.exists():
        shutil.rmtree(target)
    folder.rename(target)
    return Run(target.name, target, shipped=True)


def _pack(run: Run, name: str, target: Path, *, store: Store, snapshots: int) -> None:
    for folder in FRAMES:
        (target / folder).mkdir(parents=True)
    frames = sorted({*run.snapshots} & {*run.previews})
    steps = sorted({*spread(frames, snapshots), *_marked(run) & {*frames}})
    for file in ("run.json", "status.json"):
        write_whole(target / file, (run.path / file).read_bytes())
    shipped = Run(name, target, shipped=True)
    rounded: list[dict[str, float]] = []
    begun, previous = steps[0] == 0 and _is_begun(run), None
    for step in steps:
        for preview in run.path.glob(f"previews/{step_name(step, '*')}"):
            write_whole(target / "previews" / preview.name, _smaller(preview.read_bytes(), preview.suffix))
        if step == 0 and begun:
            _write(shipped, step, _packed(run.frame(step), "seed"))
            continue
        apart = _write_rounded(run, shipped, step, store, most=LAST if step == steps[-1] else MOST, previous=previous)
        if apart is None:
            _write(shipped, step, _packed(run.frame(step), "float16", previous=previous))
        else:
            rounded.append(apart)
        previous = Previous(_file(step), shipped.weights(step))
    values, n = evaluated(shipped, steps[-1], store=store)
    write_whole(target / "events.jsonl", _events(run, steps, values, n))
    card = _card(shipped, values, n, _frames(len(steps), begun, rounded), store)
    write_whole(target / "card.md", card.encode())


def _marked(run: Run) -> set[int]:
    """The steps that the training marked itself, whose frames ship in any case: a task had ended, the network grew."""
    return {event["step"] for event in run.read_events().events if event["event"] == "mark" and event.get("label")}


def _smaller(preview: bytes, suffix: str) -> bytes:
    """A preview in fewer bytes; it is looked at beside the pointer."""
    if suffix != ".webp":
        return preview
    content = io.BytesIO()
    Image.open(io.BytesIO(preview)).save(content, "WEBP", quality=PREVIEW, method=6)
    return min(preview, content.getvalue(), key=len)


def spread(steps: Sequence[int], count: int) -> list[int]:
    """At most `count` of `steps`, the first and the last among them, evenly by their order."""
    if len(steps) <= count:
        return list(steps)
    return sorted({steps[round(i * (len(steps) - 1) / (count - 1))] for i in range(count)})


def _is_begun(run: Run) -> bool:
    """Whether the first frame is what the run's seed builds, as it is not in a branch."""
    frame = run.frame(0)
    built = run.begun(frame.shape)
    as_kept = load(encode(built, shape=frame.shape))
    return built.keys() == frame.weights.keys() and all(
        torch.equal(as_kept[name].to(value), value) for name, value in frame.weights.items()
    )


def _write_rounded(
    run: Run, shipped: Run, step: int, store: Store, *, most: float, previous: Previous | None
) -> dict[str, float] | None:
    """Writes a frame in as few bytes as change no view by more than `most`; what they change by view.

    None, and no file that counts, where every rounding changes one by more.
    """
    frame, exact = run.frame(step), Exact(run, step, store)
    largest = max(value.numel() for value in frame.weights.values())
    contents = [_packed(frame, *rounding, previous=previous) for rounding in ROUNDINGS if rounding.exempt < largest]
    for content in sorted(contents, key=len):
        _write(shipped, step, content)
        apart = exact.differences(shipped.network(step), most)
        if max(apart.values(), default=0.0) <= most:
            return apart
    return None


def _packed(
    frame: Frame,
    format: Format,
    largest: int | None = None,
    exempt: int = 0,
    *,
    previous: Previous | None = None,
) -> bytes:
    return pack(
        encode(frame.weights, shape=frame.shape, format=format, largest=largest, exempt=exempt, previous=previous)
    )


def _file(step: int) -> str:
    return step_name(step, KINDS[1])


def _write(shipped: Run, step: int, content: bytes) -> None:
    write_whole(shipped.path / "snapshots" / _file(step), content)


def _frames(n: int, begun: bool, rounded: Sequence[dict[str, float]]) -> str:
    """How the frames are kept.

    Args:
        n: How many there are.
        begun: Whether the first one is built from the seed.
        rounded: What rounding to integers changed by view, in each frame that it was done in.
    """
    first = "; that of step 0 is built from the seed" if begun else ""
    if not rounded:
        return f"{n}, as float16{first}."
    largest = {view: max(apart[view] for apart in rounded) for view in rounded[0]}
    changes = ", ".join(f"{view} {100 * value:.1f} %" for view, value in largest.items())
    others = "; others as float16" if len(rounded) + begun < n else ""
    return (
        f"{n}, {len(rounded)} of them as integers, which changes what views show by at most: {changes} (goal: "
        f"{100 * MOST:g} %, in the last one {100 * LAST:g} %){others}{first}."
    )


def _events(run: Run, steps: Sequence[int], values: dict[str, float], n: int) -> bytes:
    """What the run reported; its last evaluation is that of the snapshot which ships."""
    events = run.read_events().events
    for event in events:
        if event["event"] == "evaluated" and event["final"]:
            event |= {"values": values, "n": n}
    curves = [[event for event in events if event["event"] == kind] for kind in ("metrics", "evaluated")]
    thinned = {id(curve[i]) for curve in curves for i in spread(range(len(curve)), CURVE)}
    kept = [
        event
        for event in events
        if event["event"] not in SERIES
        or event["step"] in steps
        and event["event"] != "metrics"
        or id(event) in thinned
    ]
    lines = [json.dumps(_brief(event), separators=(",", ":")) for event in kept]
    return "\n".join([*lines, ""]).encode()


def _brief(value: Any) -> Any:
    """What a run reported, its numbers to six digits: float32 has hardly more."""
    if isinstance(value, dict):
        return {name: _brief(one) for name, one in value.items()}
    return float(f"{value:.6g}") if isinstance(value, float) else value


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


def _card(run: Run, values: dict[str, float], n: int, frames: str, store: Store) -> str:
    """What stands beside a run that ships."""
    data = store.data.card(run.info.spec.name)
    result = ", ".join(f"{key} {value:.4g}" for key, value in values.items())
    seconds = next(event["seconds"] for event in reversed(run.read_events().events) if event["event"] == "finished")
    memory = psutil.virtual_memory().total / 2**30
    steps, spec = run.nearest(None), run.info.spec
    parameters = sum(parameter.numel() for parameter in run.network(steps).parameters())
    pixels = f" at {spec.size} pixels" if isinstance(spec, PictureSpec) else ""
    unit = run.recipe.controls()["batch_size"].unit
    batch = spec.example if unit == "examples" else unit
    threads = next((event["threads"] for event in run.read_events().events if "threads" in event), 1)
    return f"""# {run.id}

{run.recipe.title} with {parameters:,} parameters, trained on {data.title}{pixels}.

- **Result:** {result}, on {n:,} test {spec.example}, from the snapshot of step {steps:,} that ships.
- **Frames:** {frames}
- **Training:** {steps:,} steps of {run.recipe.batch_size} {batch} in {seconds:,.0f} s, seed {run.recipe.seed}.
- **Hardware:** {run.info.device}, {processor()}, {threads} thread{"s" if threads > 1 else ""}, {memory:.0f} GiB; \
other work ran on the machine at the same time.
- **Command:** `{_command(run)}`
- **Data:** {data.what} Source: {data.source}. License: {data.license}. {data.attribution}
- **License of the weights:** Apache-2.0.
"""


def processor() -> str:
    """The processor's name as the system gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
