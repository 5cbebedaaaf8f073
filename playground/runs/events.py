"""What a training says while it goes on. The run folder, the command line and the tests all consume these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from torch import Tensor


@dataclass(frozen=True)
class Started:
    """The networks are built and the first step is next.

    Attributes:
        step: Steps done before; 0 unless the run resumes or was forked. What an earlier sitting said of later steps
            counts no more: it was lost with that sitting.
        parameters: How many numbers are trained.
        device: Where, as torch names it.
        threads: How many threads of the processor reckon.
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
        seconds: Time spent so far, over all sittings of the run.
        values: Term -> mean.
        rate: Pictures a second.
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
    """Pictures from the run's fixed inputs or noise.

    Attributes:
        step: Steps done.
        images: (N, C, H, W), uint8, on the CPU.
        columns: How many of them stand in one row of the sheet.
    """

    step: int
    images: Tensor
    columns: int


@dataclass(frozen=True)
class Snapshot:
    """The weights that the views need, as they are after `step` steps, on the CPU."""

    step: int
    weights: Mapping[str, Tensor]


@dataclass(frozen=True)
class Evaluated:
    """Numbers about the network on test pictures.

    Attributes:
        step: Steps done.
        values: Name -> number.
        n: How many test pictures they are from.
        final: Whether this is the run's last word, on the whole test split.
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


Event = Started | Metrics | Preview | Snapshot | Evaluated | Checkpoint | Finished
