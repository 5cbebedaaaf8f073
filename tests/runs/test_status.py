"""run.json, status.json and the heartbeat: what is missing or damaged is said, and a worker that is gone is noticed."""

import json
import sys
import time
from threading import Event, Thread

import pytest
import torch

from playground.runs import folder
from playground.runs.events import Checkpoint, State
from playground.runs.folder import Status, Worker, ask_to_stop, write_status
from playground.runs.reader import BrokenRun, Run
from playground.runs.summary import summary
from playground.runs.writer import Writer
from tests.runs.files import writing

DEAD = Worker.this().model_copy(update={"pid": 2**22 + 1})
"""No process has this number: it is beyond the largest that Linux gives."""


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"[]", b"\xff\xff", b'{"format": 1, "name": 3}'])
def test_a_damaged_run_json_is_told(written, content):
    run = written()
    (run.path / "run.json").write_bytes(content)
    with pytest.raises(BrokenRun, match="run.json is missing or damaged"):
        _ = Run(run.id, run.path).info


def test_a_missing_run_json_is_told(written):
    run = written()
    (run.path / "run.json").unlink()
    with pytest.raises(BrokenRun, match="missing or damaged"):
        _ = Run(run.id, run.path).recipe


@pytest.mark.parametrize(("key", "value"), [("what", "gone"), ("version", 77)])
def test_a_run_that_cannot_be_rebuilt_is_told(written, key, value):
    run = written()
    info = json.loads((run.path / "run.json").read_text()) | {key: value}
    (run.path / "run.json").write_text(json.dumps(info))
    with pytest.raises(BrokenRun, match="another version"):
        _ = Run(run.id, run.path).recipe


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b'{"state": "asleep"}', b"\xff"])
def test_a_damaged_status_counts_as_failed(written, content):
    run = written()
    (run.path / "status.json").write_bytes(content)
    assert (run.status.state, run.status.message) == ("failed", "The run's status.json is damaged.")


def test_a_missing_status_counts_as_never_started(written):
    run = written()
    (run.path / "status.json").unlink()
    assert run.status.state == "failed" and "never started" in run.status.message


def test_a_run_whose_worker_is_gone_counts_as_failed(written):
    run = written()
    write_status(run.path, Status(state="running", step=5, left=9.0, worker=DEAD))
    status = run.status
    assert status.state == "failed" and status.left is None
    assert "exited unexpectedly; nothing was saved yet" in status.message
    writing(run).write(Checkpoint(5, State({"a": torch.ones(1)}, {"step": 5})))
    write_status(run.path, Status(state="running", step=5, worker=DEAD))
    assert "it is saved up to step 5" in run.status.message
    write_status(run.path, Status(state="running", step=5, worker=Worker.this()))
    assert run.status.state == "running"


def test_a_run_whose_worker_is_gone_ends_as_it_was_asked_to(written):
    run = written()
    write_status(run.path, Status(state="running", step=5, left=9.0, worker=DEAD))
    ask_to_stop(run.path, "cancelled")
    assert run.status.state == "cancelled" and run.status.left is None
    assert run.status.message.startswith("Cancelled in the middle of its work; nothing was saved yet")


def test_a_process_of_the_same_number_is_not_the_worker(written):
    run = written()
    here = Worker.this()
    write_status(run.path, Status(state="running", worker=here.model_copy(update={"started": here.started - 1000})))
    assert run.status.state == "failed"


def test_elsewhere_a_heartbeat_counts(written, monkeypatch):
    run = written()
    far = Worker.this().model_copy(update={"host": "another"})
    write_status(run.path, Status(state="running", worker=far))
    assert run.status.state == "failed"
    (run.path / "heartbeat").touch()
    assert run.status.state == "running"
    monkeypatch.setattr(folder, "STALE", -1.0)
    assert run.status.state == "failed"


def test_a_writer_beats_until_it_is_closed(written, monkeypatch):
    monkeypatch.setattr("playground.runs.writer.BEAT", 0.01)
    run = written()
    writer = Writer(run.path)
    first = (run.path / "heartbeat").stat().st_mtime_ns
    deadline = time.monotonic() + 5
    while (run.path / "heartbeat").stat().st_mtime_ns == first:
        assert time.monotonic() < deadline
    writer.close()
    assert not (run.path / "heartbeat").exists()


@pytest.fixture
def hasty():
    """Threads take turns a thousand times as often."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("hasty")
def test_many_threads_may_ask_for_a_summary_while_it_changes(written):
    run = written()
    stop, failed = Event(), []

    def read():
        while not stop.is_set():
            try:
                summary(run)
            except Exception as error:
                failed.append(error)

    threads = [Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for number in range(100):
            write_status(run.path, Status(state="paused", step=number))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not failed and summary(run)["status"]["step"] == 99
