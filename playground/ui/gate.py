"""A gate that keeps heavy work from starving light work, and what can wait from holding up who looks."""

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
        self._queues: tuple[deque[Event], deque[Event]] = deque(), deque()  # those who can wait are in the second
        self._lock = Lock()

    @contextmanager
    def turn(self, *, patient: bool = False) -> Iterator[None]:
        """Waits for a place.

        Args:
            patient: Whether all others go first, for what nobody looks at yet.

        Raises:
            Busy: When too many wait already.
        """
        self._enter(patient)
        try:
            yield
        finally:
            self._leave()

    def _enter(self, patient: bool) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            if sum(map(len, self._queues)) >= self._waiting:
                raise Busy("Many visitors look at this at the moment; try again in a few seconds.")
            mine = Event()
            self._queues[patient].append(mine)
        mine.wait()

    def _leave(self) -> None:
        with self._lock:
            following = next((queue for queue in self._queues if queue), None)
            if following:
                following.popleft().set()
            else:
                self._free += 1
