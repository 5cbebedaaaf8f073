"""A playground in a process of its own, as a visitor meets it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from playground.runs.store import Store

from .watch import HOST

ROOT = Path(__file__).resolve().parents[2]
START = 90
"""Seconds that the playground may take until it answers."""


class Server:
    """A playground in a process of its own, with one worker.

    Attributes:
        url: Its address.
        runs: The folder of its runs.
        process: The process, while there is one.
    """

    def __init__(self, folder: Path) -> None:
        self.log, self.runs, self.port = folder / "log.txt", folder / "runs", _free_port()
        self.url = f"http://{HOST}:{self.port}/"
        self.start()

    def start(self) -> None:
        """Starts it, at the same address every time, and waits until it answers."""
        options = ["--host", HOST, "--port", str(self.port), "--runs", str(self.runs), "--workers", "1"]
        with open(self.log, "ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "app.py", *options], cwd=ROOT, stdout=out, stderr=out, start_new_session=True
            )
        _wait_until_it_answers(self.url, self.process, self.log)

    def kill(self) -> None:
        """Ends it without a chance to tidy up."""
        self.process.kill()
        self.process.wait()

    @property
    def store(self) -> Store:
        """Its runs, read past it."""
        return Store(self.runs)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START
    while time.monotonic() < until:
        with suppress(urllib.error.URLError, ConnectionError, TimeoutError), urllib.request.urlopen(url, timeout=5):
            return
        if process.poll() is not None:
            break
        time.sleep(0.2)
    pytest.fail(f"the playground did not start; its last words:\n{log.read_text()[-3000:]}", pytrace=False)


def end(process: subprocess.Popen[bytes]) -> None:
    """Asks the server to go, as a container's end does, and makes sure that nothing of it stays."""
    process.terminate()  # what is started in the background of a script hears no SIGINT
    with suppress(subprocess.TimeoutExpired):
        process.wait(15)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
