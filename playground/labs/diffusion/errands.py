"""Long work behind a short request: begun by the first who asks, told of to all, kept for those who ask again."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from threading import Lock, Thread
from typing import Generic, TypeVar

from playground.errors import PlaygroundError

Result = TypeVar("Result")
MOST_KEPT, MOST_WAITING = 8, 4
_log = logging.getLogger(__name__)


class TooBusy(PlaygroundError):
    """More has been asked for than is worked on at once."""


@dataclass(frozen=True)
class State(Generic[Result]):
    """How far an errand is.

    Attributes:
        progress: The part that is done, 0 to 1.
        message: What is being done, in a sentence.
        result: What came of it, once it is done.
        error: What went wrong, in a sentence for a person.
    """

    progress: float = 0.0
    message: str = "Waits for its turn."
    result: Result | None = None
    error: str = ""


class Errands(Generic[Result]):
    """Does one thing at a time in the background, each once for all who ask; safe to share between threads."""

    def __init__(self) -> None:
        """Starts with nothing to do."""
        self._lock, self._turn = Lock(), Lock()
        self._states: OrderedDict[Hashable, State[Result]] = OrderedDict()

    def ask(
        self, key: Hashable, work: Callable[[Callable[[float, str], None]], Result], *, begin: bool = True
    ) -> State[Result]:
        """How far the errand `key` is; it is begun if need be, and what failed is tried anew.

        Args:
            key: What tells errands apart.
            work: Does it, and tells the part that is done and what is being done.
            begin: Whether one that nobody has begun, or that failed, is begun.

        Raises:
            TooBusy: When too many wait already.
        """
        with self._lock:
            state = self._states.get(key)
            if not begin or (state is not None and not state.error):
                return state or State(error="Nobody has asked for that; start it anew.")
            if sum(self._open(other) for other in self._states.values()) >= MOST_WAITING:
                raise TooBusy(f"{MOST_WAITING} samplings are under way already; try again in a minute.")
            state = self._states[key] = State()
            self._states.move_to_end(key)
            done = [name for name, other in self._states.items() if not self._open(other)]
            for name in done[: max(0, len(done) - MOST_KEPT)]:
                del self._states[name]
        Thread(target=self._work, args=(key, work), name="errand", daemon=True).start()
        return state

    @staticmethod
    def _open(state: State[Result]) -> bool:
        return state.result is None and not state.error

    def _work(self, key: Hashable, work: Callable[[Callable[[float, str], None]], Result]) -> None:
        def tell(part: float, what: str) -> None:
            with self._lock:
                self._states[key] = replace(self._states[key], progress=part, message=what)

        try:
            with self._turn:
                state: State[Result] = State(progress=1.0, message="", result=work(tell))
        except PlaygroundError as error:
            state = State(error=str(error))
        except Exception:
            _log.exception("an errand failed")
            state = State(error="That did not work, and the log of the server says why; try again.")
        with self._lock:
            self._states[key] = state
