"""One run that is trained step by step: in memory, and always whole in its folder.

Such a run is small (`Recipe.live`). Its folder is that of every run and says that it is paused, between two requests
and while steps are made; so whatever happens to this process, it can be scrubbed, branched, resumed and deleted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from torch import nn

from playground.errors import PlaygroundError
from playground.jobs.engine import CannotTrain
from playground.randomness import ambient
from playground.recipe import InvalidRecipe, Recipe
from playground.runs.events import Checkpoint, Event, Marked
from playground.runs.reader import Run
from playground.runs.store import Store
from playground.runs.writer import Writer
from training.loop import advance, beginning
from training.pace import Pace
from training.record import open_trainer
from training.trainer import Trainer


@dataclass(eq=False)
class Session:
    """One run in memory.

    Attributes:
        run: Which run.
        trainer: Its training, at the current step.
        pace: When it reports.
        writer: Of its folder.
        saved: The fingerprint of the state on the disk that belongs to it.
        used: When it had its last turn, in seconds of the clock.
        lock: Held by whoever has its turn.
    """

    run: Run
    trainer: Trainer
    pace: Pace
    writer: Writer
    saved: int = 0
    used: float = 0.0
    lock: Lock = field(default_factory=Lock)

    @property
    def current(self) -> bool:
        """Whether the state on the disk is its own: the run may have been trained elsewhere, or deleted."""
        return self.saved == fingerprint(self.run) != 0

    def write(self, events: Iterable[Event]) -> None:
        """Puts events into the folder.

        Raises:
            CannotTrain: When the disk is full, or the run was deleted.
        """
        try:
            for event in events:
                self.writer.write(event)
                if isinstance(event, Checkpoint):
                    self.saved = fingerprint(self.run)
                    self.writer.set_status(step=event.step, message=f"Saved at step {event.step:,}.")
        except OSError as error:
            raise CannotTrain(
                f"The run “{self.run.id}” cannot be written: it was deleted, or the disk is full."
            ) from error

    def save(self) -> None:
        """Saves the run as it is, with a frame of where it stands; one that others have taken up is left alone."""
        if not self.current or self.run.status.state in ("queued", "running"):
            return
        with suppress(CannotTrain):
            if self.trainer.step != self.pace.last_snapshot:
                self.write(self.trainer.frame())
                self.pace.snapshot_taken(self.trainer.step)
            self.write([Checkpoint(self.trainer.step, self.trainer.state())])


@dataclass(frozen=True)
class LiveTurn:
    """A run's turn; see `playground.jobs.engine.Turn`.

    Attributes:
        session: Which run.
        processor: Waits for the processor and says for how many seconds it may be used.
    """

    session: Session
    processor: Callable[[], AbstractContextManager[float]]

    @property
    def step(self) -> int:
        """See `Turn.step`."""
        return self.session.trainer.step

    @property
    def network(self) -> nn.Module:
        """See `Turn.network`."""
        return self.session.trainer.objective.eval().shown

    @property
    def knobs(self) -> Mapping[str, Any]:
        """See `Turn.knobs`."""
        return self.session.trainer.recipe.model_dump(mode="json")

    def play(self, times: int, only: str = "") -> None:
        """See `Turn.play`."""
        session = self.session
        names = [phase.name for phase in session.trainer.phases]
        if only and only not in names:
            raise CannotTrain(f"There is no phase “{only[:20]}”; there are {', '.join(names)}.")
        if times <= 0:
            return
        with self.processor() as seconds:
            until = time.perf_counter() + seconds
            session.trainer.start_clock()
            for _ in range(times):
                session.write(advance(session.trainer, session.pace, only))
                if time.perf_counter() >= until:
                    return

    def save(self) -> None:
        """See `Turn.save`."""
        self.session.save()

    def change(self, knobs: Mapping[str, Any]) -> None:
        """See `Turn.change`."""
        session = self.session
        before = session.trainer.recipe
        fixed = [name for name in knobs if name not in before.live and name in type(before).model_fields]
        if fixed:
            raise InvalidRecipe(f"What cannot be changed while a run goes on: {', '.join(fixed)}. Begin a new one.")
        after = before.changed(**knobs)
        if after == before:
            return
        with self.processor():
            session.trainer = with_knobs(session.trainer, after)
            turned = {name: value for name, value in after.model_dump().items() if value != getattr(before, name)}
            label = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in turned.items())
            session.write([Marked(self.step, label, turned), Checkpoint(self.step, session.trainer.state())])


def with_knobs(trainer: Trainer, recipe: Recipe) -> Trainer:
    """The same moment of a training under other knobs: weights and the optimizers' memory stay.

    Raises:
        InvalidRecipe: When the knobs change the shape of what is trained.
    """
    with ambient(recipe.seed, trainer.device):
        objective = recipe.build(trainer.data)
        objective.reshape(trainer.objective.shape())
    other = Trainer(recipe, objective.to(trainer.device), trainer.data, trainer.device)
    try:
        other.load(trainer.state(), groups=False)
    except (RuntimeError, ValueError) as error:
        raise InvalidRecipe("These knobs change the shape of the network; they need a new run.") from error
    return other


def session_of(run: Run, store: Store) -> Session:
    """A run read from its folder, where it was left or at its start.

    Raises:
        CannotTrain: When the folder cannot be written.
    """
    try:
        trainer = open_trainer(run, store, resume=True)
        session = Session(run, trainer, Pace(trainer.first_step, trainer.step), Writer(run.path, live=True))
    except OSError as error:
        raise CannotTrain(f"The run “{run.id}” cannot be written; make room on the disk first.") from error
    session.write(beginning(trainer))
    if not trainer.resumed:
        session.write([Checkpoint(trainer.step, trainer.state())])
    session.saved = fingerprint(run)
    return session


def is_live(run: Run) -> bool:
    """Whether its recipe lets it be stepped; a run that cannot be rebuilt is not."""
    try:
        return bool(run.recipe.live)
    except PlaygroundError:
        return False


def fingerprint(run: Run) -> int:
    """What changes whenever somebody saves the run; 0 where nothing is saved."""
    try:
        return (run.path / "state.safetensors").stat().st_mtime_ns
    except OSError:
        return 0
