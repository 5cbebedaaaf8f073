"""A network that grows: its frames are shown, its run resumes exactly, is evaluated and branched in its new shape."""

import pytest
import torch

from playground.data import packs
from playground.jobs.branch import check_branch
from playground.labs import kinds
from playground.recipe import InvalidRecipe
from playground.runs.events import Checkpoint, Marked, Metrics, Snapshot
from playground.runs.folder import Parent
from playground.runs.writer import Writer
from training.loop import walk
from training.record import evaluated, record
from training.session import with_knobs
from training.trainer import prepared

from .growing import GROWS_AT, Growing, GrowingRecipe

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    """The recipe is known while these tests run, as what the VAE lab trains."""
    monkeypatch.setitem(kinds(), "vae", GrowingRecipe)


def chosen(**knobs):
    return GrowingRecipe(**({"data": "digits", "seconds": None, "steps": 10, "width": 8, "batch_size": 16} | knobs))


def trained(store, recipe=None, parent=None):
    recipe = recipe or chosen()
    run = store.create("vae-digits", recipe, data_hash=store.data.card("digits").hash, parent=parent)
    for _ in record(run, store=store):
        pass
    assert run.status.state == "done", run.status.message
    return run


def test_frames_know_how_far_the_network_had_grown(store):
    run = trained(store)
    heads = {step: len(run.network(step).heads) for step in run.snapshots}
    assert GROWS_AT in heads and all(count == (2 if step >= GROWS_AT else 1) for step, count in heads.items())
    assert evaluated(run, run.snapshots[-1], store=store)[0] == pytest.approx(run.final()[0], rel=1e-3)
    assert evaluated(run, 0, store=store)[0]["loss"] > run.final()[0]["loss"]


@pytest.mark.parametrize("pause", [3, GROWS_AT, 8])
def test_it_resumes_exactly(store, pause):
    data = chosen().load(store.data)
    whole = [*walk(prepared(chosen(), data))]
    count = iter(range(100))
    part = [*walk(prepared(chosen(), data), lambda: next(count) >= pause)]
    (state,) = [event.state for event in part if isinstance(event, Checkpoint)]
    rest = [*walk(prepared(chosen(), data, state=state))]
    last, again = ([event for event in events if isinstance(event, Snapshot)][-1] for events in (whole, rest))
    assert last.shape == again.shape == {"heads": 2}
    assert all(torch.equal(value, again.weights[name]) for name, value in last.weights.items())
    values = [event.values for event in whole if isinstance(event, Metrics)]
    assert "heads.1" in values[-1] and "heads.1" not in values[0]


def test_a_new_head_is_trained(store):
    trainer = prepared(chosen(), chosen().load(store.data))
    for _ in range(GROWS_AT):
        trainer.one_step()
    before = trainer.objective.shown.heads[1].weight.detach().clone()
    trainer.one_step()
    assert not torch.equal(before, trainer.objective.shown.heads[1].weight)


def test_a_branch_begins_in_the_shape_of_its_frame(store):
    run = trained(store)
    check_branch(run, 10, chosen(), run.spec, {})
    with pytest.raises(InvalidRecipe, match="must stay: width"):
        check_branch(run, 10, chosen(width=16), run.spec, {})
    branch = trained(store, chosen(steps=2), Parent(run=run.id, step=10))
    first = branch.weights(10)
    assert all(torch.equal(value, first[name]) for name, value in run.weights(10).items())
    assert len(branch.network(12).heads) == 2


def test_a_snapshot_is_evaluated_under_the_knobs_that_it_was_trained_with(store, monkeypatch):
    run = trained(store)
    monkeypatch.setattr(GrowingRecipe, "live", ("beta",))
    monkeypatch.setattr(Growing, "evaluate", lambda self, split: {"beta": self.beta})
    Writer(run.path, live=True).write(Marked(7, "beta 3", {"beta": 3.0}))
    assert [evaluated(run, step, store=store)[0]["beta"] for step in (5, 10)] == [chosen().beta, 3.0]


def test_knobs_are_turned_after_it_has_grown():
    trainer = prepared(chosen(), chosen().load(packs))
    for _ in range(GROWS_AT + 1):
        trainer.one_step()
    other = with_knobs(trainer, chosen(beta=2.0))
    assert other.objective.shape() == {"heads": 2} and other.objective.beta == 2.0
    for name, value in trainer.objective.state_dict().items():
        assert torch.equal(value, other.objective.state_dict()[name]), name
    other.one_step()
