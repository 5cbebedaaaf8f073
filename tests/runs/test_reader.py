"""A reader trusts no snapshot and no saved state: what is torn or damaged does not count, or is said."""

import pytest
import torch
from safetensors.torch import save

from playground.media import Text
from playground.runs.events import Checkpoint, State
from playground.runs.folder import step_name
from playground.runs.reader import BrokenRun, NoSuchStep, Run
from playground.runs.snapshot import digest, pack
from playground.runs.summary import summary
from tests.runs.files import cut, snapshot, writing


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


def test_a_packed_snapshot_is_one_too(written):
    run = written()
    weights, fingerprint = run.weights(5), run.fingerprint(5)
    file = snapshot(run, 5)
    file.with_name(f"{file.name}.gz").write_bytes(pack(file.read_bytes()))
    file.unlink()
    assert run.snapshots == [0, 5, 10] and run.nearest(7) == 5 and run.fingerprint(5) != fingerprint
    assert digest(run.weights(5)) == digest(weights)
    file.with_name(f"{file.name}.gz").write_bytes(b"x")
    with pytest.raises(BrokenRun, match="snapshot at step 5 .* is damaged"):
        run.weights(5)


def test_files_that_are_none_of_ours_are_passed_over(written):
    run = written()
    for name in ("notes.safetensors", ".00000007.safetensors-0a", "00000007.safetensors.part", "7a.safetensors.gz"):
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


def test_a_preview_may_be_a_text(written):
    run = written()
    for preview in (run.path / "previews").iterdir():
        preview.unlink()
    text = Text("Once upon a \ud800time.")  # half a character
    (run.path / "previews" / step_name(5, text.suffix)).write_bytes(text.encode())
    assert run.preview(5) == (b"Once upon a ?time.", "text/plain; charset=utf-8") and run.media.startswith("text/")


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
