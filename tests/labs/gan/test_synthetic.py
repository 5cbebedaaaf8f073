"""What classifiers learn from generated pictures whose worth is known."""

import pytest
import torch

from playground.data import packs
from playground.labs.gan import synthetic
from playground.labs.gan.learner import ROUNDS
from playground.labs.gan.synthetic import SYNTHETIC, Taught, lessons, taught_view

pytestmark = pytest.mark.usefixtures("one_thread")

DATA = packs.load("fashion")
TEST = DATA.test.first(300)


class Asked:
    """Returns the very pictures that it is asked for."""

    def generate(self, network, spec, like, rng):
        return like["images"].clone()


class Mislabeled(Asked):
    """Returns pictures of the class before."""

    def generate(self, network, spec, like, rng):
        places = [(DATA.train["labels"] == label).nonzero()[:, 0] for label in range(10)]
        order = torch.stack([places[(label - 1) % 10][i] for i, label in enumerate(like["labels"].tolist())])
        return DATA.train["images"][order]


def taught(recipe, source, rounds=ROUNDS):
    inputs = {"data": DATA, "recipe": recipe, "test": TEST, "answer": None}
    inputs["prepared"] = lessons(None, DATA.spec, inputs)
    for number in range(1, rounds + 1):
        options = Taught(round=number, source=source, examples=500)
        inputs["answer"] = taught_view(None, DATA.spec, options, inputs)
    return inputs["answer"]


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(synthetic, "STEPS", 8)
    monkeypatch.setattr(synthetic, "MOST", 500)


def test_a_synthetic_set_that_is_the_real_one_teaches_the_same(short):
    real, generated = (taught(Asked(), source) for source in ("real", "generated"))
    assert real.words == generated.words and real.words["low"] > 0.5
    assert all(torch.equal(real.tensors[name], generated.tensors[name]) for name in real.tensors)


def test_wrong_classes_teach_wrong_ones(short):
    answer = taught(Mislabeled(), "generated")
    assert answer.words["high"] < 0.3
    following = (answer.tensors["labels"] + 1) % 10
    assert (answer.tensors["taken"] == following).float().mean() > 0.4


def test_all_see_as_many_pictures_of_a_kind_and_every_class_alike():
    given = lessons(None, DATA.spec, {"data": DATA, "recipe": Asked()})
    for count in (500, 4000):
        images, labels = given.chosen("both", count)
        assert len(images) == 2 * count and torch.equal(labels[:count], labels[count:])
        assert torch.bincount(labels).tolist() == [count // 5] * 10
    assert torch.equal(given.chosen("real", 500)[0], given.real[:500])


def test_it_is_for_generators_that_are_given_a_class(written, ask, monkeypatch):
    monkeypatch.setattr(synthetic, "STEPS", 2)
    run, plain = written("cgan-digits"), written("gan-digits")
    assert SYNTHETIC.fits(run.network_class, run.spec, run.recipe)
    assert not SYNTHETIC.fits(plain.network_class, plain.spec, plain.recipe)
    words, tensors = ask(run, "taught", source="both", examples=500)
    right = int((tensors["labels"] == tensors["taken"]).sum())
    assert words["right"] == right and words["round"] == ROUNDS and words["n"] == len(tensors["taken"])
    again, _ = ask(run, "taught", source="both", examples=500, round=ROUNDS)
    assert again == words
