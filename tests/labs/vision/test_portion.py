"""A share of the training set: as much of every class, the same pictures for all that learn from it."""

import torch

from playground.data import packs
from playground.labs import recipe
from playground.labs.vision.recipes_base import share
from playground.objective import Moment
from playground.randomness import seeded


def test_a_share_has_as_much_of_every_class_in_its_order():
    labels = torch.tensor([0, 1, 1, 0, 2, 0, 0, 1, 1, 2])
    assert share(labels, 0.5).tolist() == [0, 1, 2, 3, 4]
    assert share(labels, 1.0).tolist() == list(range(10))
    assert share(labels, 0.001).tolist() == [0, 1, 4], "one of each at the least"
    many = packs.load("fashion").train["labels"]
    rows = share(many, 0.01)
    assert len(rows) == 120 and torch.bincount(many[rows]).tolist() == [12] * 10
    assert set(rows.tolist()) < set(share(many, 0.1).tolist()), "the larger share has the smaller one in it"


def seen(chosen, data, steps):
    sampler = chosen.sampler(data)
    moments = [Moment(step, 0.0, seeded(torch.Generator(), 0, "x", step)) for step in range(steps)]
    return [sampler(moment)["labels"] for moment in moments], sampler


def test_what_is_learned_from_is_the_share_alone():
    data, whole = packs.load("digits"), recipe("vit-digits")
    _, sampler = seen(whole.changed(portion=0.1, batch_size=16), data, 1)
    rows = share(data.train["labels"], 0.1)
    assert torch.equal(sampler.split["images"], data.train["images"][rows])
    batches, sampler = seen(whole, data, 3)
    assert sampler.split is data.train and len(batches) == 3
