"""An engine of worker processes on this machine, kept warm, with one queue before them."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Condition, Thread

from filelock import FileLock, Timeout

from playground.jobs.endings import end, exit_message
from playground.jobs.engine import CannotTrain, Capacity, Place
from playground.jobs.fair import FairQueue
from playground.jobs.process import Job, Slot, cores, kill_tree
from playground.jobs.waiting import queue_message, remaining, waits
from playground.runs.folder import Status, StopState, ask_to_stop, forget_stop, write_status
from playground.runs.reader import Run
from playground.runs.store import Store

GRACE: dict[StopState, float] = {"cancelled": 0.8, "paused": 5.0}
"""Seconds that a run has to end by itself; a pause may take longer, as the newest state is worth waiting for."""
ANSWER_LIMIT = 1.0
"""The most seconds that `cancel` waits for the end that it brings about."""
logger = logging.getLogger(__name__)


class LocalEngine:
    """Trains the runs of a store in processes that survive this one.

    Runs that an earlier engine left behind are taken over: those that wait are queued again, those whose worker lives
    are watched and count as busy. Of several engines on one store, the first one does this.
    """

    def __init__(
        self,
        store: Store,
        *,
        workers: int = 1,
        device: str = "cpu",
        memory: int = 0,
        command: Sequence[str] | None = None,
    ) -> None:
        """Starts the workers and returns at once; they get ready in some seconds.

        Args:
            store: Whose runs it trains.
            workers: How many runs are trained at once; they share the CPU cores evenly.
            device: Where, as torch names it.
            memory: Bytes that each may take for a run; 0 sets no limit.
            command: What a worker is, if not `python -m training worker`.
        """
        threads = max(1, cores() // workers)
        options = ("worker", "--device", device, "--threads", str(threads), "--memory", str(memory))
        self._store = store
        self._changed = Condition()
        self._queue: FairQueue[Job] = FairQueue()
        self._adopted: list[Job] = []
        command = command or (sys.executable, "-m", "training", *options)
        self._slots = [Slot(command, self._changed) for _ in range(workers)]
        self._announced_at = 0.0
        self._closing = False
        self._lock = _lock(store.runs)
        if self._lock is not None:
            self._take_over()
        self._thread = Thread(target=self._serve, name="training queue", daemon=True)
        self._thread.start()

    def submit(self, run: Run, *, resume: bool = False) -> None:
        """Queues a run; see `Engine.submit`."""
        if run.shipped:
            raise CannotTrain(f"The run “{run.id}” came with the playground and stays as it is; branch it instead.")
        visitor = run.info.owner
        with self._changed:
            if self._closing:
                raise CannotTrain("The playground is shutting down and takes no more runs.")
            job = self._job_of(run)
            if job and (job.end_state or run.status.state not in ("queued", "running")):
                self._changed.wait_for(lambda: job.ended, timeout=ANSWER_LIMIT)
                if not job.ended:
                    raise CannotTrain(f"The run “{run.id}” is still stopping; try again in a moment.")
            elif job:
                return
            status = run.status
            if status.state == "running":
                return
            if not self._total():
                detail = next((f" It says: {slot.last_line}" for slot in self._slots if slot.last_line), "")
                raise CannotTrain(f"Nothing can be trained here, as the training process does not start.{detail}")
            forget_stop(run.path)
            write_status(run.path, status.model_copy(update=_QUEUED) if resume else Status(state="queued"))
            self._queue.add(visitor, Job(run, resume), served=self._served())
            self._announced_at = 0.0
            self._changed.notify_all()

    def cancel(self, run: Run, *, state: StopState = "cancelled") -> None:
        """Ends a run; see `Engine.cancel`."""
        with self._changed:
            self._queue.remove(lambda job: job.run.path == run.path)
            job, status = self._job_of(run), run.status
            if job is None and status.state == "queued":
                end(run, state if run.resumable else "cancelled", "Removed from the queue before it started.")
                self._announced_at = 0.0
                self._changed.notify_all()
            if job is None and status.state == "running":
                job = Job(run)
                self._adopted.append(job)
            if job is None:
                return
            job.end_state, job.deadline = state, time.monotonic() + GRACE[state]
            try:
                ask_to_stop(run.path, state)
            except OSError:
                job.deadline = 0.0  # the disk is full, so the worker cannot be asked
            self._changed.notify_all()
            self._changed.wait_for(lambda: job.ended, timeout=ANSWER_LIMIT)

    def queue(self) -> list[Place]:
        """The waiting runs, the next one first."""
        with self._changed:
            places = zip(self._queue.order(), self._waits(), strict=True)
            return [Place(job.run.id, index, wait) for index, (job, wait) in enumerate(places, start=1)]

    def capacity(self) -> Capacity:
        """Runs in training, those of earlier engines included, and how many there can be."""
        with self._changed:
            busy = sum(slot.job is not None for slot in self._slots) + len(self._adopted)
            return Capacity(busy, self._total())

    def close(self) -> None:
        """Lets all workers go: the idle ones end now, the others with their runs."""
        with self._changed:
            self._closing = True
            for slot in self._slots:
                if slot.worker:
                    slot.worker.release()
            if self._lock is not None:
                self._lock.release()
                self._lock = None
            self._changed.notify_all()
        self._thread.join(timeout=1.0)

    def _serve(self) -> None:
        """The one thread that starts, watches and ends runs."""
        with self._changed:
            while not self._closing:
                try:
                    self._tick()
                except Exception:
                    logger.exception("The training queue caught an error and continues.")
                stopping = any(job.end_state for job in self._in_training())
                self._changed.wait(0.05 if stopping else 0.25)

    def _tick(self) -> None:
        for slot in self._slots:
            self._check_slot(slot)
            slot.ensure_worker()
        for job in list(self._adopted):
            self._check_adopted(job)
        self._dispatch()
        if time.monotonic() - self._announced_at >= 1:
            self._announce()

    def _check_slot(self, slot: Slot) -> None:
        """Handles what the worker of `slot` has answered, its exit, and a deadline that has passed."""
        worker, job = slot.worker, slot.job
        if worker is None:
            return
        if job and worker.answer is not None:
            self._settle(job, worker.answer["message"])
            worker.answer = slot.job = None
        elif job and time.monotonic() > job.deadline and job.run.status.state == "running":
            worker.kill()
        if worker.exit is not None:
            if slot.job:
                ended = slot.job.run.status.worker is None  # a worker that is short of memory leaves after its run
                self._settle(slot.job, "" if ended else exit_message(slot.job.run, worker.exit))
            slot.discard_worker()

    def _check_adopted(self, job: Job) -> None:
        """The same for a run whose worker belongs to an earlier engine or to the command line."""
        status = job.run.status
        if status.state != "running":
            self._settle(job, status.message)
            self._adopted.remove(job)
        elif status.worker and time.monotonic() > job.deadline:
            kill_tree(status.worker)

    def _settle(self, job: Job, message: str) -> None:
        """Drops a run that is over; where its worker could not write the final status, the engine does."""
        status = job.run.status
        if status.worker is not None or status.state in ("queued", "running"):
            words = job.run.killed_message(job.end_state) if job.end_state else message
            end(job.run, job.end_state or "failed", words)
        job.ended = True
        self._announced_at = 0.0
        self._changed.notify_all()

    def _dispatch(self) -> None:
        """Gives the next runs to those workers that are free."""
        for slot in self._slots:
            while slot.idle and len(self._queue) and len(self._in_training()) < len(self._slots):
                job = self._queue.pop()
                status = job.run.status
                if status.state != "queued":  # deleted, or taken out by another engine on this store
                    continue
                assert slot.worker
                changes = {"state": "running", "message": "", "left": None, "worker": slot.worker.identity}
                try:
                    write_status(job.run.path, status.model_copy(update=changes))
                except OSError:
                    logger.exception("The run %s cannot be started.", job.run.id)
                    continue
                slot.job = job
                slot.worker.train(job, self._store.shipped)
                self._announced_at = 0.0

    def _announce(self) -> None:
        """Tells every waiting run its place, where that has changed."""
        self._announced_at = time.monotonic()
        for index, (job, wait) in enumerate(zip(self._queue.order(), self._waits(), strict=True), start=1):
            message = queue_message(index, wait)
            status = job.run.status
            if message != job.message and status.state == "queued":
                job.message = message
                changes = {"message": message, "left": None if wait is None else round(wait)}
                with suppress(OSError):
                    write_status(job.run.path, status.model_copy(update=changes))

    def _waits(self) -> list[float | None]:
        """Seconds until each queued run begins, in the queue's order; unknown while no worker starts."""
        jobs = self._queue.order()
        if not self._total():
            return [None] * len(jobs)
        busy = [remaining(job.run) for job in self._in_training()]
        warming = [slot.warm_up_left for slot in self._slots if not slot.job and slot.usable]
        return list(waits([remaining(job.run) for job in jobs], busy, warming, self._total()))

    def _total(self) -> int:
        return sum(slot.usable for slot in self._slots)

    def _in_training(self) -> list[Job]:
        return [slot.job for slot in self._slots if slot.job] + self._adopted

    def _served(self) -> set[str]:
        return {job.run.info.owner for job in self._in_training()}

    def _job_of(self, run: Run) -> Job | None:
        """What the engine knows of `run`."""
        jobs = self._in_training() + self._queue.order()
        return next((job for job in jobs if job.run.path == run.path), None)

    def _take_over(self) -> None:
        """Takes up what an engine that is gone left behind."""
        for run in sorted(self._store.list(), key=lambda run: run.info.created):
            status = run.status
            if run.shipped:
                continue
            if status.state == "queued":
                self._queue.add(run.info.owner, Job(run, run.resumable))
            elif status.state == "running":
                self._adopted.append(Job(run))
            elif status.worker is not None:  # its worker died before the final status
                end(run, status.state, status.message)


_QUEUED = {"state": "queued", "message": "", "left": None, "worker": None}


def _lock(folder: Path) -> FileLock | None:
    """Claims `folder` until this process ends; None where another engine has it."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock", thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None
    return lock
