"""The run folder, written: every file appears whole or not at all, whatever happens to the writer.

A run is a folder:

    run.json                      recipe, data, device, code version, parent
    status.json                   state, step, speed, one line for a person
    events.jsonl                  one event a line
    snapshots/00000120.safetensors   weights for the views, float16
    previews/00000120.webp        the fixed preview
    state.safetensors             what an exact resume needs, the newest only; its plain values are in its header
    stop                          there while someone wants the run to stop; holds the state it shall end in
    log.txt                       what the worker printed
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import psutil
import torch
from pydantic import BaseModel, ConfigDict
from safetensors.torch import save
from torch import Tensor

from playground.data.images import Spec
from playground.runs.events import Checkpoint, Evaluated, Event, Finished, Metrics, Preview, Snapshot, Started, State
from playground.runs.sheet import sheet

State_ = Literal["queued", "running", "done", "paused", "cancelled", "failed"]
StopState = Literal["paused", "cancelled"]
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""No room on the disk, no room in the user's share of it, no room in one file."""
MOST_PREVIEWS = 100
STEP_DIGITS = 8


class Parent(BaseModel):
    """Where a forked run comes from."""

    model_config = ConfigDict(frozen=True)
    run: str
    step: int


class Info(BaseModel):
    """`run.json`: what never changes in the life of a run."""

    model_config = ConfigDict(frozen=True)
    format: Literal[1] = 1
    name: str
    what: str
    version: int
    knobs: dict[str, Any]
    spec: Spec
    data_hash: str
    device: str
    code: str
    created: float
    parent: Parent | None = None
    visitor: str = ""


class Worker(BaseModel):
    """The process that trains a run; a process id is told from a later reuse of it by the start time."""

    model_config = ConfigDict(frozen=True)
    pid: int
    started: float

    @classmethod
    def this(cls) -> Worker:
        """The process that asks."""
        return cls(pid=os.getpid(), started=psutil.Process().create_time())

    def alive(self) -> bool:
        """Whether it still runs on this machine."""
        try:
            process = psutil.Process(self.pid)
            return abs(process.create_time() - self.started) < 2 and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False


class Status(BaseModel):
    """`status.json`: where the run stands now."""

    model_config = ConfigDict(frozen=True)
    state: State_
    step: int = 0
    progress: float = 0.0
    rate: float = 0.0
    left: float | None = None
    message: str = ""
    worker: Worker | None = None
    updated: float = 0.0


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file so that a reader sees the old content or the new, never a part.

    Its folder must be there: late news of a run that was deleted must not bring its folder back.

    Raises:
        OSError: When the disk is full, for one; nothing is left behind then.
    """
    temporary = path.parent / f".{path.name}-{secrets.token_hex(4)}"
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_status(path: Path, status: Status) -> None:
    """Replaces the status of the run at `path`; on a full disk the new one takes the blocks of the old."""
    content = status.model_copy(update={"updated": time.time()}).model_dump_json().encode()
    try:
        write_whole(path / "status.json", content)
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        with open(path / "status.json", "r+b") as file:
            file.write(content)
            file.truncate()


def ask_to_stop(path: Path, state: StopState) -> None:
    """Asks whoever trains the run at `path` to save it and to end it as `state`."""
    write_whole(path / "stop", state.encode())


def asked_to_stop(path: Path) -> StopState | None:
    """The state in which the run at `path` shall end, where someone wants it to end."""
    try:
        return "paused" if (path / "stop").read_text().strip() == "paused" else "cancelled"
    except OSError:
        return None


def forget_stop(path: Path) -> None:
    """Takes back `ask_to_stop`; whoever starts a run or ends it does this."""
    (path / "stop").unlink(missing_ok=True)


def step_name(step: int, kind: str) -> str:
    """The file name of what belongs to `step`; names sort as their steps do."""
    return f"{step:0{STEP_DIGITS}d}.{kind}"


def half(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights as snapshots keep them: floating numbers as float16, all else as it is."""
    return {
        name: (value.to(torch.float16) if value.is_floating_point() else value).contiguous()
        for name, value in weights.items()
    }


class Writer:
    """Turns the events of one training into the files of its folder."""

    def __init__(self, path: Path) -> None:
        """Goes on with the folder at `path`, which holds a `run.json` already."""
        self.path = path
        self.status = Status(state="running", worker=Worker.this())
        for folder in ("snapshots", "previews"):
            (path / folder).mkdir(exist_ok=True)
        self._sweep()
        self.kept_previews = sorted(int(file.stem) for file in path.glob("previews/*.webp"))
        self._mend_events()
        write_status(path, self.status)

    def write(self, event: Event) -> None:
        """Puts one event on the disk.

        Raises:
            OSError: When it could not be written; all that was there before is still whole.
        """
        match event:
            case Snapshot(step, weights):
                write_whole(self.path / "snapshots" / step_name(step, "safetensors"), save(half(weights)))
                self.append("snapshot", {"step": step})
            case Preview(step, images, columns):
                write_whole(self.path / "previews" / step_name(step, "webp"), sheet(images, columns))
                self.append("preview", {"step": step})
                self._thin_previews(step)
            case Checkpoint(_, State(tensors, values)):
                content = save(dict(tensors), metadata={"values": json.dumps(values)})
                write_whole(self.path / "state.safetensors", content)
                if self.status.progress >= 1:  # what follows the last state may take some seconds
                    self.say(message="Trained; now it is judged on test pictures.", left=None)
            case Started(step, parameters, device, threads):
                told = {"step": step, "parameters": parameters, "device": device, "threads": threads}
                self.append("started", told)
                self.say(step=step)
            case Metrics(step, seconds, values, rate, progress, left):
                rounded = {name: float(f"{value:.5g}") for name, value in values.items()}
                self.append("metrics", {"step": step, "seconds": round(seconds, 3), "values": rounded})
                self.say(step=step, rate=round(rate, 1), progress=round(progress, 4), left=round(left, 1))
            case Evaluated(step, values, n, final):
                self.append("evaluated", {"step": step, "values": dict(values), "n": n, "final": final})
            case Finished(step, seconds, _):
                self.append("finished", {"step": step, "seconds": round(seconds, 3)})

    def say(self, **changes: Any) -> None:
        """Changes some fields of the status."""
        self.status = self.status.model_copy(update=changes)
        write_status(self.path, self.status)

    def append(self, kind: str, fields: Mapping[str, Any]) -> None:
        """Adds one line to `events.jsonl`."""
        with open(self.path / "events.jsonl", "ab") as file:
            file.write(json.dumps({"event": kind, **fields}).encode() + b"\n")

    def _sweep(self) -> None:
        """Removes what a killed writer had not put in its place yet."""
        for pattern in ("snapshots/.*", "previews/.*", ".state.safetensors-*"):
            for file in self.path.glob(pattern):
                file.unlink(missing_ok=True)

    def _mend_events(self) -> None:
        """Cuts off a last line that a killed writer left half done."""
        path = self.path / "events.jsonl"
        content = path.read_bytes() if path.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            write_whole(path, whole)

    def _thin_previews(self, step: int) -> None:
        """Keeps at most `MOST_PREVIEWS`: beyond that, of the two that lie closest in time the later one goes."""
        if step not in self.kept_previews:
            self.kept_previews.append(step)
        if len(self.kept_previews) <= MOST_PREVIEWS:
            return
        snapshots = {int(file.stem) for file in self.path.glob("snapshots/*.safetensors")}
        loose = [i for i in range(1, len(self.kept_previews) - 1) if self.kept_previews[i] not in snapshots]
        closest = min(loose, key=lambda i: self.kept_previews[i + 1] / max(1, self.kept_previews[i - 1]))
        gone = self.kept_previews.pop(closest)
        (self.path / "previews" / step_name(gone, "webp")).unlink(missing_ok=True)
