"""Batches by shuffled epochs, whose place follows from the step alone."""

from __future__ import annotations

from playground.data import packs
from playground.sampler import ShuffledEpochs


def test_every_picture_comes_once_in_an_epoch():
    examples = packs.load("digits").train.first(100)
    sampler = ShuffledEpochs(examples, batch_size=25, seed=0)
    rows = [row for step in range(8) for row in sampler.indices(step).tolist()]
    first, second = rows[:100], rows[100:]
    assert sorted(first) == sorted(second) == list(range(100))
    assert first != second
    late = ShuffledEpochs(examples, batch_size=25, seed=0)
    assert late.indices(6).tolist() == rows[150:175], "the position follows from the step alone"
    assert ShuffledEpochs(examples, batch_size=25, seed=1).indices(0).tolist() != rows[:25]
