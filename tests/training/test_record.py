"""What becomes of a run's folder as its training ends, stops, goes on and is branched."""

from __future__ import annotations

import json
import shutil
import time

import pytest
import torch

from playground.data import packs
from playground.runs.events import Checkpoint, Evaluated, Finished, Metrics, Snapshot, Started
from playground.runs.folder import FRAMES, Parent, Worker, ask_to_stop, write_status
from playground.runs.reader import Run
from tests.training.recording import assert_same, queued, train
from training.record import record

pytestmark = pytest.mark.usefixtures("one_thread")


def test_a_run_is_trained_to_the_end(store):
    run = queued(store)
    events = train(run)
    assert isinstance(events[0], Started) and isinstance(events[-1], Finished)
    status = run.status
    assert (status.state, status.step, status.progress, status.left, status.worker) == ("done", 40, 1.0, None, None)
    assert status.message.startswith("Trained up to step 40 in ")
    assert run.snapshots[0] == 0 and run.snapshots[-1] == 40
    values, n = run.final()
    assert n == len(packs.load("digits").test) and values.keys() == {"loss", "reconstruction", "kl", "error"}
    assert [e["event"] for e in run.read_events().events][-2:] == ["evaluated", "finished"]
    assert not list(run.path.rglob(".*"))


def test_a_paused_run_goes_on_as_if_nothing_had_been(store):
    whole, paused = queued(store), queued(store)
    train(whole)
    for event in record(paused):
        if isinstance(event, Metrics) and event.step == 7:
            ask_to_stop(paused.path, "paused")
            time.sleep(0.03)
    status = paused.status
    assert status.state == "paused" and 7 <= status.step < 40
    assert status.message == f"Paused at step {status.step}, from where it can be resumed."
    assert not (paused.path / "stop").exists()
    events = train(paused, resume=True)
    assert events[0].step == status.step
    assert paused.status.state == "done"
    assert_same(whole, paused)


def test_a_killed_run_goes_on_from_its_last_state(store, often):
    whole, victim = queued(store), queued(store)
    train(whole)
    for event in record(victim):
        if isinstance(event, Checkpoint) and event.step == 12:
            saved = (victim.path / "state.safetensors").read_bytes()
        if isinstance(event, Snapshot) and event.step == 22:
            killed = shutil.copytree(victim.path, store.runs / "killed")
    (killed / "state.safetensors").write_bytes(saved)
    run = Run("killed", killed)
    write_status(killed, run.status.model_copy(update={"worker": Worker.this().model_copy(update={"pid": 2**22 + 1})}))
    assert run.status.state == "failed" and "it is saved up to step 12" in run.status.message
    with open(killed / "events.jsonl", "ab") as file:
        file.write(b'{"event": "metr')
    torn = run.path / "snapshots" / "00000011.safetensors"
    torn.write_bytes((killed / "snapshots" / "00000010.safetensors").read_bytes()[:-50])
    (killed / ".state.safetensors-0a1b2c3d").write_bytes(b"half")
    assert 11 not in run.snapshots and run.nearest(11) == 10
    assert run.read_events().events[-1]["event"] != "metr"
    events = record(run, resume=True)
    assert next(events).step == 12
    assert run.snapshots == [0, 5, 10], "frames of the lost steps are removed"
    assert not list(killed.glob(".*"))
    assert len(list(events)) > 1 and run.status.state == "done"
    assert all(json.loads(line) for line in (killed / "events.jsonl").read_bytes().splitlines())
    torn.unlink()
    assert_same(whole, run)


def test_a_cancelled_run_keeps_what_it_has(store):
    run = queued(store, steps=1_000_000)
    for event in record(run):
        if isinstance(event, Metrics) and event.step == 3:
            ask_to_stop(run.path, "cancelled")
            start = time.monotonic()
    assert time.monotonic() - start < 1
    assert run.status.state == "cancelled" and run.status.step in run.snapshots
    assert run.status.message == f"Cancelled at step {run.status.step}; what it had learned by then is kept."


def test_leaving_early_pauses(store, often):
    run = queued(store)
    events = record(run)
    while not isinstance(next(events), Checkpoint):
        pass
    events.close()
    assert run.status.state == "paused" and "resumed" in run.status.message and run.status.worker is None


def test_a_resume_without_a_state_starts_anew(store):
    whole, again = queued(store), queued(store)
    train(whole)
    train(again)
    (again.path / "state.safetensors").write_bytes(b"torn")
    assert not again.resumable
    events = record(again, resume=True)
    assert next(events).step == 0
    assert again.final() is None and again.snapshots == []
    assert len(list(events)) > 1
    assert_same(whole, again)


def test_a_branch_starts_from_its_parent(store):
    parent = queued(store)
    train(parent)
    step = parent.snapshots[-2]
    branch = queued(store, parent=Parent(run=parent.id, step=step), beta=4.0, steps=10)
    events = train(branch, store=store)
    frames = [event for event in events if isinstance(event, Snapshot)]
    assert frames[0].step == step and branch.status.step == step + 10 and branch.status.state == "done"
    for name, value in parent.weights(step).items():
        assert torch.equal(frames[0].weights[name], value)
    late = queued(store, parent=Parent(run=parent.id, step=step), steps=1)
    store.delete(parent)
    train(late, store=store)
    assert late.status.state == "done" and late.snapshots[0] == step
    (late.path / "start.safetensors").unlink()
    assert train(late, store=store) == []
    assert late.status.state == "failed" and "lacks the weights" in late.status.message


def test_a_deleted_run_does_not_come_back(store):
    run = queued(store, steps=1_000_000)
    for event in record(run):
        if isinstance(event, Metrics) and event.step == 3:
            store.delete(run)
    assert not (run.path / "run.json").exists() and not (run.path / "status.json").exists()
    early = queued(store)
    store.delete(early)
    assert train(Run(early.id, early.path)) == [] and not early.path.exists()


def test_precisions_can_follow_one_another(store):
    for precision in ("float32", "bfloat16", "float32"):
        run = queued(store, steps=5, precision=precision)
        events = train(run)
        assert run.status.state == "done" and any(isinstance(event, Evaluated) and event.final for event in events)


def test_files_that_others_put_among_the_frames_end_no_training(store):
    run = queued(store)
    for folder in FRAMES:
        (run.path / folder).mkdir()
        (run.path / folder / "Thumbs.db").write_bytes(b"x")
    for _ in record(run):
        ask_to_stop(run.path, "paused")
    assert run.status.state == "paused", run.status.message
    (run.path / "stop").unlink(missing_ok=True)
    train(run, resume=True)
    assert run.status.state == "done", run.status.message
