"""Live objects of visitors, such as a network that trains while they look, kept in memory between their requests."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock, Semaphore
from typing import Generic, TypeVar

from starlette.responses import Response

from playground.errors import PlaygroundError
from playground.ui.routes import Busy, answer_response
from playground.view import Answer

Thing = TypeVar("Thing")
AGAIN = 0.25
"""Seconds after which to ask again when it is full."""


class Gone(PlaygroundError):
    """No live object goes by that name; it was put away, or the server was started anew."""


@dataclass(frozen=True)
class Turn(Generic[Thing]):
    """A session's turn at the processor.

    Attributes:
        thing: The session's object; nobody else touches it during the turn.
        seconds: How long the turn may last.
    """

    thing: Thing
    seconds: float

    def repeat(self, step: Callable[[], object], times: int) -> int:
        """Does `step` up to `times` times, at least once, and stops when the time is up; how often it was done."""
        until = time.perf_counter() + self.seconds
        for done in range(1, times + 1):
            step()
            if time.perf_counter() >= until:
                return done
        return max(times, 0)


@dataclass
class _Session(Generic[Thing]):
    thing: Thing
    used: float
    lock: Lock = field(default_factory=Lock)


class Sessions(Generic[Thing]):
    """Objects by names that cannot be guessed, one visitor's each.

    At most `most` are kept: the one that was not used for longest makes room, and whatever was idle for `idle` seconds
    is forgotten. Requests of one session never run at once. Of all sessions, `at_once` work at the same time; the
    others wait their turn, and the more wait, the shorter each turn becomes, so that every picture goes on moving.
    """

    def __init__(
        self,
        *,
        most: int = 64,
        idle: float = 900.0,
        at_once: int = 1,
        waiting: int = 24,
        seconds: float = 0.04,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`waiting` requests may wait for a turn of at most `seconds`; `clock` tells how long sessions were idle."""
        self._most, self._idle, self._queue, self._seconds, self._clock = most, idle, waiting, seconds, clock
        self._kept: OrderedDict[str, _Session[Thing]] = OrderedDict()
        self._lock, self._gate, self._here = Lock(), Semaphore(at_once), 0

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._kept)

    def add(self, thing: Thing, *, instead: str = "") -> str:
        """Keeps an object, perhaps in the place of an older one, and says by which name."""
        name = secrets.token_urlsafe(12)
        with self._lock:
            self._kept.pop(instead, None)
            self._kept[name] = _Session(thing, self._clock())
            self._tidy()
        return name

    @contextmanager
    def work(self) -> Iterator[float]:
        """Waits for a place among those who work; how many seconds the work may take.

        Raises:
            Busy: When too many wait already.
        """
        with self._lock:
            if self._here > self._queue:
                raise Busy("Many visitors train at this moment; yours goes on in a moment.")
            self._here += 1
        try:
            with self._gate:
                yield self._seconds / self._here
        finally:
            with self._lock:
                self._here -= 1

    @contextmanager
    def turn(self, name: str) -> Iterator[Turn[Thing]]:
        """Waits for a session's turn.

        Raises:
            Gone: When there is no such session.
            Busy: When too many wait already.
        """
        with self._lock:
            self._tidy()
            session = self._kept.get(name)
            if session is None:
                raise Gone("This training was put away on the server; it begins anew from its seed.")
            session.used = self._clock()
            self._kept.move_to_end(name)
        with self.work() as seconds, session.lock:
            yield Turn(session.thing, seconds)

    def _tidy(self) -> None:
        """Forgets what is too old or too much; the oldest stand first."""
        now = self._clock()
        while self._kept:
            oldest = next(iter(self._kept.values()))
            if len(self._kept) <= self._most and now - oldest.used <= self._idle:
                return
            self._kept.popitem(last=False)


def patiently(work: Callable[[], Response]) -> Response:
    """What `work` answers, or words that say that the object is gone, or when to ask again.

    Neither is an error of the page: its script begins anew, or waits.
    """
    try:
        return work()
    except Gone as gone:
        return answer_response(Answer(words={"gone": str(gone)}))
    except Busy as busy:
        return answer_response(Answer(words={"busy": str(busy), "again": AGAIN}))
