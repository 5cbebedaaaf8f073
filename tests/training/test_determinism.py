"""A training is exact for a seed, exact after a pause, and undisturbed by being watched."""

from __future__ import annotations

import pytest
import torch

from playground.labs.vae.elbo import Elbo
from playground.media import Sheet
from playground.runs.events import Checkpoint, Evaluated, Finished, Metrics, Preview, Snapshot, Started
from tests.training.small import SMALL, dropping, every, last_weights, small, stopper, through_a_file
from tests.weights import same
from training import pace
from training.pace import Timer

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("what", list(SMALL))
def test_the_same_seed_gives_the_same_weights(what, data, train):
    first = list(train(small(what, steps=12), data))
    torch.rand(5)
    again = list(train(small(what, steps=12), data))
    other = list(train(small(what, steps=12, seed=1), data))
    assert same(last_weights(first), last_weights(again))
    assert not same(last_weights(first), last_weights(other))
    one, two = ({event.step: event.values for event in every(Evaluated, events)} for events in (first, again))
    assert 12 in one and all(one[step] == two[step] for step in one.keys() & two.keys()), (
        "how often depends on the clock"
    )
    one, two = ({event.step: event.media.images for event in every(Preview, events)} for events in (first, again))
    assert {0, 12} <= one.keys() & two.keys() and all(torch.equal(one[at], two[at]) for at in one.keys() & two.keys())


def test_the_randomness_of_others_is_left_alone(data, train):
    torch.manual_seed(7)
    before = torch.get_rng_state()
    list(train(small(steps=3), data))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("what", list(SMALL))
@pytest.mark.parametrize("pause", [0, 3, 7])
def test_a_resumed_run_equals_the_uninterrupted_one(what, pause, data, train):
    """Three batches make an epoch: 3 lies at the end of one, 7 inside one."""
    chosen = small(what, steps=20)
    whole = list(train(chosen, data))
    before = list(train(chosen, data, stop=stopper(pause)))
    assert every(Finished, before)[0].step == pause
    state = every(Checkpoint, before)[-1].state
    torch.rand(5)
    after = list(train(chosen, data, state=through_a_file(state)))
    assert every(Started, after)[0].step == pause and every(Finished, after)[0].step == 20
    assert same(last_weights(after), last_weights(whole))
    end, expected = every(Checkpoint, after)[-1].state, every(Checkpoint, whole)[-1].state
    assert same(dict(end.tensors), dict(expected.tensors))
    assert {**end.values, "seconds": 0} == {**expected.values, "seconds": 0}
    assert every(Evaluated, after)[-1] == every(Evaluated, whole)[-1]
    # the film has the frames that it would have had, and the one of the pause
    frames = [event.step for event in every(Snapshot, before) + every(Snapshot, after)]
    assert sorted({*frames, pause}) == sorted({*(event.step for event in every(Snapshot, whole)), pause})


def test_a_state_from_the_middle_is_enough(data, monkeypatch, train):
    monkeypatch.setattr(Timer, "due", lambda timer: True)
    chosen = small("vit", steps=10)
    whole = list(train(chosen, data))
    for checkpoint in every(Checkpoint, whole):
        after = list(train(chosen, data, state=through_a_file(checkpoint.state)))
        assert same(last_weights(after), last_weights(whole)) if checkpoint.step < 10 else not every(Metrics, after)


@pytest.mark.parametrize("what", list(SMALL))
def test_being_watched_changes_nothing(what, data, monkeypatch, train):
    chosen = small(what, steps=15)
    monkeypatch.setattr(Timer, "due", lambda timer: False)
    alone = list(train(chosen, data))
    monkeypatch.setattr(Timer, "due", lambda timer: True)
    monkeypatch.setattr(pace, "SNAPSHOT_GAP", 1)
    monkeypatch.setattr(pace, "SNAPSHOT_RATIO", 1.01)
    watched = list(train(chosen, data))
    assert len(every(Preview, watched)) == 16 > 2 * len(every(Preview, alone))
    assert len(every(Evaluated, watched)) > 2 * len(every(Evaluated, alone))
    assert same(last_weights(watched), last_weights(alone))
    end, expected = every(Checkpoint, watched)[-1].state, every(Checkpoint, alone)[-1].state
    assert same(dict(end.tensors), dict(expected.tensors))


def test_every_preview_starts_from_the_same_noise_and_takes_none_from_the_training(data, monkeypatch, train):
    chosen = small(steps=8)
    alone = list(train(chosen, data))

    def noise(objective, rng):
        return Sheet(torch.randint(0, 256, (2, 1, 8, 8), generator=rng).to(torch.uint8), 2)

    monkeypatch.setattr(Elbo, "preview", noise)
    monkeypatch.setattr(Timer, "due", lambda timer: True)
    watched = list(train(chosen, data))
    shown = [event.media.images for event in every(Preview, watched)]
    assert len(shown) >= 9 and all(torch.equal(images, shown[0]) for images in shown)
    assert same(last_weights(watched), last_weights(alone))
    other = every(Preview, train(small(steps=1, seed=1), data))[0].media.images
    assert not torch.equal(other, shown[0])


@pytest.mark.parametrize("what", list(SMALL))
def test_a_branch_begins_with_its_parents_frame(what, data, train):
    parent = every(Snapshot, train(small(what, steps=12), data))
    chosen = parent[2]
    assert chosen.step == 10
    branch = list(train(small(what, steps=6, seed=5), data, start=chosen.weights, first_step=chosen.step))
    assert every(Started, branch)[0].step == 10
    first, last = every(Snapshot, branch)[0], every(Snapshot, branch)[-1]
    assert first.step == 10 and same(first.weights, chosen.weights)
    assert [event.step for event in every(Snapshot, branch)] == [10, 15, 16]
    assert last.step == every(Finished, branch)[0].step == 16
    assert not same(last.weights, chosen.weights)
    # its budget is its own
    assert every(Metrics, branch)[0].progress == pytest.approx(1 / 6)
    assert every(Metrics, branch)[-1].progress == 1 and every(Metrics, branch)[-1].left == 0


def test_a_branch_can_be_paused_too(data, train):
    start = every(Snapshot, train(small(steps=5), data))[-1]
    chosen = small(steps=9, seed=2)
    whole = list(train(chosen, data, start=start.weights, first_step=5))
    before = list(train(chosen, data, start=start.weights, first_step=5, stop=stopper(4)))
    after = list(train(chosen, data, state=through_a_file(every(Checkpoint, before)[-1].state)))
    assert every(Finished, after)[0].step == 14
    assert same(last_weights(after), last_weights(whole))


def test_the_randomness_of_layers_follows_from_the_seed(data, train):
    chosen = dropping(data, steps=8)
    whole = list(train(chosen, data))
    torch.rand(7)
    assert same(last_weights(list(train(chosen, data))), last_weights(whole))
    before = list(train(chosen, data, stop=stopper(5)))
    after = list(train(chosen, data, state=through_a_file(every(Checkpoint, before)[-1].state)))
    assert same(last_weights(after), last_weights(whole))
    assert not same(last_weights(list(train(dropping(data, steps=8, seed=1), data))), last_weights(whole))


def test_the_randomness_of_a_step_depends_on_seed_and_step_alone(data, train, monkeypatch):
    draws = []
    loss = Elbo.loss

    def watching(self, phase, batch, moment):
        draws.append((moment.step, float(torch.rand((), generator=moment.rng))))
        return loss(self, phase, batch, moment)

    monkeypatch.setattr(Elbo, "loss", watching)
    list(train(small(steps=6), data))
    whole, draws[:] = list(draws), []
    start = every(Snapshot, train(small(steps=4), data))[-1]
    draws.clear()
    list(train(small(steps=2), data, start=start.weights, first_step=4))
    assert draws == whole[4:] and len({value for _, value in whole}) == 6
