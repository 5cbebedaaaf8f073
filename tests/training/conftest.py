"""Few digits, a training whose events are read, and runs that are trained step by step."""

from __future__ import annotations

from dataclasses import replace

import pytest

from playground.data import packs
from playground.jobs.launch import launch
from playground.labs import recipe
from tests.training.stepping import STEPPED
from training.live import LiveRuns
from training.loop import walk
from training.pace import Timer
from training.trainer import prepared


@pytest.fixture(scope="session")
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


@pytest.fixture
def often(monkeypatch):
    """Saves the state after every step."""
    monkeypatch.setattr(Timer, "due", lambda timer: True)


@pytest.fixture
def live(store):
    """The runs of the store that are trained step by step, none of them in memory yet."""
    return LiveRuns(store)


@pytest.fixture
def begin_run(store):
    """Makes a live run."""

    def begin(live, name=STEPPED, parent=None, owner="", **knobs):
        return launch(store, live, name=name, recipe=recipe(name).changed(**knobs), parent=parent, owner=owner)

    return begin
