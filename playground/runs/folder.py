"""The run folder: its files, its owner, its status, and how a run is asked to stop.

A run is a folder:

    run.json                         recipe, data, device, code version, parent, owner, runs that it uses
    status.json                      state, step, speed, one line for a person
    events.jsonl                     one event a line
    snapshots/00000120.safetensors   weights for the views, see `snapshot.py`; of a shipped run, packed: .gz
    previews/00000120.webp           the fixed preview; the suffix says which kind of media it is
    state.safetensors                what an exact resume needs, the newest only; its plain values are in its header
    start.safetensors                the weights that a branch begins with
    heartbeat                        touched every second while the run is trained
    stop                             there while someone wants the run to stop; holds the state that it shall end in
    log.txt                          what the worker printed
"""

from __future__ import annotations

import errno
import os
import secrets
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import psutil
from pydantic import BaseModel, ConfigDict, Field

from playground.data.spec import Spec

State_ = Literal["queued", "running", "done", "paused", "cancelled", "failed"]
StopState = Literal["paused", "cancelled"]
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""No room on the disk, no room in the user's share of it, no room in one file."""
BEAT, STALE = 1.0, 10.0
"""Seconds between two heartbeats, and after which a silent run counts as dead."""
STEP_DIGITS = 8
FRAMES = ("snapshots", "previews")
"""The folders of what belongs to a step."""
START = "start.safetensors"


class Parent(BaseModel):
    """Where a branch comes from."""

    model_config = ConfigDict(frozen=True)
    run: str
    step: int = Field(ge=0, lt=10**STEP_DIGITS)


class Use(BaseModel):
    """A trained network that a run needs besides its own: a teacher, a frozen encoder, the features of a metric.

    Attributes:
        run: The id of the run that trained it.
        step: The snapshot's step.
        hash: `snapshot.digest` of its weights.
    """

    model_config = ConfigDict(frozen=True)
    run: str
    step: int
    hash: str


class Info(BaseModel):
    """`run.json`: what never changes in the life of a run.

    Attributes:
        format: Of the folder.
        name: The name of the recipe that it is a variation of.
        what: The recipe's class.
        version: Of that class.
        knobs: Their values.
        spec: The data as the network was built for them.
        data_hash: What tells these data from any other of the same name; empty where copies may differ.
        device: Where it is trained, as torch names it.
        code: The version of the playground.
        created: Seconds since 1970.
        parent: The snapshot that it goes on from.
        owner: The visitor whose run it is; empty for the server's owner.
        uses: The networks that it needs, by the role that they play.
        shape: What its own network takes from these, see `Recipe.shape`.
        group: Ties the runs of one experiment.
        data_title: What people call the data.
        private: The data sets of visitors that it learned from, those of the runs that it branched off among them.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)
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
    owner: str = ""
    uses: dict[str, Use] = {}
    shape: dict[str, Any] = {}
    group: str = ""
    data_title: str = ""
    private: tuple[str, ...] = ()


class Worker(BaseModel):
    """The process that trains a run; the start time distinguishes a process id from a later reuse of it."""

    model_config = ConfigDict(frozen=True)
    host: str
    pid: int
    started: float

    @classmethod
    def this(cls) -> Worker:
        """The process that asks."""
        return cls.of(os.getpid())

    @classmethod
    def of(cls, pid: int) -> Worker:
        """A process of this machine."""
        return cls(host=socket.gethostname(), pid=pid, started=psutil.Process(pid).create_time())

    @property
    def here(self) -> bool:
        """Whether it belongs to this machine, so that it can be looked at and ended."""
        return self.host == socket.gethostname()

    def alive(self) -> bool:
        """Whether it still runs on this machine."""
        if not self.here:
            return False
        try:
            process = psutil.Process(self.pid)
            return abs(process.create_time() - self.started) < 2 and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False


class Status(BaseModel):
    """`status.json`: where the run stands now."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)
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

    Its folder must be there: a late write of a run that was deleted must not recreate its folder.

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


def step_files(path: Path, folder: str, kind: str = "*") -> Iterator[tuple[int, Path]]:
    """The files in one of the `FRAMES` of the run at `path`, each with its step; what others put there is left out."""
    for file in path.glob(f"{folder}/*.{kind}"):
        step = file.name.partition(".")[0]
        if step.isascii() and step.isdecimal():
            yield int(step), file


def has_heartbeat(path: Path) -> bool:
    """Whether somebody, on whichever machine, trains the run at `path` right now."""
    try:
        return time.time() - (path / "heartbeat").stat().st_mtime < STALE
    except OSError:
        return False
