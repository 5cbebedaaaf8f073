"""The one training loop. It walks a `Trainer` through its budget and knows nothing of any method."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from playground.runs.events import Checkpoint, Evaluating, Event, Finished, Marked
from training.pace import Pace
from training.trainer import Trainer


def walk(trainer: Trainer, stop: Callable[[], bool] = lambda: False) -> Iterator[Event]:
    """Trains until the budget is spent, or until `stop`, which is asked before every step, says so.

    Yields:
        `Started`, then `Metrics`, `Preview`, `Snapshot`, `Marked`, `Evaluated` and `Checkpoint` as they come, then
        `Finished`, and before it, unless it was stopped, `Evaluating` and the last `Evaluated`.

    Raises:
        TrainingDiverged: The loss became infinite or not a number.
    """
    pace = Pace(trainer.first_step, trainer.step)
    trainer.start_clock()
    yield from beginning(trainer)
    while trainer.progress < 1 and not stop():
        yield from advance(trainer, pace)
    stopped = trainer.progress < 1
    if pace.sums:
        yield trainer.metrics(pace)
    if trainer.step != pace.last_snapshot:
        yield from trainer.frame()
    yield Checkpoint(trainer.step, trainer.state())
    if not stopped:
        yield Evaluating(trainer.step)
        yield trainer.evaluated(final=True)
    yield Finished(trainer.step, trainer.seconds, "stopped" if stopped else "done")


def beginning(trainer: Trainer) -> Iterator[Event]:
    """What comes before the first step: of a run that goes on, no frame."""
    yield trainer.started()
    if not trainer.resumed:
        yield from trainer.frame()


def advance(trainer: Trainer, pace: Pace, only: str = "") -> Iterator[Event]:
    """One step, of the phase `only` if one is named, and what is due after it."""
    terms, label = trainer.one_step(only)
    pace.add(terms)
    trainer.tick()
    if pace.metrics_due(trainer.step):
        yield trainer.metrics(pace)
    if label:
        yield Marked(trainer.step, label)
    at_frame = bool(label) or trainer.step >= pace.next_snapshot
    if at_frame:
        yield from trainer.frame()
        pace.snapshot_taken(trainer.step)
    elif pace.preview.due():
        with pace.preview:
            yield trainer.preview()
    evaluation = pace.evaluation["frame" if at_frame else "between"]
    if label or evaluation.due():
        with evaluation:
            yield trainer.evaluated(final=False)
    if pace.checkpoint.due():
        with pace.checkpoint:
            yield Checkpoint(trainer.step, trainer.state())
    trainer.tick()
