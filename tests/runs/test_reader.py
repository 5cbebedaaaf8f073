"""A reader trusts no file: whatever is torn, missing or damaged ends in a sentence or is left out."""

import json
import os
import sys
import time
from threading import Event, Thread

import pytest
import torch
from safetensors.torch import save

from playground.runs import folder
from playground.runs.events import Checkpoint, Evaluated, State
from playground.runs.folder import Status, Worker, ask_to_stop, step_name, write_status
from playground.runs.reader import BrokenRun, NoSuchStep, Run
from playground.runs.summary import summary
from playground.runs.writer import Writer


def cut(path, by):
    path.write_bytes(path.read_bytes()[:-by])


def writing(run):
    writer = Writer(run.path)
    writer.close()
    return writer


def snapshot(run, step):
    return run.path / "snapshots" / step_name(step, "safetensors")


# Events


def test_a_last_line_that_is_torn_waits_for_its_end(written):
    run = written()
    whole = run.read_events()
    with open(run.path / "events.jsonl", "ab") as file:
        file.write(b'{"event": "metrics", "st')
    assert run.read_events() == whole and run.read_events(whole.position).events == []
    with open(run.path / "events.jsonl", "ab") as file:
        file.write(b'ep": 11, "values": {}}\n')
    assert run.read_events(whole.position).events == [{"event": "metrics", "step": 11, "values": {}}]


@pytest.mark.parametrize(
    "line", ["", "[]", "null", "7", '{"no": "event"}', "\x00\x00", "{" * 50, '{"event": "metrics"']
)
def test_a_line_that_makes_no_sense_is_passed_over(written, line):
    run = written()
    good = run.read_events().events
    with open(run.path / "events.jsonl", "ab") as file:
        file.write(line.encode() + b"\n" + b'{"event": "snapshot", "step": 12}\n')
    assert run.read_events().events == [*good, {"event": "snapshot", "step": 12}]


def test_bytes_that_are_no_text_are_passed_over(written):
    run = written()
    good = run.read_events().events
    with open(run.path / "events.jsonl", "ab") as file:
        file.write(b"\xff\xfe\x80\n")
    assert run.read_events().events == good


def test_a_run_without_events_has_none(written):
    run = written()
    (run.path / "events.jsonl").unlink()
    assert run.read_events() == run.read_events(1000) and run.read_events().events == [] and run.final() is None


def test_positions_count_bytes(written):
    run = written()
    with open(run.path / "events.jsonl", "ab") as file:
        file.write('{"event": "note", "words": "é ✓"}\n'.encode())
    position = run.read_events().position
    assert position == os.path.getsize(run.path / "events.jsonl")
    assert run.read_events(position).events == [] and run.read_events(10**9).position == position


def test_the_final_word_is_that_of_the_last_sitting(written):
    run = written()
    assert run.final() == ({"loss": 0.5}, 20)
    with open(run.path / "events.jsonl", "ab") as file:
        file.write(b'{"event": "started", "step": 0}\n')
        file.write(b'{"event": "evaluated", "step": 5, "values": {"loss": 9.0}, "n": 10, "final": false}\n')
    assert run.final() is None


# run.json and status.json


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
    dead = Worker.this().model_copy(update={"pid": 2**22 + 1})
    write_status(run.path, Status(state="running", step=5, left=9.0, worker=dead))
    status = run.status
    assert status.state == "failed" and status.left is None
    assert "exited unexpectedly; nothing was saved yet" in status.message
    writing(run).write(Checkpoint(5, State({"a": torch.ones(1)}, {"step": 5})))
    write_status(run.path, Status(state="running", step=5, worker=dead))
    assert "it is saved up to step 5" in run.status.message
    write_status(run.path, Status(state="running", step=5, worker=Worker.this()))
    assert run.status.state == "running"


def test_a_run_whose_worker_is_gone_ends_as_it_was_asked_to(written):
    run = written()
    dead = Worker.this().model_copy(update={"pid": 2**22 + 1})
    write_status(run.path, Status(state="running", step=5, left=9.0, worker=dead))
    ask_to_stop(run.path, "cancelled")
    assert run.status.state == "cancelled" and run.status.left is None
    assert run.status.message.startswith("Cancelled in the middle of its work; nothing was saved yet")


def test_a_process_of_the_same_number_is_not_the_worker(written):
    run = written()
    here = Worker.this()
    write_status(run.path, Status(state="running", worker=here.model_copy(update={"started": here.started - 1000})))
    assert run.status.state == "failed"


# Snapshots


def test_the_nearest_snapshot_is_the_last_one_up_to_a_step(written):
    run = written(steps=(2, 5, 10))
    assert [run.nearest(step) for step in (None, 0, 2, 4, 5, 9, 10, 10**9)] == [10, 2, 2, 2, 5, 5, 10, 10]


def test_weights_come_back_as_they_were_kept(written):
    run = written()
    weights, network = run.weights(5), run.network(5)
    assert all(value.dtype is torch.float32 for value in weights.values())
    assert all(torch.equal(value, weights[name]) for name, value in network.state_dict().items())
    assert not network.training and type(network) is run.network_class


def test_the_mark_of_a_snapshot_changes_when_it_is_written_anew(written):
    run = written()
    before = run.fingerprint(5)
    assert run.fingerprint(5) == before != run.fingerprint(10)
    snapshot(run, 10).rename(snapshot(run, 5))
    assert run.fingerprint(5) != before


@pytest.mark.parametrize("by", [1, 200, 10**9])
def test_a_snapshot_cut_short_does_not_count(written, by):
    run = written()
    path = snapshot(run, 10)
    cut(path, min(by, path.stat().st_size))
    assert run.snapshots == [0, 5] and run.nearest(None) == 5
    with pytest.raises(BrokenRun, match="snapshot at step 10 .* is damaged"):
        run.weights(10)


def test_a_snapshot_whose_header_is_damaged_does_not_count(written):
    run = written()
    content = bytearray(snapshot(run, 5).read_bytes())
    content[8:20] = b"\xff" * 12
    snapshot(run, 5).write_bytes(content)
    assert run.snapshots == [0, 10] and run.nearest(7) == 0


def test_files_that_are_none_of_ours_are_passed_over(written):
    run = written()
    for name in ("notes.safetensors", ".00000007.safetensors-0a", "00000007.safetensors.part"):
        (run.path / "snapshots" / name).write_bytes(b"x")
    (run.path / "previews" / "thumb.webp").write_bytes(b"x")
    assert run.snapshots == run.previews == [0, 5, 10]


def test_a_step_that_is_not_there_is_told(written):
    run = written()
    with pytest.raises(NoSuchStep, match="no snapshot at step 7"):
        run.weights(7)
    with pytest.raises(NoSuchStep, match="no preview at step 7"):
        run.preview(7)
    for step in run.snapshots:
        snapshot(run, step).unlink()
    with pytest.raises(NoSuchStep, match="has no snapshot yet"):
        run.nearest(None)


# What a resume needs


def test_a_state_comes_back_with_its_plain_values(written):
    run = written()
    assert not run.resumable and run.saved_step is None
    state = State({"a": torch.arange(3), "b": torch.ones(2, dtype=torch.float64)}, {"step": 8, "seconds": 1.25})
    writing(run).write(Checkpoint(8, state))
    read = run.state()
    assert read.values == state.values and run.saved_step == 8 and run.resumable
    assert all(torch.equal(read.tensors[name], value) for name, value in state.tensors.items())
    assert not Run(run.id, run.path, shipped=True).resumable


@pytest.mark.parametrize("by", [1, 60, 10**9])
def test_a_torn_state_cannot_be_resumed(written, by):
    run = written()
    writing(run).write(Checkpoint(8, State({"a": torch.arange(100)}, {"step": 8})))
    path = run.path / "state.safetensors"
    cut(path, min(by, path.stat().st_size))
    assert not run.resumable and run.recovery.startswith("nothing was saved yet")
    with pytest.raises(BrokenRun, match="cannot be resumed"):
        run.state()


def test_numbers_that_are_none_are_told_as_nothing(written):
    run = written()
    writing(run).write(Evaluated(10, {"loss": float("inf"), "kl": float("nan"), "n": 1.0}, 20, True))
    assert run.final() == ({"loss": None, "kl": None, "n": 1.0}, 20)
    with open(run.path / "events.jsonl", "ab") as file:  # as another writer may have put it
        file.write(b'{"event": "evaluated", "step": 10, "values": {"loss": Infinity}, "n": 5, "final": true}\n')
    assert run.final() == ({"loss": None}, 5)


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
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    for thread in threads:
        thread.start()
    for number in range(100):
        write_status(run.path, Status(state="paused", step=number))
    stop.set()
    for thread in threads:
        thread.join()
    sys.setswitchinterval(usual)
    assert not failed and summary(run)["status"]["step"] == 99


def test_a_long_final_evaluation_is_found_and_that_of_a_training_before_is_not(written):
    run = written()
    matrix = {f"accuracy.{i}": 0.123456789 for i in range(400)}
    events = run.path / "events.jsonl"
    lines = [
        {"event": "started", "step": 0},
        {"event": "evaluated", "step": 10, "values": matrix, "n": 40, "final": True},
        {"event": "finished", "step": 10},
    ]
    events.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert run.final() == (matrix, 40)
    with events.open("a") as file:
        file.write(f"{json.dumps({'event': 'started', 'step': 10})}\n")
    assert run.final() is None


def test_knobs_that_are_none_were_not_turned(written):
    run = written("point-gan-gaussians")
    with open(run.path / "events.jsonl", "a") as file:
        for knobs in ("[1]", '"r1"', "null", '{"r1": 0.5}'):
            file.write(f'{{"event": "mark", "step": 7, "label": "", "knobs": {knobs}}}\n')
    assert run.recipe_at(6) == run.recipe and run.recipe_at(7) == run.recipe.changed(r1=0.5)


def test_knobs_that_do_not_validate_were_not_turned(written):
    run = written("point-gan-gaussians")
    with open(run.path / "events.jsonl", "a") as file:
        for knobs in ('{"r1": 0.5}', '{"learning_rate": "abc"}', '{"steps": null, "seconds": null}', '{"gone": 1}'):
            file.write(f'{{"event": "mark", "step": 7, "label": "", "knobs": {knobs}}}\n')
    assert run.recipe_at(7) == run.recipe.changed(r1=0.5)


@pytest.mark.parametrize("shape", ["[1]", "null", '"abc"', '{"foo": 1}'])
def test_a_snapshot_of_a_shape_that_makes_no_sense_is_told(written, shape):
    run = written()
    snapshot(run, 5).write_bytes(save(run.weights(5), metadata={"shape": shape, "format": "float16"}))
    with pytest.raises(BrokenRun):
        run.network(5)
    assert type(run.network(10)) is run.network_class


def test_a_run_json_of_a_shape_that_makes_no_sense_is_told(written):
    run = written()
    text = (run.path / "run.json").read_text()
    assert '"shape": {}' in text
    (run.path / "run.json").write_text(text.replace('"shape": {}', '"shape": {"foo": 1}'))
    with pytest.raises(BrokenRun, match="cannot be rebuilt"):
        _ = Run(run.id, run.path).network_class


@pytest.mark.parametrize("values", ["[]", "{}", "null", '{"step": null}', '{"step": "7"}'])
def test_a_state_that_names_no_step_cannot_be_resumed(written, values):
    run = written()
    (run.path / "state.safetensors").write_bytes(save({"a": torch.zeros(1)}, metadata={"values": values}))
    assert run.saved_step is None and not run.resumable and not summary(run)["resumable"]
    with pytest.raises(BrokenRun, match="cannot be resumed"):
        run.state()
