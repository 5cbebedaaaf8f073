"""Many runs that are trained step by step in the page's own process, while their visitors look on."""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from threading import Lock, Semaphore

from playground.errors import Busy
from playground.jobs.engine import CannotTrain
from playground.runs.folder import Status, write_status
from playground.runs.reader import Run
from playground.runs.store import Store
from training.session import LiveTurn, Session, is_live, session_of

EACH = 3
"""Requests of one visitor that may wait at once."""


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
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._here: Counter[str] = Counter()
        self._lock, self._gate = Lock(), Semaphore(1)

    def __len__(self) -> int:
        """How many runs are in memory."""
        return len(self._sessions)

    def submit(self, run: Run) -> None:
        """See `Live.submit`."""
        write_status(run.path, Status(state="paused"))  # a new run is queued, and nobody else shall take it
        with self.turn(run):
            pass

    @contextmanager
    def turn(self, run: Run) -> Iterator[LiveTurn]:
        """See `Live.turn`."""
        if run.shipped or not is_live(run):
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
        self.tidy()

    @contextmanager
    def suspended(self, run: Run) -> Iterator[None]:
        """See `Live.suspended`."""
        if not is_live(run):
            yield
            return
        while True:
            session = self._sessions.get(run.id)
            with session.lock if session else nullcontext(), self._gate:  # whoever holds the gate, nobody opens it
                if self._sessions.get(run.id) is not session:
                    continue
                if session is not None:
                    session.save()
                    self._forget(session)
                yield
                return

    def tidy(self) -> None:
        """See `Live.tidy`; what is too much goes as well, the oldest first, and what has its turn stays."""
        now = self._clock()
        with self._lock:
            sessions = list(self._sessions.values())
        for number, session in enumerate(sessions):
            if len(sessions) - number <= self._most and now - session.used <= self._idle:
                return
            if session.lock.acquire(blocking=False):
                try:
                    session.save()
                    self._forget(session)
                finally:
                    session.lock.release()

    def close(self) -> None:
        """Saves all runs."""
        for session in list(self._sessions.values()):
            with self.suspended(session.run):
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
            session = self._sessions.get(run.id) or session_of(run, self._store)
            with self._lock:
                self._sessions[run.id] = session
                self._sessions.move_to_end(run.id)
        return session

    def _forget(self, session: Session) -> None:
        session.saved = 0  # whoever waits for its turn looks at the folder anew
        with self._lock:
            if self._sessions.get(session.run.id) is session:
                del self._sessions[session.run.id]
