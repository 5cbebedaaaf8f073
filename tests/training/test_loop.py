"""The training loop: exact for a seed, exact after a pause, and undisturbed by being watched."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load, save
from torch import nn

from playground.data import packs
from playground.labs import recipe
from playground.labs.vae.elbo import Elbo
from playground.media import Sheet
from playground.objective import Moment
from playground.runs.events import (
    Checkpoint,
    Evaluated,
    Evaluating,
    Finished,
    Marked,
    Metrics,
    Preview,
    Snapshot,
    Started,
    State,
)
from playground.sampler import ShuffledEpochs
from training import pace
from training.loop import walk
from training.pace import Pace, Timer
from training.trainer import Trainer, TrainingDiverged, prepared

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL = {
    "vae": {"width": 16, "latent": 3},
    "vit": {"width": 16, "heads": 2, "depth": 1, "patch_size": 4, "shift": True},
    "gan": {"width": 16, "latent": 4, "r1": 1.0, "penalty_every": 2, "augment": "translation, cutout"},
    "diffusion": {"width": 8, "attention": False},
}


@pytest.fixture(scope="module")
def data():
    """Few digits: 100 to learn from, so that batches of 32 make epochs of three."""
    digits = packs.load("digits")
    return replace(digits, train=digits.train.first(100), test=digits.test.first(30))


@pytest.fixture
def train(used_by):
    """The loop, with the networks that a recipe uses."""

    def training(chosen, data, *, stop=lambda: False, **options):
        return walk(prepared(chosen, data, networks=used_by(chosen), **options), stop)

    return training


def small(what="vae", **knobs):
    return recipe(f"{what}-digits").changed(**{"seconds": None, "batch_size": 32, **SMALL[what], **knobs})


def every(kind, events):
    return [event for event in events if isinstance(event, kind)]


def last_weights(events):
    return every(Snapshot, events)[-1].weights


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def stopper(step_count):
    """Says stop before step `step_count` + 1."""
    calls = 0

    def stop():
        nonlocal calls
        calls += 1
        return calls > step_count

    return stop


def through_a_file(state):
    """The state as it comes back from a run's folder."""
    return State(load(save(dict(state.tensors))), json.loads(json.dumps(state.values)))


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
    for one, two in zip(every(Preview, first), every(Preview, again), strict=False):
        assert one.step != two.step or torch.equal(one.media.images, two.media.images)


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


def test_the_order_of_events(data, train):
    events = list(train(small(steps=12), data))
    kinds = [type(event) for event in events]
    assert kinds[:4] == [Started, Snapshot, Preview, Metrics]
    assert kinds[-6:] == [Snapshot, Preview, Checkpoint, Evaluating, Evaluated, Finished]
    assert [event.step for event in every(Snapshot, events)] == [0, 5, 10, 12]
    assert [event.step for event in every(Metrics, events)][:10] == list(range(1, 11))
    steps = [event.step for event in events]
    assert steps == sorted(steps)
    finals = every(Evaluated, events)
    assert [event.final for event in finals] == [False] * (len(finals) - 1) + [True]
    assert finals[-1].n == len(data.test) and finals[-1].values.keys() >= {"loss"}
    ending = every(Finished, events)[0]
    assert ending.reason == "done" and ending.step == 12 and ending.seconds > 0
    network = small(steps=1).network(data.spec)
    assert every(Started, events)[0].parameters == sum(parameter.numel() for parameter in network.parameters())


def test_a_run_that_ends_on_a_frame_has_it_once(data, train):
    events = list(train(small(steps=10), data))
    assert [event.step for event in every(Snapshot, events)] == [0, 5, 10]
    assert every(Evaluated, events)[-1].final and every(Checkpoint, events)[-1].step == 10


def test_stopping_saves_first(data, train):
    events = list(train(small(steps=100), data, stop=stopper(7)))
    assert [type(event) for event in events[-2:]] == [Checkpoint, Finished]
    assert events[-1].reason == "stopped" and events[-1].step == events[-2].step == 7
    assert every(Snapshot, events)[-1].step == 7
    assert not every(Evaluating, events) and not any(event.final for event in every(Evaluated, events))
    assert events[-2].state.values["step"] == 7


def test_evaluations_during_a_run_use_the_first_pictures_only(data, monkeypatch, train):
    monkeypatch.setattr(Elbo, "quick_examples", 8)
    monkeypatch.setattr(Timer, "due", lambda timer: True)
    evaluations = every(Evaluated, train(small(steps=12), data))
    assert [(event.n, event.final) for event in evaluations] == [(8, False), (8, False), (30, True)]
    monkeypatch.setattr(Elbo, "final", 20)
    assert every(Evaluated, train(small(steps=2), data))[-1].n == 20


def test_every_picture_comes_once_in_an_epoch(data):
    sampler = ShuffledEpochs(data.train, batch_size=25, seed=0)
    rows = [row for step in range(8) for row in sampler.indices(step).tolist()]
    first, second = rows[:100], rows[100:]
    assert sorted(first) == sorted(second) == list(range(100))
    assert first != second
    late = ShuffledEpochs(data.train, batch_size=25, seed=0)
    assert late.indices(6).tolist() == rows[150:175], "the position follows from the step alone"
    assert ShuffledEpochs(data.train, batch_size=25, seed=1).indices(0).tolist() != rows[:25]


class Dropping(Elbo):
    """With a layer whose randomness is torch's own, a term a class, a phase every third step, and a mark."""

    def __init__(self, **options):
        super().__init__(**options)
        self.dropout = nn.Dropout(0.5)

    def phases(self):
        first = super().phases()[0]
        return [first, replace(first, name="rare", every=3)]

    def loss(self, phase, batch, moment):
        terms = super().loss(phase, {"images": (self.dropout(batch["images"].float())).byte()}, moment)
        return {**terms, "steps": torch.tensor([moment.step, 2.0 * moment.step])}

    def mark(self, moment):
        return "seven" if moment.step == 6 else ""


def dropping(data, **knobs):
    class Chosen(type(small(steps=1))):
        def build(self, data):
            knobs = {"beta": self.beta, "learning_rate": self.learning_rate}
            return Dropping(network=self.network(data.spec), data=data, **knobs)

    return Chosen(**{**small(steps=1).model_dump(), **knobs})


def test_the_randomness_of_layers_follows_from_the_seed(data, train):
    chosen = dropping(data, steps=8)
    whole = list(train(chosen, data))
    torch.rand(7)
    assert same(last_weights(list(train(chosen, data))), last_weights(whole))
    before = list(train(chosen, data, stop=stopper(5)))
    after = list(train(chosen, data, state=through_a_file(every(Checkpoint, before)[-1].state)))
    assert same(last_weights(after), last_weights(whole))
    assert not same(last_weights(list(train(dropping(data, steps=8, seed=1), data))), last_weights(whole))


def test_a_phase_that_runs_seldom_keeps_its_terms_and_vectors_are_named_by_place(data, train):
    values = [event.values for event in every(Metrics, train(dropping(data, steps=9), data))]
    assert [("rare/loss" in one) for one in values] == [step % 3 == 0 for step in range(9)]
    assert values[6]["rare/steps.0"] == 6 and values[6]["rare/steps.1"] == 12 and values[4]["elbo/steps.1"] == 8


def test_a_mark_brings_a_frame_and_an_evaluation(data, train, monkeypatch):
    monkeypatch.setattr(Timer, "due", lambda timer: False)
    events = list(train(dropping(data, steps=9), data))
    assert [(event.step, event.final) for event in every(Evaluated, events)] == [(7, False), (9, True)]
    assert [(event.step, event.label) for event in every(Marked, events)] == [(7, "seven")]
    assert [event.step for event in every(Snapshot, events)] == [0, 5, 7, 9]


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


def test_the_device_is_the_one_that_was_asked_for(data):
    training = Trainer(small(steps=1), small(steps=1).build(data), data, torch.device("cpu"))
    assert training.rng.device == torch.device("cpu") and isinstance(training.sampler, ShuffledEpochs)
    moment = Moment(0, 0.0, training.rng)
    assert training.sampler(moment)["images"].device == torch.device("cpu")


def test_a_batch_is_never_larger_than_the_data(data, train):
    events = list(train(small(steps=3, batch_size=4096), data))
    assert every(Finished, events)[0].step == 3


@pytest.mark.parametrize("steps", [None, 10_000_000])
def test_a_budget_of_seconds_ends_in_time(steps, data, train):
    start = time.perf_counter()
    events = list(train(small(seconds=1.0, steps=steps), data))
    spent = time.perf_counter() - start
    ending = every(Finished, events)[0]
    assert ending.reason == "done" and ending.step > 5
    assert 1.0 <= ending.seconds < 2.0 and spent < 6
    progress = [event.progress for event in every(Metrics, events)]
    assert progress == sorted(progress) and progress[-1] == 1


def test_whichever_budget_is_spent_first_ends_the_run(data, train):
    events = list(train(small(seconds=600.0, steps=4), data))
    assert every(Finished, events)[0].step == 4


@pytest.mark.parametrize("watched", [False, True])
def test_numbers_that_are_none_end_the_run_in_plain_words(watched, data, monkeypatch, train):
    monkeypatch.setattr(Timer, "due", lambda timer: watched)
    loss = Elbo.loss

    def breaking(self, phase, batch, moment):
        terms = loss(self, phase, batch, moment)
        return {**terms, "loss": terms["loss"] * (torch.inf if moment.step == 20 else 1.0)}

    monkeypatch.setattr(Elbo, "loss", breaking)
    events = []
    with pytest.raises(
        TrainingDiverged, match=r"no longer a finite number after \d+ steps\. A lower learning rate may"
    ):
        for event in train(small(steps=300, latent=3), data):
            events.append(event)
    assert isinstance(events[0], Started) and not every(Finished, events)
    assert all(torch.tensor(list(event.values.values())).isfinite().all() for event in every(Metrics, events))


def test_metrics_are_the_means_since_the_last_ones():
    pace = Pace(first_step=0, step=0)
    for value in (1.0, 2.0, 6.0):
        pace.add({"loss": torch.tensor(value), "kl": torch.tensor(2 * value)})
    assert pace.take() == {"loss": 3.0, "kl": 6.0}
    pace.add({"loss": torch.tensor(5.0)})
    assert pace.take() == {"loss": 5.0}
    pace.add({"tasks": torch.tensor([1.0])})
    pace.add({"tasks": torch.tensor([3.0, 4.0])})
    pace.add({"tasks": torch.tensor([5.0, 6.0])})
    assert pace.take() == {"tasks.0": 4.0, "tasks.1": 5.0}, "of the length that it has now"


def test_frames_are_spaced_logarithmically():
    pace, steps = Pace(first_step=100, step=100), []
    while pace.next_snapshot < 6100:
        steps.append(pace.next_snapshot - 100)
        pace.snapshot_taken(pace.next_snapshot)
    assert steps[:5] == [5, 10, 15, 22, 33] and 17 <= len(steps) <= 20
    assert Pace(first_step=100, step=100 + 22).next_snapshot == 100 + 33
    assert Pace(first_step=100, step=100 + 23).next_snapshot == 100 + 33
