"""The run folder, written: every file appears whole or not at all, whatever happens to the writer."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Any

from safetensors.torch import save

from playground.runs.events import (
    Checkpoint,
    Evaluated,
    Evaluating,
    Event,
    Finished,
    Marked,
    Metrics,
    Preview,
    Snapshot,
    Started,
    State,
)
from playground.runs.folder import BEAT, FRAMES, Status, Worker, step_files, step_name, write_status, write_whole
from playground.runs.snapshot import encode

MAX_FRAMES = 100
"""Previews of a run, and snapshots."""


class Writer:
    """Turns the events of one training into the files of its folder; `close` ends its heartbeat."""

    def __init__(self, path: Path, *, live: bool = False) -> None:
        """Goes on with the folder at `path`, which holds a `run.json` already.

        A `live` run is stepped while somebody looks, and counts as paused all the time.
        """
        self.path = path
        self.status = Status(state="paused") if live else Status(state="running", worker=Worker.this())
        for folder in FRAMES:
            (path / folder).mkdir(exist_ok=True)
        self._remove_partial_files()
        self.preview_steps = sorted({step for step, _ in step_files(path, "previews")})
        self._repair_events()
        self._closed = Flag()
        write_status(path, self.status)
        if not live:
            self._touch_heartbeat()
            Thread(target=self._beat_until_closed, name="heartbeat", daemon=True).start()

    def close(self) -> None:
        """Ends the heartbeat."""
        self._closed.set()
        (self.path / "heartbeat").unlink(missing_ok=True)

    def _touch_heartbeat(self) -> None:
        (self.path / "heartbeat").touch()

    def _beat_until_closed(self) -> None:
        while not self._closed.wait(BEAT):
            try:
                self._touch_heartbeat()
            except FileNotFoundError:  # the run was deleted
                return
            except OSError:
                continue  # a full disk has no room for a new file, but may have soon

    def write(self, event: Event) -> None:
        """Puts one event on the disk.

        Raises:
            OSError: When it could not be written; all that was there before is still whole.
        """
        match event:
            case Snapshot(step, weights, shape):
                write_whole(self.path / "snapshots" / step_name(step, "safetensors"), encode(weights, shape=shape))
                self.append("snapshot", {"step": step})
            case Preview(step, media):
                write_whole(self.path / "previews" / step_name(step, media.suffix), media.encode())
                self.append("preview", {"step": step})
                self._thin_frames(step)
            case Checkpoint(_, State(tensors, values)):
                content = save(dict(tensors), metadata={"values": json.dumps(values)})
                write_whole(self.path / "state.safetensors", content)
            case Started(step, parameters, device, threads):
                fields = {"step": step, "parameters": parameters, "device": device, "threads": threads}
                self.append("started", fields)
                self.set_status(step=step)
            case Metrics(step, seconds, values, rate, progress, left):
                rounded = {name: float(f"{value:.5g}") for name, value in values.items()}
                self.append("metrics", {"step": step, "seconds": round(seconds, 3), "values": rounded})
                self.set_status(step=step, rate=round(rate, 1), progress=round(progress, 4), left=round(left, 1))
            case Evaluating():
                self.set_status(message="Trained; evaluating on the test set.", progress=1.0, rate=0.0, left=None)
            case Evaluated(step, values, n, final):
                self.append("evaluated", {"step": step, "values": _finite(values), "n": n, "final": final})
            case Marked(step, label, knobs):
                self.append("mark", {"step": step, "label": label, "knobs": dict(knobs)})
            case Finished(step, seconds, _):
                self.append("finished", {"step": step, "seconds": round(seconds, 3)})

    def set_status(self, **changes: Any) -> None:
        """Changes some fields of the status."""
        self.status = self.status.model_copy(update=changes)
        write_status(self.path, self.status)

    def append(self, kind: str, fields: Mapping[str, Any]) -> None:
        """Adds one line to `events.jsonl`."""
        with open(self.path / "events.jsonl", "ab") as file:
            file.write(json.dumps({"event": kind, **fields}, allow_nan=False).encode() + b"\n")

    def _remove_partial_files(self) -> None:
        """Removes what a killed writer had not put in its place yet."""
        for pattern in ("snapshots/.*", "previews/.*", ".state.safetensors-*"):
            for file in self.path.glob(pattern):
                file.unlink(missing_ok=True)

    def _repair_events(self) -> None:
        """Cuts off a last line that a killed writer left half done."""
        path = self.path / "events.jsonl"
        content = path.read_bytes() if path.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            write_whole(path, whole)

    def _thin_frames(self, step: int) -> None:
        """Keeps at most `MAX_FRAMES`: beyond that, the one whose neighbors lie closest together goes.

        The first and the newest stay. A preview alone goes first; where a method marks so often that there is none, a
        preview goes with its snapshot.
        """
        if step not in self.preview_steps:
            self.preview_steps.append(step)
        if len(self.preview_steps) <= MAX_FRAMES:
            return
        snapshots, steps = {at for at, _ in step_files(self.path, "snapshots")}, self.preview_steps
        between = range(1, len(steps) - 1)
        removed = steps.pop(min(between, key=lambda i: (steps[i] in snapshots, steps[i + 1] / max(1, steps[i - 1]))))
        for folder in FRAMES:
            for file in self.path.glob(f"{folder}/{step_name(removed, '*')}"):
                file.unlink(missing_ok=True)


def _finite(values: Mapping[str, float]) -> dict[str, float | None]:
    """Numbers as JSON can hold them: what is infinite or not a number becomes null."""
    return {name: value if math.isfinite(value) else None for name, value in values.items()}
