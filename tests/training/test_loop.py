"""The training loop: which events come when, what ends a run, and phases and marks of a method's own."""

from __future__ import annotations

import time

import pytest
import torch

from playground.labs.vae.elbo import Elbo
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
)
from playground.sampler import ShuffledEpochs
from tests.training.small import dropping, every, small, stopper
from training.pace import Pace, Timer
from training.trainer import Trainer, TrainingDiverged

pytestmark = pytest.mark.usefixtures("one_thread")


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
    assert [(event.n, event.final) for event in evaluations] == [(8, False)] * 12 + [(30, True)]
    monkeypatch.setattr(Elbo, "final", 20)
    assert every(Evaluated, train(small(steps=2), data))[-1].n == 20


@pytest.mark.parametrize(("where", "steps"), [("frame", [5, 10]), ("between", [1, 2, 3, 4, 6, 7, 8, 9, 11])])
def test_evaluations_come_at_frames_and_where_they_are_cheap_between_them(where, steps, data, monkeypatch, train):
    share = Pace(0, 0).evaluation[where].share
    monkeypatch.setattr(Timer, "due", lambda timer: timer.share == share)
    evaluations = every(Evaluated, train(small(steps=11), data))
    assert [event.step for event in evaluations if not event.final] == steps


def test_a_phase_that_runs_seldom_keeps_its_terms_and_vectors_are_named_by_place(data, train):
    values = [event.values for event in every(Metrics, train(dropping(data, steps=9), data))]
    assert [("rare/loss" in one) for one in values] == [step % 3 == 0 for step in range(9)]
    assert values[6]["rare/steps.0"] == 6 and values[6]["rare/steps.1"] == 12 and values[4]["autoencoder/steps.1"] == 8


def test_a_mark_brings_a_frame_and_an_evaluation(data, train, monkeypatch):
    monkeypatch.setattr(Timer, "due", lambda timer: False)
    events = list(train(dropping(data, steps=9), data))
    assert [(event.step, event.final) for event in every(Evaluated, events)] == [(7, False), (9, True)]
    assert [(event.step, event.label) for event in every(Marked, events)] == [(7, "seven")]
    assert [event.step for event in every(Snapshot, events)] == [0, 5, 7, 9]


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
        TrainingDiverged, match=r"no longer( a)? finite numbers? after \d+ steps\. A lower learning rate may"
    ):
        for event in train(small(steps=300, latent=3), data):
            events.append(event)
    assert isinstance(events[0], Started) and not every(Finished, events)
    assert all(torch.tensor(list(event.values.values())).isfinite().all() for event in every(Metrics, events))


@pytest.mark.parametrize("watched", [False, True])
def test_weights_that_are_no_numbers_are_never_shown(watched, data, monkeypatch, train):
    monkeypatch.setattr(Timer, "due", lambda timer: watched)

    def breaking(self, moment):
        if moment.step == 20:
            next(self.parameters()).data.fill_(torch.nan)

    monkeypatch.setattr(Elbo, "after_step", breaking)
    events = []
    with pytest.raises(TrainingDiverged, match=r"no longer( a)? finite numbers? after \d+ steps"):
        for event in train(small(steps=300, latent=3), data):
            events.append(event)
    assert max(event.step for event in every(Snapshot, events)) <= 20
    assert all(event.step <= 20 for event in every(Evaluated, events))
