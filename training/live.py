"""Runs that are trained step by step in the page's own process, while their visitors look on.

Such a run is small (`Recipe.live`). Its folder is that of every run and says that it is paused, between two requests
and while steps are made; so whatever happens to this process, it can be scrubbed, branched, resumed and deleted.
"""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
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

EACH = 3
"""Requests of one visitor that may wait at once."""


@dataclass(eq=False)
class Session:
    """One run in memory.

    Attributes:
        run: Which run.
        trainer: It, at the step that it is at.
        pace: When it reports.
        writer: Of its folder.
        saved: The mark of the state on the disk that belongs to it.
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
        return self.saved == _mark(self.run) != 0

    def write(self, events: Iterable[Event]) -> None:
        """Puts events into the folder.

        Raises:
            CannotTrain: When the disk is full, or the run was deleted.
        """
        try:
            for event in events:
                self.writer.write(event)
                if isinstance(event, Checkpoint):
                    self.saved = _mark(self.run)
                    words = f"At step {event.step:,}; it goes on as soon as it is played."
                    self.writer.say(step=event.step, message=words)
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
    """A run's turn; see `playground.jobs.engine.Turn`."""

    session: Session
    processor: Callable[[], Any]

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
            session.trainer = turned(session.trainer, after)
            changed = [name for name, value in after.model_dump().items() if value != getattr(before, name)]
            label = ", ".join(f"{name.replace('_', ' ')} {getattr(after, name)}" for name in changed)
            session.write([Marked(self.step, label), Checkpoint(self.step, session.trainer.state())])


class LiveRuns:
    """Gives live runs their turns.

    At most `most` are kept in memory: the one that was not used for longest makes room, and whatever was idle for
    `idle` seconds goes; both are saved before. A run has one turn at a time; of all runs, one makes steps at a time,
    and the more wait, the fewer, so that every picture goes on moving.
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
        """`waiting` requests may wait for steps of at most `seconds`; `clock` tells how long runs were idle."""
        self._store, self._most, self._idle = store, most, idle
        self._waiting, self._seconds, self._clock = waiting, seconds, clock
        self._kept: OrderedDict[str, Session] = OrderedDict()
        self._here: Counter[str] = Counter()
        self._lock, self._gate = Lock(), Semaphore(1)

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
        with self._place(run.info.owner):
            while True:
                session = self._session(run)
                with session.lock:
                    if not session.current:  # trained elsewhere meanwhile, or put away while this request waited
                        self._forget(session)
                        continue
                    session.used = self._clock()
                    yield LiveTurn(session, self._processor)
                break
        self._tidy()

    @contextmanager
    def apart(self, run: Run) -> Iterator[None]:
        """See `Live.apart`."""
        while True:
            session = self._kept.get(run.id)
            with session.lock if session else nullcontext(), self._gate:  # whoever holds the gate, nobody opens it
                if self._kept.get(run.id) is not session:
                    continue
                if session is not None:
                    session.save()
                    self._forget(session)
                yield
                if session is not None:
                    session.saved = 0  # whoever waits for its turn looks at the folder anew
                return

    def close(self) -> None:
        """Saves all runs."""
        for session in list(self._kept.values()):
            with self.apart(session.run):
                pass

    @contextmanager
    def _place(self, owner: str) -> Iterator[None]:
        """A place among those who wait, or are at work."""
        with self._lock:
            if self._here.total() > self._waiting or self._here[owner] >= EACH:
                raise Busy("Many visitors train at this moment; yours goes on in a moment.")
            self._here[owner] += 1
        try:
            yield
        finally:
            with self._lock:
                self._here[owner] -= 1
                self._here += Counter()  # drops those who are gone

    @contextmanager
    def _processor(self) -> Iterator[float]:
        """Waits for the processor; how many seconds the work may take."""
        with self._gate:
            yield self._seconds / max(1, self._here.total())

    def _session(self, run: Run) -> Session:
        """The run in memory, read from its folder where it is not there."""
        with self._gate:  # so that of two requests one opens it
            if run.status.state in ("queued", "running"):
                raise CannotTrain(f"The run “{run.id}” is being trained; pause it first.")
            session = self._kept.get(run.id) or _opened(run, self._store)
            with self._lock:
                self._kept[run.id] = session
                self._kept.move_to_end(run.id)
        return session

    def _forget(self, session: Session) -> None:
        with self._lock:
            if self._kept.get(session.run.id) is session:
                del self._kept[session.run.id]

    def _tidy(self) -> None:
        """Saves and lets go of what is too old or too much, the oldest first; what has its turn stays."""
        now = self._clock()
        with self._lock:
            sessions = list(self._kept.values())
        for number, session in enumerate(sessions):
            if len(sessions) - number <= self._most and now - session.used <= self._idle:
                return
            if session.lock.acquire(blocking=False):
                try:
                    session.save()
                    self._forget(session)
                    session.saved = 0
                finally:
                    session.lock.release()


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
    except OSError as error:
        raise CannotTrain(f"The run “{run.id}” cannot be written; make room on the disk first.") from error
    session.write(beginning(trainer))
    if not trainer.resumed:
        session.write([Checkpoint(trainer.step, trainer.state())])
    session.saved = _mark(run)
    return session


def _mark(run: Run) -> int:
    """What changes whenever somebody saves the run; 0 where nothing is saved."""
    try:
        return (run.path / "state.safetensors").stat().st_mtime_ns
    except OSError:
        return 0
