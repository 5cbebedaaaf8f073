"""Trains a run and records it in its folder: the events of the loop, and a final status, whatever ends it."""

from __future__ import annotations

import errno
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from playground.data import Data, Progress
from playground.errors import PlaygroundError
from playground.runs.events import Event, Finished, Started
from playground.runs.folder import DISK_FULL, FRAMES, StopState, asked_to_stop, forget_stop, step_files, write_status
from playground.runs.reader import Run
from playground.runs.store import Store
from playground.runs.writer import Writer
from training.loop import walk
from training.trainer import Trainer, prepared

ALLOCATION = ("DefaultCPUAllocator", "Cannot allocate memory", "bad_alloc")
"""What torch, safetensors and the C++ library say when there is no more memory."""
STOP_PERIOD = 0.02
"""Seconds between two checks for the `stop` file."""


class DataChanged(PlaygroundError):
    """The data are no longer those that the run was made for."""


class RunDeleted(PlaygroundError):
    """The run's folder was deleted during the training."""


def record(
    run: Run,
    *,
    store: Store | None = None,
    data: Data | None = None,
    resume: bool = False,
    device: str = "cpu",
    memory: int = 0,
) -> Iterator[Event]:
    """Trains `run` into its folder and hands every event on, once it is on the disk.

    Nothing that goes wrong is raised: when the iterator ends, `run.status` is done, paused, cancelled or failed and has
    a sentence for a person; the traceback of an unforeseen error goes to the run's `log.txt`. A file `stop` in the
    folder (`playground.runs.folder.ask_to_stop`) ends the run early; one from before has to be removed by the caller.
    Leaving the iterator early pauses the run.

    Args:
        run: The run to train.
        store: Where the data and the networks that the run uses are found; by default the folder that `run` lies in,
            and the shipped runs.
        data: What to learn from, where it is not what the store's catalog has under the recipe's name.
        resume: Goes on from the saved state; without one the run starts over.
        device: As torch names it.
        memory: Bytes that this process may take for it, where they are bound, to be named when they run out.
    """
    writer: Writer | None = None
    stop = StopFile(run.path)
    finished = False
    try:
        _ = run.info  # a folder without it must not be written to
        writer = Writer(run.path)
        writer.set_status(message="Loading the data.")
        store = store or Store(run.path.parent)
        trainer = open_trainer(run, store, data=data, resume=resume, device=device, progress=_status_progress(writer))
        for event in walk(trainer, stop):
            writer.write(event)
            if isinstance(event, Started):
                writer.set_status(message="", progress=0.0)
            if isinstance(event, Finished):
                state = stop.requested if event.reason == "stopped" and stop.requested else "done"
                progress = 1.0 if state == "done" else writer.status.progress
                writer.set_status(
                    state=state, progress=progress, message=_final_message(event, state), left=None, worker=None
                )
                finished = True
            yield event
    except Exception as error:
        _fail(run, writer, error, memory)
    except (GeneratorExit, KeyboardInterrupt):
        if writer and not finished:
            writer.set_status(state="paused", message=f"Interrupted; {run.recovery}.", left=None, worker=None)
        raise
    finally:
        with suppress(OSError):
            if writer:
                writer.close()
            forget_stop(run.path)


class StopFile:
    """Looks for the `stop` file of a run, but not before every single step.

    Attributes:
        requested: The state that the run shall end in, once someone has asked for it.
    """

    def __init__(self, path: Path) -> None:
        """Watches the run at `path`."""
        self.path = path
        self.requested: StopState | None = None
        self.checked_at = 0.0

    def __call__(self) -> bool:
        """Whether someone wants the run to stop; `RunDeleted` where it is gone altogether."""
        if self.requested is None and time.monotonic() - self.checked_at >= STOP_PERIOD:
            self.requested = asked_to_stop(self.path)
            if not (self.path / "run.json").exists():
                raise RunDeleted(f"The run “{self.path.name}” was deleted while it was trained.")
            self.checked_at = time.monotonic()
        return self.requested is not None


def evaluated(run: Run, step: int, *, store: Store, device: str = "cpu") -> tuple[dict[str, float], int]:
    """Everything that is measured of the snapshot at exactly `step`, and on how many test examples."""
    recipe = run.recipe_at(step)
    data = recipe.load(store.data).to(device)
    objective = recipe.build(data, **store.networks(run.info.uses))
    frame = run.frame(step)
    objective.reshape(frame.shape)
    objective.restore(frame.weights)
    objective.to(device).eval()
    test = data.test if objective.final is None else data.test.first(objective.final)
    with torch.no_grad():
        return {**objective.evaluate(test), **objective.examine(replace(data, test=test))}, len(test)


def open_trainer(
    run: Run,
    store: Store,
    *,
    data: Data | None = None,
    resume: bool = False,
    device: str = "cpu",
    progress: Progress | None = None,
) -> Trainer:
    """A run in memory: where it was left if it shall resume, else at its start; frames of later steps are removed.

    The arguments are those of `record`.

    Raises:
        DataChanged: When the data are no longer those that the run was made for.
    """
    recipe, info = run.recipe, run.info
    data = data or recipe.load(store.data, progress)
    if info.data_hash and info.data_hash != data.hash:
        raise DataChanged(
            f"The data “{info.data_title or recipe.data}” have changed since the run “{run.id}” was made; start a new "
            "run."
        )
    common: dict[str, Any] = {"device": device, "networks": store.networks(info.uses)}
    if resume and run.resumable:
        state = run.state()
        _remove_frames_after(run.path, int(state.values["step"]))
        return prepared(recipe, data, state=state, **common)
    (run.path / "state.safetensors").unlink(missing_ok=True)
    _remove_frames_after(run.path, -1)
    if info.parent is None:
        return prepared(recipe, data, **common)
    start = run.start()
    return prepared(recipe, data, start=start.weights, shape=start.shape, first_step=info.parent.step, **common)


def _status_progress(writer: Writer) -> Progress:
    """Shows how a download goes on as the run's message and progress, twice a second."""
    reported = 0.0

    def progress(share: float, what: str) -> None:
        nonlocal reported
        if time.monotonic() - reported > 0.5:
            writer.set_status(message=f"{what} ({share:.0%})", progress=share)
            reported = time.monotonic()

    return progress


def _remove_frames_after(path: Path, step: int) -> None:
    """Removes the frames of an earlier session that lie after `step`, where this one begins."""
    for folder in FRAMES:
        for at, file in step_files(path, folder):
            if at > step:
                file.unlink(missing_ok=True)


def _final_message(event: Finished, state: str) -> str:
    match state:
        case "paused":
            return f"Paused at step {event.step}, from where it can be resumed."
        case "cancelled":
            return f"Cancelled at step {event.step}; what it had learned by then is kept."
        case _:
            return f"Trained up to step {event.step} in {event.seconds:.0f} s."


def _fail(run: Run, writer: Writer | None, error: Exception, memory: int) -> None:
    """Says in the run's status what went wrong, as far as the disk lets it."""
    with suppress(OSError):
        message = _sentence(error, run, memory)
        if not isinstance(error, PlaygroundError):
            with suppress(OSError), open(run.path / "log.txt", "a", encoding="utf-8") as log:
                log.writelines(traceback.format_exception(error))
        if (run.path / "run.json").exists():
            status = writer.status if writer else run.status
            changes = {"state": "failed", "message": message, "left": None, "worker": None}
            write_status(run.path, status.model_copy(update=changes))


def _sentence(error: Exception, run: Run, memory: int) -> str:
    """The status message for `error`."""
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, PlaygroundError):
        return str(error)
    if number == errno.EFBIG:
        return f"A file would have grown larger than this system allows, so try a smaller network; {run.recovery}."
    if number in DISK_FULL:
        return f"The disk is full, so make room on it first; {run.recovery}."
    if memory and (isinstance(error, MemoryError) or number == errno.ENOMEM or _is_allocation(error)):
        return (
            f"This training needs more memory than the {memory / 1e9:,.1f} GB that one may take here, so try smaller "
            f"batches or a narrower network; {run.recovery}."
        )
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or number == errno.ENOMEM or _is_allocation(error):
        return f"The memory ran out, so try a smaller network or smaller batches; {run.recovery}."
    return f"Something went wrong inside the training, and its log says what; {run.recovery}."


def _is_allocation(error: Exception) -> bool:
    """Whether a compiled library could not get memory on the CPU, for which it has no error of its own."""
    return isinstance(error, RuntimeError) and any(text in str(error) for text in ALLOCATION)
