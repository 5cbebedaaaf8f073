"""How soon a warm worker reports its first numbers, and how soon it stops."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from playground.jobs.launch import launch
from playground.jobs.local import LocalEngine
from playground.labs import recipe
from playground.runs.store import Store
from training.benchmarks import Row

TIMES = 5


def rows() -> Iterator[Row]:
    """Seconds from submitting to the first numbers, and from cancelling to the end."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        engine = LocalEngine(store)
        try:
            for name in ("vit-fashion", "vae-fashion"):
                first, end = [], []
                for _ in range(TIMES):
                    _until(lambda: any(slot.idle for slot in engine._slots))
                    start = time.perf_counter()
                    run = launch(store, engine, name=name, recipe=recipe(name))
                    _until(lambda run=run: b'"metrics"' in _events(run.path))  # type: ignore[misc]
                    first.append(time.perf_counter() - start)
                    time.sleep(1)
                    start = time.perf_counter()
                    engine.cancel(run)
                    _until(lambda run=run: run.status.state == "cancelled")  # type: ignore[misc]
                    end.append(time.perf_counter() - start)
                how = "a warm worker, the run folder watched"
                yield Row(f"submitted to first numbers ({name})", first, "s", "<= 1", how)
                yield Row(f"cancelled to ended ({name})", end, "s", "<= 1", how)
        finally:
            engine.close()


def _events(path: Path) -> bytes:
    file = path / "events.jsonl"
    return file.read_bytes() if file.exists() else b""


def _until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.perf_counter() + seconds
    while not condition():
        if time.perf_counter() > deadline:
            raise TimeoutError("the engine did not respond in time")
        time.sleep(0.005)
