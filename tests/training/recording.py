"""Runs of a small network on digits, as the tests of what is recorded make them."""

from __future__ import annotations

import torch

from playground.data import packs
from playground.labs import recipe
from playground.runs.folder import Parent
from playground.runs.reader import Run
from playground.runs.store import Store
from training.record import record

SMALL = {"seconds": None, "steps": 40, "width": 16}


def queued(store: Store, *, parent: Parent | None = None, **knobs) -> Run:
    chosen = recipe("vae-digits").changed(**(SMALL | knobs))
    return store.create("vae-digits", chosen, data_hash=packs.load("digits").hash, parent=parent)


def train(run: Run, **options) -> list:
    return list(record(run, **options))


def assert_same(first: Run, second: Run) -> None:
    """Every tensor of the saved states, optimizers and random generators included, is equal bit for bit."""
    one, other = first.state(), second.state()
    assert one.tensors.keys() == other.tensors.keys()
    assert [name for name in one.tensors if not torch.equal(one.tensors[name], other.tensors[name])] == []
    assert {**one.values, "seconds": 0} == {**other.values, "seconds": 0}
    shared = set(first.snapshots) & set(second.snapshots)
    assert len(shared) > 5
    for step in shared:
        for name, value in first.weights(step).items():
            assert torch.equal(value, second.weights(step)[name])
