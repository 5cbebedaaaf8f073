"""Runs that are trained step by step: as exact as the loop's, also after a pause or a knob that was turned."""

import pytest
import torch

from playground.data import packs
from playground.jobs.branch import branched
from playground.jobs.engine import CannotTrain
from playground.jobs.launch import changed_knobs
from playground.labs import recipe
from playground.recipe import InvalidRecipe
from playground.runs.folder import Parent
from tests.training.stepping import STEPPED, play, weights
from tests.weights import same
from training.live import LiveRuns
from training.loop import walk
from training.trainer import prepared

pytestmark = pytest.mark.usefixtures("one_thread")


def test_a_new_run_rests_at_its_first_frame(store, begin_run):
    run = begin_run(LiveRuns(store))
    assert run.status.state == "paused" and run.resumable and run.snapshots == [0] == run.previews


def test_steps_are_those_of_the_loop(store, live, begin_run):
    run = begin_run(live, seed=3)
    assert play(live, run, 12) == 12
    chosen = recipe(STEPPED).changed(seed=3, steps=12, seconds=None)
    training = prepared(chosen, chosen.load(store.data))
    for _ in walk(training):
        pass
    assert same(weights(live, run), dict(training.objective.shown.state_dict()))
    assert run.snapshots == [0, 5, 10] and run.status.state == "paused"
    assert [event["event"] for event in run.read_events().events].count("metrics") >= 10


def test_what_is_put_away_goes_on_exactly(store, live, begin_run):
    whole, parts = begin_run(live, seed=1), begin_run(live, seed=1)
    play(live, whole, 9)
    play(live, parts, 4)
    live.close()
    assert len(live) == 0 and parts.saved_step == 4
    other = LiveRuns(store)
    assert play(other, parts, 5) == 9
    assert same(weights(other, parts), weights(LiveRuns(store), whole))


@pytest.mark.parametrize("only", ["generator", "discriminator"])
def test_one_phase_alone_moves_one_network(live, begin_run, only):
    run = begin_run(live)
    before = weights(live, run)
    play(live, run, only=only)
    after = weights(live, run)
    moved = {name.split(".")[0] for name in before if not torch.equal(before[name], after[name])}
    assert moved == {only}
    with pytest.raises(CannotTrain, match="no phase “critic”; there are discriminator, generator"):
        play(live, run, only="critic")


def test_a_knob_is_turned_while_it_is_trained(store, live, begin_run):
    run = begin_run(live)
    play(live, run, 2)
    play(live, run, learning_rate=0.01, loss="hinge")
    with live.turn(run) as turn:
        rates = [optimizer.param_groups[0]["lr"] for optimizer in turn.session.trainer.optimizers]
        assert rates == [0.01, 0.01] and turn.network.loss == "hinge"
    marks = [event for event in run.read_events().events if event["event"] == "mark"]
    assert [(mark["step"], mark["label"]) for mark in marks] == [(2, "loss hinge, learning rate 0.01")]
    play(live, run, 2)
    live.close()
    with LiveRuns(store).turn(run) as turn:
        assert turn.step == 5 and turn.knobs["loss"] == "hinge" and turn.network.loss == "hinge"
    assert run.network(5).loss == "hinge" and run.network(0).loss == "relativistic"
    assert [run.recipe_at(step).loss for step in (0, 1, 2, 5)] == ["relativistic", "relativistic", "hinge", "hinge"]
    branch, _ = branched(run, 5, packs)
    assert (branch.loss, branch.learning_rate) == ("hinge", 0.01)
    parent = Parent(run=run.id, step=5)
    child = store.create(run.info.name, branch.changed(learning_rate=0.02), parent=parent)
    assert changed_knobs(store, child) == {"learning_rate": 0.02}, "beside those that were turned before"


def test_a_turned_knob_keeps_what_the_optimizers_know(live, begin_run):
    """Turned and turned back is not turned at all."""
    plain, changed = begin_run(live, momentum=0.9), begin_run(live, momentum=0.9)
    play(live, plain, 6)
    play(live, changed, 3)
    play(live, changed, 0, r1=0.5)
    play(live, changed, 3, r1=0.02)
    assert same(weights(live, plain), weights(live, changed))


@pytest.mark.parametrize(
    ("knobs", "match"),
    [
        ({"latent": 5}, "cannot be changed while a run goes on: latent"),
        ({"seconds": 9}, "cannot be changed"),
        ({"data": "moons", "seed": 1}, "goes on: data, seed"),
        ({"r1": -1}, "greater than or equal"),
        ({"magic": 1}, "has no knob"),
    ],
)
def test_knobs_that_do_not_fit_are_refused_and_change_nothing(live, begin_run, knobs, match):
    run = begin_run(live)
    before = weights(live, run)
    with pytest.raises(InvalidRecipe, match=match):
        play(live, run, **knobs)
    assert same(before, weights(live, run))
    assert play(live, run) == 1


def test_a_branch_goes_on_from_a_snapshot(live, begin_run):
    parent = begin_run(live)
    play(live, parent, 6)
    branch = begin_run(live, parent=Parent(run=parent.id, step=5))
    assert branch.snapshots == [5] and play(live, branch) == 6
    assert same(parent.weights(5), branch.weights(5))
