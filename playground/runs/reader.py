"""The run folder, read. A reader never trusts a writer to be alive, finished or honest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from playground.errors import PlaygroundError
from playground.media import TYPES
from playground.randomness import ambient
from playground.recipe import InvalidRecipe, Recipe, validated
from playground.runs import snapshot
from playground.runs.event_log import EventSlice, current_events, final_evaluation, read_events
from playground.runs.events import State
from playground.runs.folder import START, Info, Status, StopState, asked_to_stop, has_heartbeat, step_files, step_name
from playground.runs.snapshot import Frame

UNREADABLE = (OSError, SafetensorError, KeyError, ValueError)
"""What reading a damaged file of tensors raises."""
UNBUILDABLE = (TypeError, ValueError, ZeroDivisionError, RuntimeError)
"""What building a network of a shape that makes no sense raises."""


class BrokenRun(PlaygroundError):
    """A run folder, or a part of it, cannot be read."""


class CannotResume(PlaygroundError):
    """A run has no state to go on from, or must stay as it is."""


class NoSuchStep(PlaygroundError):
    """The run holds nothing at that step."""


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
            raise BrokenRun(f"The run “{self.id}” was made by another version of the playground; retrain it.")
        return validated(kind, self.info.knobs)

    def recipe_at(self, step: int) -> Recipe:
        """The recipe with its knobs as they had been turned by `step`, while it was trained step by step."""
        if not self.recipe.live:
            return self.recipe
        recipe = self.recipe
        for event in current_events(self.read_events().events):
            if event["event"] == "mark" and event["step"] <= step:
                with suppress(InvalidRecipe):  # of another version, or damaged
                    recipe = recipe.changed(**event.get("knobs", {}))
        return recipe

    @property
    def spec(self) -> Any:
        """The `Spec` of the data that the network was built for."""
        return self.info.spec

    @cached_property
    def network_class(self) -> type[nn.Module]:
        """The class of its network, found without reading or drawing weights."""
        with torch.device("meta"):
            return type(self.untrained())

    @property
    def status(self) -> Status:
        """Where the run stands; one that claims to run while nobody trains it counts as ended.

        It ended as it was asked to, or failed. On this machine its process is looked at, elsewhere its heartbeat.
        """
        try:
            status = Status.model_validate_json((self.path / "status.json").read_bytes())
        except FileNotFoundError:
            return Status(state="failed", message="The run was never started.")
        except (OSError, ValidationError):
            return Status(state="failed", message="The run's status.json is damaged.")
        worker = status.worker
        if status.state == "running" and not (worker.alive() if worker and worker.here else has_heartbeat(self.path)):
            requested = asked_to_stop(self.path)
            message = f"The training process exited unexpectedly; {self.recovery}."
            if requested:
                message = self.killed_message(requested)
            return status.model_copy(update={"state": requested or "failed", "message": message, "left": None})
        return status

    @property
    def snapshots(self) -> list[int]:
        """The steps that have a snapshot, ascending; one that was cut short does not count."""
        files = (pair for kind in snapshot.KINDS for pair in step_files(self.path, "snapshots", kind))
        return sorted({step for step, file in files if snapshot.is_whole(file)})

    @property
    def previews(self) -> list[int]:
        """The steps that have a preview, ascending."""
        return sorted({step for step, _ in step_files(self.path, "previews")})

    @property
    def media(self) -> str:
        """The media type of its previews; empty as long as there is none."""
        step = max(self.previews, default=None)
        files = () if step is None else self.path.glob(f"previews/{step_name(step, '*')}")
        return next((TYPES.get(file.suffix[1:], "") for file in files), "")

    @property
    def resumable(self) -> bool:
        """Whether there is a state to go on from."""
        return not self.shipped and self.saved_step is not None

    def check_resume(self) -> None:
        """Raises `CannotResume` where to resume would not go on but begin anew, in place of what is there."""
        if self.shipped:
            raise CannotResume(f"The run “{self.id}” came with the playground and stays as it is; branch it instead.")
        state = self.status.state
        if state == "done":
            raise CannotResume(f"The run “{self.id}” is done; branch it to train on.")
        if state not in ("queued", "running") and self.saved_step is None and self.snapshots:
            raise CannotResume(f"Of the run “{self.id}” no state was saved that it could go on from; start a new one.")

    @property
    def saved_step(self) -> int | None:
        """The step that a resume goes on from, where there is one; reads the header of the state alone."""
        try:
            with safe_open(self.path / "state.safetensors", framework="pt") as file:
                return int(_state_values(file)["step"])
        except UNREADABLE:
            return None

    @property
    def size(self) -> int:
        """Bytes of the disk that it takes."""
        return sum(file.stat().st_size for file in self.path.rglob("*") if file.is_file())

    @property
    def recovery(self) -> str:
        """What is left of a run that ended early and what to do with it, as the second half of a sentence."""
        step = None if self.shipped else self.saved_step
        if step is None:
            return "nothing was saved yet, so it has to start over"
        return f"it is saved up to step {step} and can be resumed from there"

    def killed_message(self, state: StopState) -> str:
        """The message of a run that was asked to end as `state` and whose process was killed, as it went on."""
        return f"{state.capitalize()} in the middle of its work; {self.recovery}."

    @property
    def card(self) -> str:
        """What a shipped run says of itself, as Markdown; empty where there is no card."""
        try:
            return (self.path / "card.md").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    def nearest(self, step: int | None) -> int:
        """The snapshot that shows the run at `step`: the last one up to it; the newest where `step` is None."""
        steps = self.snapshots
        if not steps:
            raise NoSuchStep(f"The run “{self.id}” has no snapshot yet.")
        if step is None:
            return steps[-1]
        return max((earlier for earlier in steps if earlier <= step), default=steps[0])

    def frame(self, step: int) -> Frame:
        """The snapshot at exactly `step`."""
        path = self._snapshot(step)
        if not path.exists():
            raise NoSuchStep(f"The run “{self.id}” has no snapshot at step {step}.")
        try:
            frame = snapshot.decode(path)
        except UNREADABLE as error:
            raise BrokenRun(f"The snapshot at step {step} of the run “{self.id}” is damaged.") from error
        return replace(frame, weights=self.begun(frame.shape)) if frame.format == "seed" else frame

    def start(self) -> Frame:
        """The frame that a branch begins with."""
        try:
            return snapshot.decode(self.path / START)
        except UNREADABLE as error:
            raise BrokenRun(f"The run “{self.id}” lacks the weights that it was to begin with; branch anew.") from error

    def weights(self, step: int) -> dict[str, Tensor]:
        """The weights of the snapshot at exactly `step`, floating numbers as float32."""
        return self.frame(step).weights

    def network(self, step: int) -> nn.Module:
        """The network with the weights of the snapshot at exactly `step`, in evaluation mode on the CPU."""
        frame = self.frame(step)
        with ambient(0, torch.device("cpu")):  # building a network draws weights; nobody's randomness may notice
            network = self.untrained(frame.shape)
        try:
            network.load_state_dict(frame.weights)
        except RuntimeError as error:
            raise BrokenRun(f"The snapshot at step {step} of the run “{self.id}” does not fit its network.") from error
        return network.eval().requires_grad_(False)

    def untrained(self, shape: Mapping[str, Any] | None = None) -> nn.Module:
        """The network as its recipe builds it, of the `shape` of a frame; as it began if none is given.

        Raises:
            BrokenRun: When its recipe builds none of that shape.
        """
        try:
            return self.recipe.network(self.info.spec, **{**self.info.shape, **(shape or {})})
        except UNBUILDABLE as error:
            raise BrokenRun(
                f"The network of the run “{self.id}” cannot be rebuilt: the shape in its folder is damaged or of "
                "another version."
            ) from error

    def begun(self, shape: Mapping[str, Any] | None = None) -> dict[str, Tensor]:
        """The weights that the run's seed builds, of the `shape` of a frame; as it began if none is given."""
        return self.drawn(shape, self.recipe.seed).state_dict()

    def drawn(self, shape: Mapping[str, Any] | None, seed: int) -> nn.Module:
        """The untrained network of the `shape` of a frame, with the weights that a seed draws."""
        with ambient(seed, torch.device("cpu")):
            return self.untrained(shape)

    def fingerprint(self, step: int) -> str:
        """What changes when the snapshot at `step` is rewritten, as after a kill and a resume: a key for caches."""
        try:
            stat = self._snapshot(step).stat()
        except OSError:
            raise NoSuchStep(f"The run “{self.id}” has no snapshot at step {step}.") from None
        return f"{self.path}:{step}:{stat.st_mtime_ns}:{stat.st_size}:{stat.st_ino}"

    def preview(self, step: int) -> tuple[bytes, str]:
        """The file of the preview at exactly `step` and its media type."""
        for file in self.path.glob(f"previews/{step_name(step, '*')}"):
            try:
                return file.read_bytes(), TYPES[file.suffix[1:]]
            except (OSError, KeyError):
                continue
        raise NoSuchStep(f"The run “{self.id}” has no preview at step {step}.")

    def state(self) -> State:
        """What an exact resume needs."""
        try:
            with safe_open(self.path / "state.safetensors", framework="pt") as file:
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
                return State(tensors, _state_values(file))
        except UNREADABLE as error:
            raise BrokenRun(f"The run “{self.id}” cannot be resumed: its saved state is missing or damaged.") from error

    def read_events(self, since: int = 0) -> EventSlice:
        """The events beyond `since` bytes."""
        return read_events(self.path, since)

    def final(self) -> tuple[dict[str, float | None], int] | None:
        """The last evaluation on the whole test split and its number of examples, where there is one."""
        return final_evaluation(self.path)

    def _snapshot(self, step: int) -> Path:
        plain, packed = (self.path / "snapshots" / step_name(step, kind) for kind in snapshot.KINDS)
        return packed if packed.exists() else plain


def _state_values(file: Any) -> Mapping[str, Any]:
    """The plain values in the header of a saved state; a ValueError or KeyError where there are none."""
    values = json.loads((file.metadata() or {})["values"])
    if not (isinstance(values, dict) and isinstance(values.get("step"), int)):
        raise ValueError("the header of the saved state names no step")
    return values
