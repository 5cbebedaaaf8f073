"""The interface of what trains the runs; how far a run is, its folder says."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from torch import nn

from playground.errors import PlaygroundError
from playground.runs.folder import StopState
from playground.runs.reader import Run


class CannotTrain(PlaygroundError):
    """A run is not taken: it must not be changed, or no worker can train it."""


@dataclass(frozen=True)
class Place:
    """Where a run stands in the queue.

    Attributes:
        run: The run's id.
        position: 1 is the next.
        wait: Seconds until it will probably begin; None while no worker can train it.
    """

    run: str
    position: int
    wait: float | None


class Capacity(NamedTuple):
    """How many runs are in training and how many can be at once; a `total` of 0 means that none can."""

    busy: int
    total: int


class Engine(Protocol):
    """Trains queued runs. All methods can be called from any thread and return within about a second."""

    def submit(self, run: Run, *, resume: bool = False) -> None:
        """Queues a run, to go on from its saved state if `resume`; one that is queued or in training stays as it is.

        Raises:
            CannotTrain: When the run came with the project, or no worker can train it.
        """

    def cancel(self, run: Run, *, state: StopState = "cancelled") -> None:
        """Ends a run that is queued or in training; one that is neither stays as it is.

        `state` is where it ends: a paused run can be resumed exactly where it was, as long as it may end by itself.
        """

    def queue(self) -> list[Place]:
        """The waiting runs, the next one first."""

    def capacity(self) -> Capacity:
        """How much is going on and how much can."""

    def close(self) -> None:
        """Takes no more runs; those in training go on, those that wait are taken up by the next engine."""


class Turn(Protocol):
    """A live run's turn at the processor; nobody else steps it meanwhile."""

    @property
    def step(self) -> int:
        """How many steps have been made."""

    @property
    def network(self) -> nn.Module:
        """What the views look at, as it is now."""

    @property
    def knobs(self) -> Mapping[str, Any]:
        """Those that it is trained with now."""

    def play(self, times: int, only: str = "") -> None:
        """Makes up to `times` steps, fewer where the turn is over before; each of one phase alone if `only` names it.

        Raises:
            CannotTrain: When there is no such phase.
            PlaygroundError: When the training has diverged.
        """

    def save(self) -> None:
        """Saves the run as it is, with a frame of where it stands."""

    def change(self, knobs: Mapping[str, Any]) -> None:
        """Goes on under other knobs, some of those that the recipe calls `live`.

        Raises:
            InvalidRecipe: When they are out of range, or others.
        """


class Live(Protocol):
    """Steps runs while somebody looks. All methods can be called from any thread."""

    def submit(self, run: Run) -> None:
        """Gets a new run ready: its first frame is there when this returns."""

    def turn(self, run: Run) -> AbstractContextManager[Turn]:
        """Waits for the run's turn.

        Raises:
            Busy: When too many wait already.
            CannotTrain: When it is no run that can be stepped, or is being trained by an engine.
        """

    def tidy(self) -> None:
        """Saves and lets go of runs that nobody has stepped for a while."""

    def suspended(self, run: Run) -> AbstractContextManager[None]:
        """While this lasts nobody steps the run, which is saved before: somebody else may take it up, or delete it."""
