"""The one place that admits work: how much a visitor may ask for, refused in one sentence that names the limit."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playground.errors import PlaygroundError
from playground.jobs.process import machine_memory
from playground.recipe import Recipe
from playground.runs.reader import Run


class OverLimit(PlaygroundError):
    """More was asked for than a visitor of this server may have."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one visitor may have, and all of them together.

    Attributes:
        parameters: Of one network.
        elements: That one step processes: batch size times the numbers of an example, such as pixels in all channels.
        memory: Bytes of all examples of the data at the size that is trained on.
        training_memory: Bytes that the process of a run may take for it, since nobody knows before a step what it keeps
            for its backward pass; 0 for most of the machine's, see `process_memory`.
        seconds: One run's training time.
        runs: Queued and running at once.
        server_runs: Those of all visitors, as one person can come as many.
        total_runs: Runs of any state.
        server_total_runs: Those of all visitors.
        bytes: Of disk for all runs of one visitor.
        sets: Data sets that they uploaded or drew.
        upload: Bytes of one of them.
        free: Bytes of the server's disk that stay free, whoever asks: below them nothing new is taken.
    """

    parameters: int = 50_000_000
    elements: int = 16_000_000
    memory: int = 4_000_000_000
    training_memory: int = 0
    seconds: float = 86_400
    runs: int = 50
    server_runs: int = 10_000
    total_runs: int = 5000
    server_total_runs: int = 20_000
    bytes: int = 20_000_000_000
    sets: int = 50
    upload: int = 200_000_000
    free: int = 200_000_000

    @property
    def process_memory(self) -> int:
        """Bytes that the process of a run may take for it on this machine."""
        return self.training_memory or machine_memory() * 4 // 5

    @property
    def decoded(self) -> int:
        """Pixels of all pictures of an uploaded set, before they are resized: six a byte, as good JPEG files have.

        A flat picture is compressed to next to nothing and takes as long to decode: about a second for 30 million.
        """
        return 6 * self.upload


HOME = Limits()
PUBLIC = Limits(
    parameters=2_000_000,
    elements=1_000_000,
    memory=200_000_000,
    training_memory=3_000_000_000,
    seconds=300,
    runs=2,
    server_runs=60,
    total_runs=100,
    server_total_runs=3000,
    bytes=200_000_000,
    sets=3,
    upload=50_000_000,
    free=2_000_000_000,
)
"""For a server that strangers use."""


def admit(
    recipe: Recipe, spec: Any, examples: int, parameters: int, owner: str, runs: Sequence[Run], limits: Limits
) -> None:
    """Lets a new run pass, or says why not.

    Args:
        recipe: Its knobs.
        spec: Its data.
        examples: How many there are, to learn from and to test on.
        parameters: Of its network.
        owner: The visitor whose run it is.
        runs: Those that all visitors have already.
        limits: What they may have.

    Raises:
        OverLimit: Naming what was asked for, the limit, and what to do.
    """
    elements, memory = recipe.batch_size * spec.elements, examples * spec.elements
    admit_network(parameters, limits)
    if elements > limits.elements:
        raise OverLimit(
            f"One step would process {elements:,} {spec.element}; the limit here is {limits.elements:,}. Choose "
            "smaller batches."
        )
    if memory > limits.memory:
        raise OverLimit(
            f"These {spec.example} take {memory / 1e6:,.0f} MB at this size; the limit here is "
            f"{limits.memory / 1e6:,.0f}. Make them smaller."
        )
    if recipe.seconds is None or recipe.seconds > limits.seconds:
        duration = "without a limit in seconds" if recipe.seconds is None else f"{recipe.seconds:,.0f} seconds"
        if recipe.seconds is not None or limits.seconds < HOME.seconds:
            raise OverLimit(
                f"A run may train for {limits.seconds:,.0f} seconds here, and this one {duration}; shorten it."
            )
    admit_turn(owner, runs, limits)
    admit_kept(owner, runs, limits)


def admit_network(parameters: int, limits: Limits) -> None:
    """Lets a network of so many parameters pass, or says why not.

    Raises:
        OverLimit: When there are more than may be.
    """
    if parameters > limits.parameters:
        raise OverLimit(
            f"This network has {parameters:,} parameters; the limit here is {limits.parameters:,}. Make it narrower."
        )


def admit_kept(owner: str, runs: Sequence[Run], limits: Limits, size: int = 0) -> None:
    """Lets one more run be kept, which has `size` bytes already, or says why not.

    Raises:
        OverLimit: When its owner, or all visitors together, have as many as they may.
    """
    own = [run for run in runs if run.info.owner == owner]
    used = size + sum(run.size for run in own)
    if len(own) >= limits.total_runs:
        raise OverLimit(f"You have {len(own)} runs; the limit here is {limits.total_runs}. Delete some.")
    if len(runs) >= limits.server_total_runs:
        raise OverLimit(
            f"All visitors together have {len(runs)} runs here, as many as there may be; some must be deleted first."
        )
    if used >= limits.bytes:
        raise OverLimit(
            f"Your runs take {used / 1e6:,.0f} MB of the disk; the limit here is {limits.bytes / 1e6:,.0f}. "
            "Delete some."
        )


def admit_turn(owner: str, runs: Sequence[Run], limits: Limits) -> None:
    """Lets one more of a visitor's runs be queued, or says why not.

    Raises:
        OverLimit: When as many of `runs` are already as may be.
    """
    active = _active(run for run in runs if run.info.owner == owner)
    if active >= limits.runs:
        raise OverLimit(
            f"You have {active} runs queued or training; the limit here is {limits.runs}. Wait or stop one."
        )
    if len(runs) >= limits.server_runs and _active(runs) >= limits.server_runs:
        raise OverLimit(
            f"All visitors together may have {limits.server_runs} runs queued or training here, and have them; try "
            "again in some minutes."
        )


def _active(runs: Iterable[Run]) -> int:
    """How many are queued or in training."""
    return sum(run.status.state in ("queued", "running") for run in runs)


def admit_to_disk(folder: Path, limits: Limits) -> None:
    """Lets something new be written, or says why not.

    Raises:
        OverLimit: When the disk of `folder`, which need not be there yet, has less left than must stay free.
    """
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(there).free
    if free < limits.free:
        raise OverLimit(
            f"The disk of this server has {free / 1e6:,.0f} MB left, and {limits.free / 1e6:,.0f} MB of it must stay "
            "free. Delete runs or data sets first."
        )


def admit_set(size: int, own: int, limits: Limits) -> None:
    """Lets a visitor's new data set pass, or says why not.

    Args:
        size: Bytes of the archive; 0 for a drawing.
        own: How many sets they have already.
        limits: What they may have.

    Raises:
        OverLimit: Naming what was asked for, the limit, and what to do.
    """
    if size > limits.upload:
        limit = f"{limits.upload / 1e6:,.0f} MB"
        raise OverLimit(f"The archive is larger than the limit here, {limit}. Make the pictures smaller.")
    if own >= limits.sets:
        raise OverLimit(f"You have {own} data sets here, as many as one may have. Delete one first.")
