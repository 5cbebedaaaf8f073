"""A gate that keeps heavy work from starving light work."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock

from playground.errors import Busy

WAITING = 64
"""How many requests may wait for their turn at one gate."""


class Gate:
    """Lets few work at once, so that all of them are done soon; who came first goes first.

    A place that becomes free is handed over: whoever has just left it cannot take it again past those who wait.
    """

    def __init__(self, places: int, waiting: int = WAITING) -> None:
        """`waiting` requests may queue for `places`."""
        self._free, self._waiting = places, waiting
        self._queue: deque[Event] = deque()
        self._lock = Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Waits for a place.

        Raises:
            Busy: When too many wait already.
        """
        self._enter()
        try:
            yield
        finally:
            self._leave()

    def _enter(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            if len(self._queue) >= self._waiting:
                raise Busy("Many visitors look at this at the moment; try again in a few seconds.")
            mine = Event()
            self._queue.append(mine)
        mine.wait()

    def _leave(self) -> None:
        with self._lock:
            if self._queue:
                self._queue.popleft().set()
            else:
                self._free += 1
