"""A gate that keeps heavy work from starving light work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from playground.errors import Busy

WAITING = 64
"""How many requests may wait for their turn at one gate."""


class Gate:
    """Lets few work at once, so that all of them are done soon."""

    def __init__(self, places: int, waiting: int = WAITING) -> None:
        """`waiting` requests may queue for `places`."""
        self._places, self._room = BoundedSemaphore(places), BoundedSemaphore(places + waiting)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Waits for a place.

        Raises:
            Busy: When too many wait already.
        """
        if not self._room.acquire(blocking=False):
            raise Busy("Many visitors look at this at the moment; try again in a few seconds.")
        try:
            with self._places:
                yield
        finally:
            self._room.release()
