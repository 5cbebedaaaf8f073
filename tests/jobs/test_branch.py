"""A branch goes on from its parent's weights, offline too, and says what it can learn from and what must stay."""

import pytest
import torch
from safetensors.torch import save

from playground.data import packs
from playground.jobs.branch import SECONDS, branched, check_branch, similar_data
from playground.labs import recipes
from playground.recipe import InvalidRecipe
from playground.runs.events import Evaluated, Snapshot
from playground.runs.folder import Parent, step_name
from playground.runs.store import PRETRAINED, Store
from training.record import record


@pytest.fixture(autouse=True)
def offline(monkeypatch, tmp_path):
    monkeypatch.delenv("PLAYGROUND_DATA", raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path))


STORE = Store(PRETRAINED / "none")
SHIPPED = [run for run in STORE.list() if run.info.name in recipes()]


@pytest.mark.parametrize("run", SHIPPED, ids=lambda run: run.id)
def test_every_shipped_run_can_be_branched_offline(run):
    chosen, note = branched(run, 10, packs)
    assert chosen.seconds == SECONDS and chosen.steps is None and packs.available(chosen.data)
    assert (chosen.data != run.recipe.data) == (f"learns from “{chosen.data}”" in note)
    spec = chosen.spec(packs)
    check_branch(run, run.snapshots[-1], chosen, spec, STORE.shape(chosen, spec))


def test_data_of_the_same_classes_come_first():
    run = next(run for run in SHIPPED if run.id == "cnn-fashion")
    assert similar_data(run, packs)[0] == "fashion" and "emoji-styles" in similar_data(run, packs)[-3:]


def test_a_branch_on_other_data_keeps_all_but_the_head(store, written, one_thread):
    """Ten digits to three shapes: the class head is the only one of another shape."""
    parent = written("vit-digits", heads=2, depth=1)
    chosen = parent.recipe.changed(data="sprites", image_size=8, steps=2, batch_size=8)
    check_branch(parent, 10, chosen, chosen.spec(packs), {})
    run = store.create("vit-digits", chosen, parent=Parent(run=parent.id, step=10))
    events = list(record(run, store=store))
    first = next(event for event in events if isinstance(event, Snapshot))
    weights = parent.weights(10)
    for name, value in first.weights.items():
        if name.startswith("head."):
            assert value.shape[0] == 3
        else:
            assert torch.equal(value, weights[name]), name
    assert run.status.state == "done" and any(isinstance(event, Evaluated) for event in events)


def test_knobs_that_change_the_shape_are_named_and_those_that_do_not_are_not(written):
    parent = written("vit-digits", heads=2)
    chosen = parent.recipe.changed(width=24, depth=5, learning_rate=1e-4)
    with pytest.raises(InvalidRecipe) as caught:
        check_branch(parent, 5, chosen, chosen.spec(packs), {})
    assert str(caught.value).endswith("must stay: width, depth.")


def test_other_data_excuse_no_other_knob(written):
    parent = written("vit-digits", heads=2)
    chosen = parent.recipe.changed(data="sprites", image_size=8, width=24)
    with pytest.raises(InvalidRecipe, match="must stay: width"):
        check_branch(parent, 5, chosen, chosen.spec(packs), {})


def test_no_branch_goes_on_from_a_frame_of_a_shape_that_makes_no_sense(written):
    run = written()
    path = run.path / "snapshots" / step_name(5, "safetensors")
    path.write_bytes(save(run.weights(5), metadata={"shape": '{"foo": 1}', "format": "float16"}))
    with pytest.raises(InvalidRecipe, match="fits no network of these knobs"):
        check_branch(run, 5, run.recipe, run.spec, {})
