"""Background tasks behind short requests: one task for all who ask, with progress, its result cached."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from threading import Lock, Thread
from typing import Generic, TypeVar

from playground.data import Progress
from playground.errors import Busy, PlaygroundError

Result = TypeVar("Result")
MOST_RESULTS, MOST_WAITING = 4, 4
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class State(Generic[Result]):
    """The state of a task.

    Attributes:
        progress: The part that is done, 0 to 1.
        message: What is being done, in a sentence.
        result: What it returned, once it is done.
        error: What went wrong, in a sentence for a person.
    """

    progress: float = 0.0
    message: str = "Waits for its turn."
    result: Result | None = None
    error: str = ""


class BackgroundTasks(Generic[Result]):
    """Runs one task at a time in the background, each once for all who ask; safe to share between threads."""

    def __init__(self) -> None:
        """Starts without tasks."""
        self._lock, self._turn = Lock(), Lock()
        self._states: OrderedDict[Hashable, State[Result]] = OrderedDict()

    def submit(self, key: Hashable, work: Callable[[Progress], Result], *, start: bool = True) -> State[Result]:
        """The state of the task `key`, which is started if need be; what failed is retried.

        Args:
            key: Identifies a task.
            work: The task; it is given a function to report its progress to.
            start: Whether a task that is unknown or failed is started.

        Raises:
            Busy: When too many wait already.
        """
        with self._lock:
            state = self._states.get(key)
            if not start or (state is not None and not state.error):
                return state or State(error="There is no such task; start it again.")
            if sum(self._open(other) for other in self._states.values()) >= MOST_WAITING:
                raise Busy(f"{MOST_WAITING} tasks of this kind are under way already; try again in a minute.")
            state = self._states[key] = State()
            self._states.move_to_end(key)
            done = [name for name, other in self._states.items() if not self._open(other)]
            for name in done[: max(0, len(done) - MOST_RESULTS)]:
                del self._states[name]
        Thread(target=self._work, args=(key, work), name="background", daemon=True).start()
        return state

    @staticmethod
    def _open(state: State[Result]) -> bool:
        return state.result is None and not state.error

    def _work(self, key: Hashable, work: Callable[[Progress], Result]) -> None:
        def report(part: float, what: str) -> None:
            with self._lock:
                self._states[key] = replace(self._states[key], progress=part, message=what)

        try:
            with self._turn:
                state: State[Result] = State(progress=1.0, message="", result=work(report))
        except PlaygroundError as error:
            state = State(error=str(error))
        except Exception:
            _log.exception("a background task failed")
            state = State(error="That did not work, and the log of the server says why; try again.")
        with self._lock:
            self._states[key] = state
