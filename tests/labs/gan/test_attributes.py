"""The labeler of attributes: what it learns, what it drops, and where its halves agree."""

from dataclasses import replace

import pytest
import torch

from playground.data import Data, ImageSpec, Split, packs
from playground.labs.gan.attributes import Attribute, Labeler, known

pytestmark = pytest.mark.usefixtures("one_thread")
MEANINGS = {"shade": ("dark", "middle", "bright"), "luck": ("bad", "good")}


def shades(n, seed):
    """Pictures of three shades in noise, and a fact that is not in them."""
    rng = torch.Generator().manual_seed(seed)
    shade, luck = torch.randint(3, (n,), generator=rng), torch.randint(2, (n,), generator=rng)
    side = torch.randint(0, 40, (n, 3, 8, 8), generator=rng)
    side[:, :, :, :4] += 80 * shade[:, None, None, None] // 2  # a line tells the ends, a second row the middle
    side[:, :, :, 4:] += 80 * (shade == 1)[:, None, None, None]
    return Split({"images": side.to(torch.uint8), "shade": shade, "luck": luck})


@pytest.fixture
def data():
    spec = ImageSpec(name="shades", channels=3, size=8)
    return Data(spec=spec, train=shades(400, 0), test=shades(100, 1), hash="", meanings=MEANINGS)


def test_it_keeps_what_it_tells_on_test_pictures_and_drops_the_rest(data):
    labeler = Labeler.fit(data)
    (shade,), (luck,) = labeler.attributes, labeler.dropped
    assert (shade.name, shade.values, luck.name) == ("shade", MEANINGS["shade"], "luck")
    answers = labeler.answers(labeler.scores(data.test["images"]))
    assert answers.shape == (100, 1)
    assert shade.accuracy == pytest.approx(float((answers[:, 0] == data.test["shade"]).float().mean()))
    assert shade.accuracy > 0.95
    frequent = data.train["shade"].mode().values
    assert shade.majority == pytest.approx(float((data.test["shade"] == frequent).float().mean()))
    assert labeler.names == ("shade: dark", "shade: middle", "shade: bright")


def test_its_halves_agree_on_what_they_know_and_not_on_noise(data):
    labeler = Labeler.fit(data)
    assert float(labeler.agreement(data.test["images"])) > 0.95
    noise = torch.randint(0, 256, (200, 3, 8, 8), generator=torch.Generator().manual_seed(3)).to(torch.uint8)
    other = labeler._replace(halves=(labeler.halves[0], labeler.halves[1]._replace(weight=-labeler.halves[1].weight)))
    assert float(other.agreement(noise)) < 0.6 < float(labeler.agreement(noise))


@pytest.mark.parametrize(
    ("accuracy", "majority", "tested", "learned"),
    [
        (0.9, 0.5, 100, True),
        (0.6, 0.5, 1000, False),
        (1.0, 0.6, 3, False),
        (0.5, 0.5, 100, False),
        (1.0, 1.0, 9, False),
    ],
)
def test_to_be_learned_is_to_be_clearly_better_than_the_most_frequent_answer(accuracy, majority, tested, learned):
    assert Attribute("a", ("no", "yes"), accuracy, majority, tested).learned is learned


def test_classes_are_an_attribute_unless_another_one_says_the_same(data):
    assert set(known(data)) == {"shade", "luck"}
    labels = {"labels": data.train["shade"]}
    named = replace(
        data,
        spec=data.spec.model_copy(update={"classes": ("a", "b", "c")}),
        train=Split({**data.train.columns, **labels}),
    )
    assert known(named)["class"] == ("labels", ("a", "b", "c"))
    assert "class" not in known(packs.load("faces")) and "hair" in known(packs.load("faces"))


def test_data_without_facts_have_no_labeler_to_ask(data):
    bare = replace(data, train=Split({"images": data.train["images"]}), meanings={})
    assert Labeler.fit(bare) == Labeler((), (), ())


def test_values_are_counted_within_their_attributes():
    attributes = (Attribute("a", ("x", "y"), 1, 0.5, 9), Attribute("b", ("p", "q", "r"), 1, 0.5, 9))
    labeler = Labeler(attributes, (), ())
    assert labeler.owners.tolist() == [0, 0, 1, 1, 1]
    assert [labeler.value(number) for number in range(5)] == [0, 1, 0, 1, 2]
    scores = torch.tensor([[0.1, 0.9, 0.2, 0.1, 0.7], [0.6, 0.1, 0.3, 0.1, 0.2]])
    assert labeler.answers(scores).tolist() == [[1, 2], [0, 0]]


def test_it_tells_portraits_attributes():
    labeler = Labeler.fit(packs.load("faces"))
    right = {one.name: one.accuracy for one in labeler.attributes}
    assert not labeler.dropped and min(right.values()) > 0.6
    assert all(right[name] > 0.9 for name in ("eyes", "hair", "mouth", "clothing", "nose"))
