"""The run folder, read. A reader never trusts a writer to be alive, finished or honest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor

from playground.errors import PlaygroundError
from playground.recipe import Recipe, validated
from playground.runs.events import State
from playground.runs.folder import Info, Status, step_name

TAIL = 4096
"""How many of the last bytes of `events.jsonl` are looked through for how a run ended."""


class BrokenRun(PlaygroundError):
    """A run folder, or a part of it, cannot be read."""


class NoSuchStep(PlaygroundError):
    """The run holds nothing at that step."""


@dataclass(frozen=True)
class News:
    """What `events.jsonl` says beyond a position.

    Attributes:
        events: The parsed lines, each a dictionary with `event` and `step`.
        position: Where to read on, in bytes.
    """

    events: list[dict[str, Any]]
    position: int


@dataclass(frozen=True)
class Run:
    """One run folder.

    Attributes:
        id: The folder's name, by which the page and the command line know it.
        path: Where it lies.
        shipped: Whether it came with the project and must not be changed.
    """

    id: str
    path: Path
    shipped: bool = False

    @cached_property
    def info(self) -> Info:
        """What never changes; `BrokenRun` where `run.json` is missing or makes no sense."""
        try:
            return Info.model_validate_json((self.path / "run.json").read_bytes())
        except (OSError, ValidationError) as error:
            raise BrokenRun(f"The run “{self.id}” cannot be read: its run.json is missing or damaged.") from error

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe that made the run; `BrokenRun` where this version of the playground cannot rebuild it."""
        from playground.labs import kinds

        kind = kinds().get(self.info.what)
        if kind is None or kind.version != self.info.version:
            raise BrokenRun(f"The run “{self.id}” was made by another version of the playground; train it anew.")
        return validated(kind, self.info.knobs)

    @property
    def status(self) -> Status:
        """Where the run stands; one that claims to run while its worker is gone counts as failed."""
        try:
            status = Status.model_validate_json((self.path / "status.json").read_bytes())
        except FileNotFoundError:
            return Status(state="failed", message="The run was never started.")
        except (OSError, ValidationError):
            return Status(state="failed", message="The run's status.json is damaged.")
        if status.state == "running" and not (status.worker and status.worker.alive()):
            message = f"The training process ended without a word; {self.kept}."
            return status.model_copy(update={"state": "failed", "message": message, "left": None})
        return status

    @property
    def snapshots(self) -> list[int]:
        """The steps that have a snapshot, ascending; one that was cut short does not count."""
        return [step for step in self._steps("snapshots", "safetensors") if self._whole(step)]

    @property
    def previews(self) -> list[int]:
        """The steps that have a preview picture, ascending."""
        return self._steps("previews", "webp")

    @property
    def resumable(self) -> bool:
        """Whether there is a state to go on from."""
        return not self.shipped and self.saved_step is not None

    @property
    def saved_step(self) -> int | None:
        """The step that a resume goes on from, where there is one; reads the header of the state alone."""
        try:
            with safe_open(self.path / "state.safetensors", framework="pt") as file:
                return int(json.loads((file.metadata() or {})["values"])["step"])
        except (OSError, SafetensorError, KeyError, ValueError):
            return None

    @property
    def kept(self) -> str:
        """What is left of a run that ended early and what to do with it, as the second half of a sentence."""
        step = None if self.shipped else self.saved_step
        if step is None:
            return "nothing was saved yet, so it has to start anew"
        return f"all up to step {step} is kept, and it can be resumed from there"

    @property
    def card(self) -> str:
        """What a shipped run says of itself, as Markdown; empty where there is no card."""
        path = self.path / "card.md"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def nearest(self, step: int | None) -> int:
        """The snapshot that shows the run at `step`: the last one up to it; the newest where `step` is None."""
        steps = self.snapshots
        if not steps:
            raise NoSuchStep(f"The run “{self.id}” has no snapshot yet.")
        if step is None:
            return steps[-1]
        return max((kept for kept in steps if kept <= step), default=steps[0])

    def weights(self, step: int) -> dict[str, Tensor]:
        """The weights of the snapshot at exactly `step`, floating numbers as float32."""
        path = self.path / "snapshots" / step_name(step, "safetensors")
        if not path.exists():
            raise NoSuchStep(f"The run “{self.id}” has no snapshot at step {step}.")
        try:
            tensors = load_file(path)
        except (OSError, SafetensorError) as error:
            raise BrokenRun(f"The snapshot at step {step} of the run “{self.id}” is damaged.") from error
        return {name: value.float() if value.dtype is torch.float16 else value for name, value in tensors.items()}

    def preview(self, step: int) -> bytes:
        """The WebP file of the preview at exactly `step`."""
        path = self.path / "previews" / step_name(step, "webp")
        try:
            return path.read_bytes()
        except OSError as error:
            raise NoSuchStep(f"The run “{self.id}” has no preview at step {step}.") from error

    def state(self) -> State:
        """What an exact resume needs."""
        try:
            with safe_open(self.path / "state.safetensors", framework="pt") as file:
                values: Mapping[str, Any] = json.loads((file.metadata() or {})["values"])
                return State({name: file.get_tensor(name) for name in file.keys()}, values)  # noqa: SIM118 (no mapping)
        except (OSError, SafetensorError, KeyError, ValueError) as error:
            raise BrokenRun(f"The run “{self.id}” cannot be resumed: its saved state is missing or damaged.") from error

    def news(self, since: int = 0) -> News:
        """The events beyond `since` bytes; a last line that is not finished yet is left for the next call."""
        path = self.path / "events.jsonl"
        if not path.exists():
            return News([], 0)
        with open(path, "rb") as file:
            if since > path.stat().st_size:
                since = 0
            file.seek(since)
            content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        return News([event for line in whole.splitlines() if (event := _parsed(line))], since + len(whole))

    def final(self) -> tuple[dict[str, float], int] | None:
        """The last evaluation on the whole test split and its number of pictures, where there is one.

        It stands among the last lines, so only those are read.
        """
        path = self.path / "events.jsonl"
        size = path.stat().st_size if path.exists() else 0
        for event in reversed(self.news(max(0, size - TAIL)).events):
            if event["event"] == "evaluated" and event.get("final"):
                return event["values"], event["n"]
            if event["event"] == "started":
                break
        return None

    def _steps(self, folder: str, ending: str) -> list[int]:
        return sorted(int(file.stem) for file in self.path.glob(f"{folder}/*.{ending}") if file.stem.isdigit())

    def _whole(self, step: int) -> bool:
        """Whether a snapshot's length is what its header promises; reads a few hundred bytes."""
        try:
            with safe_open(self.path / "snapshots" / step_name(step, "safetensors"), framework="pt"):
                return True
        except (OSError, SafetensorError):
            return False


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "event" in event else None
