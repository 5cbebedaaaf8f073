"""Runs that are trained step by step in the page's own process, while their visitors look on.

Such a run is small (`Recipe.live`). Its folder is that of every run and says that it is paused, between two requests
and while steps are made; so whatever happens to this process, it can be scrubbed, branched, resumed and deleted.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Lock, Semaphore
from typing import Any

from torch import nn

from playground.jobs.engine import Busy, CannotTrain
from playground.randomness import ambient
from playground.recipe import InvalidRecipe, Recipe
from playground.runs.events import Checkpoint, Event, Marked
from playground.runs.folder import Status, Writer, write_status
from playground.runs.reader import Run
from playground.runs.store import Store
from training.loop import advance, beginning
from training.pace import Pace
from training.record import opened
from training.trainer import Trainer


@dataclass(eq=False)
class Session:
    """One run in memory; it is touched in its turn alone.

    Attributes:
        run: Which run.
        trainer: It, at the step that it is at.
        pace: When it reports.
        writer: Of its folder.
        saved: The mark of the state on the disk that belongs to it.
        used: When it had its last turn, in seconds of the clock.
    """

    run: Run
    trainer: Trainer
    pace: Pace
    writer: Writer
    saved: int = 0
    used: float = 0.0

    def write(self, events: Iterator[Event]) -> None:
        """Puts events into the folder."""
        for event in events:
            self.writer.write(event)
            if isinstance(event, Checkpoint):
                self.saved = _mark(self.run)
                self.writer.say(step=event.step, message=f"At step {event.step:,}; it goes on as soon as it is played.")

    def save(self) -> None:
        """Saves the run as it is; one that was deleted, or trained elsewhere meanwhile, stays as it is."""
        if self.saved == _mark(self.run):
            with suppress(OSError):
                self.write(iter([Checkpoint(self.trainer.step, self.trainer.state())]))


@dataclass(frozen=True)
class LiveTurn:
    """A run's turn at the processor; see `playground.jobs.engine.Turn`."""

    session: Session
    seconds: float

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
        session, until = self.session, time.perf_counter() + self.seconds
        names = [phase.name for phase in session.trainer.phases]
        if only and only not in names:
            raise CannotTrain(f"There is no phase “{only[:20]}”; there are {', '.join(names)}.")
        session.trainer.start_clock()
        for _ in range(times):
            session.write(advance(session.trainer, session.pace, only))
            if time.perf_counter() >= until:
                return

    def change(self, knobs: Mapping[str, Any]) -> None:
        """See `Turn.change`."""
        session = self.session
        before, after = session.trainer.recipe, session.trainer.recipe.changed(**knobs)
        if after == before:
            return
        session.trainer = turned(session.trainer, after)
        changed = [name for name, value in after.model_dump().items() if value != getattr(before, name)]
        label = ", ".join(f"{name.replace('_', ' ')} {getattr(after, name)}" for name in changed)
        session.write(iter([Marked(self.step, label)]))


class LiveRuns:
    """Gives live runs their turns.

    At most `most` are kept in memory: the one that was not used for longest makes room, and whatever was idle for
    `idle` seconds goes; both are saved before. Of all runs, one has its turn at a time; the others wait, and the more
    wait, the shorter each turn becomes, so that every picture goes on moving.
    """

    def __init__(
        self,
        store: Store,
        *,
        most: int = 64,
        idle: float = 900.0,
        waiting: int = 24,
        seconds: float = 0.04,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`waiting` requests may wait for a turn of at most `seconds`; `clock` tells how long runs were idle."""
        self._store, self._most, self._idle = store, most, idle
        self._waiting, self._seconds, self._clock = waiting, seconds, clock
        self._kept: OrderedDict[str, Session] = OrderedDict()
        self._lock, self._gate, self._here = Lock(), Semaphore(1), 0

    def __len__(self) -> int:
        """How many runs are in memory."""
        return len(self._kept)

    def submit(self, run: Run) -> None:
        """See `Live.submit`."""
        write_status(run.path, Status(state="paused"))  # a new run is queued, and nobody else shall take it
        with self.turn(run):
            pass

    @contextmanager
    def turn(self, run: Run) -> Iterator[LiveTurn]:
        """See `Live.turn`."""
        if run.shipped or not run.recipe.live:
            raise CannotTrain(f"The run “{run.id}” is not one that is trained step by step; branch it instead.")
        with self._work() as seconds:
            yield LiveTurn(self._session(run), seconds)

    def close(self) -> None:
        """Saves all runs."""
        with self._gate:
            while self._kept:
                self._kept.popitem()[1].save()

    @contextmanager
    def _work(self) -> Iterator[float]:
        """Waits for a place; how many seconds the work may take."""
        with self._lock:
            if self._here > self._waiting:
                raise Busy("Many visitors train at this moment; yours goes on in a moment.")
            self._here += 1
        try:
            with self._gate:
                yield self._seconds / self._here
        finally:
            with self._lock:
                self._here -= 1

    def _session(self, run: Run) -> Session:
        """The run in memory, read from its folder where it is not there, or was trained elsewhere meanwhile."""
        if run.status.state in ("queued", "running"):
            raise CannotTrain(f"The run “{run.id}” is being trained; pause it first.")
        session = self._kept.pop(run.id, None)
        if session is None or session.saved != _mark(run):
            session = _opened(run, self._store)
        session.used = self._clock()
        self._kept[run.id] = session
        self._tidy()
        return session

    def _tidy(self) -> None:
        """Saves and lets go of what is too old or too much; the oldest stand first."""
        now = self._clock()
        while self._kept:
            oldest = next(iter(self._kept.values()))
            if len(self._kept) <= self._most and now - oldest.used <= self._idle:
                return
            self._kept.popitem(last=False)
            oldest.save()


def turned(trainer: Trainer, recipe: Recipe) -> Trainer:
    """The same moment of a training under other knobs: weights and the optimizers' memory stay.

    Raises:
        InvalidRecipe: When the knobs change the shape of what is trained.
    """
    with ambient(recipe.seed, trainer.device):
        objective = recipe.build(trainer.data)
    other = Trainer(recipe, objective.to(trainer.device), trainer.data, trainer.device)
    try:
        other.load(trainer.state(), groups=False)
    except (RuntimeError, ValueError) as error:
        raise InvalidRecipe("These knobs change the shape of the network; they need a new run.") from error
    return other


def _opened(run: Run, store: Store) -> Session:
    try:
        trainer = opened(run, store, resume=True)
        session = Session(run, trainer, Pace(trainer.first_step, trainer.step), Writer(run.path, live=True))
        session.write(beginning(trainer))
        if not trainer.resumed:
            session.write(iter([Checkpoint(trainer.step, trainer.state())]))
    except OSError as error:
        raise CannotTrain(f"The run “{run.id}” cannot be written; make room on the disk first.") from error
    session.saved = _mark(run)
    return session


def _mark(run: Run) -> int:
    """What changes whenever somebody saves the run; 0 where nothing is saved."""
    try:
        return (run.path / "state.safetensors").stat().st_mtime_ns
    except OSError:
        return 0
