"""Local engines with real worker processes, small runs for them, and waiting until something holds."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playground.jobs.local import LocalEngine
from playground.labs import recipe
from playground.runs.reader import Run
from playground.runs.store import Store

ENDLESS = 5_000_000
STEPS = 1000
"""Enough for the run to be caught in the middle."""
IDLE = (sys.executable, "-c", "input()")
"""A worker that never gets ready and leaves with its engine."""


@contextmanager
def engine_on(store: Store, **options) -> Iterator[LocalEngine]:
    """An engine whose runs and workers are all gone when the test is over."""
    engine = LocalEngine(store, **options)
    try:
        yield engine
    finally:
        for run in store.list():
            engine.cancel(run)
        engine.close()
        all_ended(engine)


def queued(store: Store, steps: int, owner: str = "", seconds: float | None = None) -> Run:
    chosen = recipe("vae-digits").changed(seconds=seconds, steps=steps, width=16, batch_size=32)
    return store.create("vae-digits", chosen, owner=owner)


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> float:
    """Seconds until `condition` holds."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, "waited in vain"
        time.sleep(0.01)
    return time.monotonic() - start


def ready(engine: LocalEngine) -> None:
    wait_for(lambda: all(slot.idle for slot in engine._slots))


def all_ended(engine: LocalEngine) -> None:
    """Waits until all workers have ended."""
    wait_for(lambda: not any(slot.worker and slot.worker.exit is None for slot in engine._slots))


def is_(run: Run, state: str) -> Callable[[], bool]:
    return lambda: run.status.state == state


def has_metrics(run: Run) -> bool:
    return any(event["event"] == "metrics" for event in run.read_events().events)


def train(engine: LocalEngine, run: Run, *, resume: bool = False) -> Run:
    """Submits a run and waits for its end."""
    engine.submit(run, resume=resume)
    wait_for(is_(run, "done"))
    return run
