"""One warm worker process: started, given runs, watched, killed if necessary, and restarted."""

from __future__ import annotations

import json
import math
import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition, Thread
from typing import IO

import psutil

from playground.runs.folder import StopState, Worker
from playground.runs.reader import Run
from playground.runs.store import ROOT

START_LIMIT = 180.0
"""Seconds after which a worker that is not ready counts as failed."""
START_SECONDS = 6.0
"""How long a worker usually takes to get ready."""
MAX_FAILURES = 3
"""A slot whose workers failed this often one after another counts as unusable."""
MAX_PAUSE = 60.0
"""The most seconds between two attempts to start a worker."""


@dataclass(eq=False)
class Job:
    """One run on its way through the engine.

    Attributes:
        run: What to train.
        resume: Whether to go on from its saved state.
        message: The message that its status shows while it waits.
        end_state: The state in which someone wants it to end.
        deadline: When its worker is killed, in seconds of the monotonic clock.
        ended: Whether the engine has done with it.
    """

    run: Run
    resume: bool = False
    message: str = ""
    end_state: StopState | None = None
    deadline: float = math.inf
    ended: bool = False


class WorkerProcess:
    """A child process in a session of its own, so that it outlives the server that started it.

    Attributes:
        identity: Its process id and start time.
        ready: Whether it has said that it can take a run.
        answer: Its report on the run that it finished last; whoever reads this clears it.
        last_line: The last line that it printed outside of any run, known once it has ended.
        exit: Its exit code once it has ended, negative for a signal.
    """

    def __init__(self, command: Sequence[str], changed: Condition) -> None:
        """Starts `command` in the project's folder; every change is notified through `changed`.

        OpenMP's threads sleep while they wait for one another: as soon as something else wants a core too, such as the
        server, spinning makes the training of small networks ten times slower.
        """
        errors = tempfile.TemporaryFile()  # noqa: SIM115 (`_listen` closes it when the process has ended)
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=ROOT,
            env={**os.environ, "OMP_WAIT_POLICY": "PASSIVE"},
            start_new_session=True,
        )
        self.identity = Worker.of(self._process.pid)
        self.started_at = time.monotonic()
        self.ready = False
        self.answer: dict[str, str] | None = None
        self.last_line = ""
        self.exit: int | None = None
        Thread(target=self._listen, args=(changed, errors), name="worker's answers", daemon=True).start()

    def train(self, job: Job, shipped: Path) -> None:
        """Sends a run to the worker; one that is dead by now is noticed as it does not answer."""
        order = {"run": str(job.run.path.resolve()), "resume": job.resume, "shipped": str(shipped.resolve())}
        assert self._process.stdin
        with suppress(OSError):
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()

    def release(self) -> None:
        """Closes its input: it finishes its run and exits."""
        assert self._process.stdin
        with suppress(OSError):
            self._process.stdin.close()

    def kill(self) -> None:
        """Ends it and its children at once."""
        kill_tree(self.identity)

    def _listen(self, changed: Condition, errors: IO[bytes]) -> None:
        assert self._process.stdout
        with errors, self._process.stdout as answers:
            for line in answers:
                with changed:
                    if line.strip() == b"ready":
                        self.ready = True
                    elif line.startswith(b'{"done"'):
                        self.answer = json.loads(line)
                    changed.notify_all()
            code = self._process.wait()
            errors.seek(0)
            lines = [line.strip() for line in errors.read().decode(errors="replace").splitlines()]
        with changed:
            self.last_line = next(filter(None, reversed(lines)), "")
            self.exit = code
            self.release()
            changed.notify_all()


@dataclass(eq=False)
class Slot:
    """A place for one worker, which is replaced when it dies: at once, or ever later if it never gets ready.

    Attributes:
        command: What to start.
        changed: Where changes are notified.
        worker: The process, where there is one.
        job: The run that it trains.
        failures: How many workers in a row died before they were ready.
        retry_at: When to start the next one, in seconds of the monotonic clock.
        last_line: What the last one that failed printed.
    """

    command: Sequence[str]
    changed: Condition = field(repr=False)
    worker: WorkerProcess | None = None
    job: Job | None = None
    failures: int = 0
    retry_at: float = 0.0
    last_line: str = ""

    @property
    def idle(self) -> bool:
        """Whether it can take a run now."""
        return bool(self.worker and self.worker.ready and self.worker.exit is None and not self.job)

    @property
    def usable(self) -> bool:
        """Whether a worker is there or to be expected."""
        return self.failures < MAX_FAILURES

    @property
    def warm_up_left(self) -> float:
        """Seconds until its worker is probably ready."""
        if not self.worker:
            return START_SECONDS
        return 0.0 if self.worker.ready else max(1.0, START_SECONDS - (time.monotonic() - self.worker.started_at))

    def ensure_worker(self) -> None:
        """Starts a worker where one is due, and kills one that does not get ready."""
        now = time.monotonic()
        if self.worker is None and now >= self.retry_at:
            try:
                self.worker = WorkerProcess(self.command, self.changed)
            except OSError as error:
                self._failed(str(error))
        elif self.worker and self.worker.ready:
            self.failures = 0
        elif self.worker and now - self.worker.started_at > START_LIMIT:
            self.worker.kill()

    def discard_worker(self) -> None:
        """Forgets a worker that has died."""
        if self.worker and not self.worker.ready:
            self._failed(self.worker.last_line)
        self.worker = self.job = None

    def _failed(self, last_line: str) -> None:
        self.failures += 1
        self.last_line = last_line
        self.retry_at = time.monotonic() + min(MAX_PAUSE, 0.25 * 2**self.failures)


def kill_tree(worker: Worker) -> None:
    """Kills a process and its descendants, unless its id belongs to another one by now, or is this process."""
    if not worker.here or worker.pid == os.getpid() or not worker.alive():
        return
    with suppress(psutil.Error):
        process = psutil.Process(worker.pid)
        for member in [process, *process.children(recursive=True)]:
            with suppress(psutil.Error):
                member.kill()


def machine_memory() -> int:
    """Bytes of memory that this process may use, by what the machine has and by the limit of its container."""
    total = int(psutil.virtual_memory().total)
    with suppress(OSError, ValueError):  # "max" is no limit
        total = min(total, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return total


def cores() -> int:
    """How many CPU cores this process may use, by its affinity and by the quota of its container."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with suppress(OSError, ValueError):
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        count = min(count, math.ceil(int(quota) / int(period)))
    return max(1, count)
