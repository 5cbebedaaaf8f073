"""What a training reports while it goes on. The run folder, the command line and the tests all consume these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from torch import Tensor

from playground.media import Media


@dataclass(frozen=True)
class Started:
    """The networks are built and the first step is next.

    Attributes:
        step: Steps done before; 0 unless the run resumes or is a branch. What an earlier session reported of later
            steps counts no more: it was lost with that session.
        parameters: How many numbers are trained.
        device: Where, as torch names it.
        threads: CPU threads used.
    """

    step: int
    parameters: int
    device: str
    threads: int


@dataclass(frozen=True)
class Metrics:
    """The mean of each loss term since the last event of this kind.

    Attributes:
        step: Steps done.
        seconds: Time spent so far, over all sessions of the run.
        values: Term -> mean.
        rate: Examples a second.
        progress: The spent part of the budget, in [0, 1].
        left: Seconds until the budget is spent, by the speed so far.
    """

    step: int
    seconds: float
    values: Mapping[str, float]
    rate: float
    progress: float
    left: float


@dataclass(frozen=True)
class Preview:
    """What the objective shows from the run's fixed inputs or noise."""

    step: int
    media: Media


@dataclass(frozen=True)
class Snapshot:
    """The weights that the views need.

    Attributes:
        step: Steps done.
        weights: Name -> tensor, on the CPU.
        shape: What rebuilds the network that they fit, beyond the recipe's knobs.
    """

    step: int
    weights: Mapping[str, Tensor]
    shape: Mapping[str, Any]


@dataclass(frozen=True)
class Marked:
    """Something happened that deserves a mark on the curve.

    Attributes:
        step: Steps done.
        label: What happened, in a few words.
        knobs: Those that a visitor turned, if that is what happened.
    """

    step: int
    label: str
    knobs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Evaluating:
    """The budget is spent and the state saved; the last evaluation begins, which has a time of its own."""

    step: int


@dataclass(frozen=True)
class Evaluated:
    """Numbers about the network on test examples.

    Attributes:
        step: Steps done.
        values: Name -> number.
        n: How many test examples they are from.
        final: Whether this is the run's last evaluation, on the whole test split.
    """

    step: int
    values: Mapping[str, float]
    n: int
    final: bool


@dataclass(frozen=True)
class State:
    """All that an exact resume needs: tensors, and plain values that JSON can hold."""

    tensors: Mapping[str, Tensor]
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Checkpoint:
    """The newest state to resume from; older ones are of no use any more."""

    step: int
    state: State


@dataclass(frozen=True)
class Finished:
    """The last event: the budget is spent ("done") or someone asked to stop ("stopped")."""

    step: int
    seconds: float
    reason: Literal["done", "stopped"]


Event = Started | Metrics | Preview | Snapshot | Marked | Evaluating | Evaluated | Checkpoint | Finished
