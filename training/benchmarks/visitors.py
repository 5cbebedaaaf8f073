"""Thirty visitors over HTTP during a training: ten drag in a latent plane, ten scrub, ten ask for attention."""

from __future__ import annotations

import http.client
import json
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from playground.labs import recipe
from playground.runs.folder import ask_to_stop
from playground.runs.store import PRETRAINED, Store
from playground.ui.routes import BASE
from training.benchmarks import Row
from training.benchmarks.page import served

EACH = 10
"""Visitors of each kind."""
PAUSE = 0.1
"""Seconds between a visitor's answer and the next request."""
STORED = 200
"""Runs in the store when the list is asked for."""


def rows(seconds: float = 60.0) -> Iterator[Row]:
    """The 95th percentiles of what each kind of visitor waits for, the list of runs, and the server's memory."""
    runs = Path(tempfile.mkdtemp())
    store = Store(runs)
    try:
        for number in range(STORED):
            shutil.copytree(PRETRAINED / "vae-fashion", runs / f"vae-fashion-copy-{number}")
        training = recipe("vae-fashion").changed(seconds=2 * seconds + 60)
        run = store.create("vae-fashion", training)  # the engine takes up what is queued
        with served(runs) as (url, _):
            process = next(one for one in psutil.Process().children() if "app.py" in one.cmdline())
            yield from _measured(url, process, seconds)
            ask_to_stop(run.path, "cancelled")  # a worker outlives its server, and would write on
    finally:
        shutil.rmtree(runs)


def _measured(url: str, process: psutil.Process, seconds: float) -> Iterator[Row]:
    vae, vit = (Store(Path("none")).get(name) for name in ("vae-fashion", "vit-fashion"))
    frames = vae.snapshots

    def drag(turn: int) -> str:
        place = f"x={-3 + 6 * (turn * 37 % 1000) / 1000:.3f}&y={-3 + 6 * (turn * 91 % 1000) / 1000:.3f}"
        return f"/views/vae/plane/decode?run={vae.id}&step={frames[-1]}&{place}"

    def scrub(turn: int) -> str:
        return f"/runs/{vae.id}/previews/{vae.previews[turn % len(vae.previews)]}"

    def attend(turn: int) -> str:
        step = vit.snapshots[turn % len(vit.snapshots)]
        return f"/views/vision/attention/attention?run={vit.id}&step={step}&picture=ex-{turn % 24}"

    kinds: dict[str, tuple[Callable[[int], str], float]] = {
        "a drag in the latent plane": (drag, 100),
        "a preview while scrubbing": (scrub, 100),
        "attention": (attend, 500),
    }
    waits: dict[str, list[float]] = {name: [] for name in kinds}
    until = time.monotonic() + seconds
    memory = [process.memory_info().rss]
    threads = [
        threading.Thread(target=_visitor, args=(url, address, EACH * 1000 * kind + visitor, until, waits[name]))
        for kind, (name, (address, _)) in enumerate(kinds.items())
        for visitor in range(EACH)
    ]
    for thread in threads:
        thread.start()
    while time.monotonic() < until:
        time.sleep(1.0)
        memory.append(process.memory_info().rss)
    for thread in threads:
        thread.join()
    how = f"{EACH} visitors of each kind for {seconds:g} s during a training, {PAUSE:g} s between two requests"
    for name, (_, goal) in kinds.items():
        ordered = sorted(waits[name])
        points = [1000 * ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.95, 1.0)]
        yield Row(
            f"{name}, 95th percentile of {len(ordered):,}",
            [points[1]],
            "ms",
            f"<= {goal:g}",
            f"median {points[0]:.0f} ms; {how}",
        )
    times = [_timed(url, "/runs") for _ in range(20)]
    yield Row(
        f"the list of runs, {STORED} in the store",
        [1000 * value for value in times],
        "ms",
        "<= 100",
        "during a training",
    )
    second_half = memory[len(memory) // 2 :]
    growth = (second_half[-1] - second_half[0]) / 1e6
    yield Row(
        "the server's memory",
        [value / 1e6 for value in memory],
        "MB",
        "<= 1000",
        f"{growth:+.0f} MB in the second half",
    )


def _visitor(url: str, address: Callable[[int], str], turn: int, until: float, waits: list[float]) -> None:
    """One visitor: asks, waits for the answer, rests, and asks for the next."""
    connection = _connected(url)
    while time.monotonic() < until:
        start = time.perf_counter()
        connection.request("GET", BASE + address(turn))
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise RuntimeError(json.loads(body)["error"])
        waits.append(time.perf_counter() - start)
        turn += 1
        time.sleep(PAUSE)
    connection.close()


def _timed(url: str, path: str) -> float:
    connection = _connected(url)
    start = time.perf_counter()
    connection.request("GET", BASE + path)
    connection.getresponse().read()
    seconds = time.perf_counter() - start
    connection.close()
    return seconds


def _connected(url: str) -> http.client.HTTPConnection:
    host, _, port = url.removeprefix("http://").strip("/").partition(":")
    return http.client.HTTPConnection(host, int(port), timeout=60)
