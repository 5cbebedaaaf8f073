"""The GAN lab's views: squares, samples, scores and neighbors are those of the network at that step."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from playground.data import DataUnavailable, packs
from playground.labs.gan.samples import draw, logits, rank, seeds, sheet
from playground.labs.gan.views import SIDE, VIEWS, Point, real_scores, sample_view
from playground.labs.sphere import between
from playground.metrics.features import Features
from playground.view import TESTS, BadOption

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def run(written):
    return written("cgan-digits")


def picture_at(network, point, *, number, label):
    z = between(seeds(number, network.generator.latent), torch.tensor([point]))
    return draw(network, z, None if label is None else torch.tensor([[label]]))


def test_the_square_is_that_of_the_snapshot_the_class_and_the_seeds(ask, run):
    words, tensors = ask(run, "square", 6, label=3, seeds=5)
    shown = np.asarray(Image.open(io.BytesIO(bytes(tensors["jpeg"].tolist()))).convert("L")).astype(float)
    network = run.network(5)
    tiles = sheet(network, seeds(5, network.generator.latent), side=SIDE, asked=torch.tensor([[3]]))
    assert shown.shape == (64, 64) and (words["step"], words["side"]) == (5, SIDE)
    for row, column in ((0, 0), (0, 7), (7, 0), (4, 3)):
        tile = shown[row * 8 : row * 8 + 8, column * 8 : column * 8 + 8]
        assert np.abs(tile - tiles[row * 8 + column, 0].numpy()).max() < 16, "as JPEG has it"


@pytest.mark.parametrize("step", [0, 10])
def test_the_sample_and_its_score_are_those_at_the_point(ask, run, step):
    network, test = run.network(step), packs.load("digits").test
    fours = test["images"][test["labels"] == 4]
    on_real = logits(network, fours, torch.full((len(fours),), 4))
    for point in ([0.0, 0.0], [1.0, 0.25], [0.4, 0.9]):
        words, tensors = ask(run, "sample", step, label=4, seeds=2, x=point[0], y=point[1])
        expected = picture_at(network, point, number=2, label=4)
        assert (tensors["picture"].int() - expected[0].int()).abs().max() <= 1
        score = float(logits(network, expected, torch.tensor([4])))
        assert words["score"] == pytest.approx(score, abs=0.02) and words["of"] == len(fours)
        assert words["rank"] == pytest.approx(rank(score, on_real), abs=0.1)


def test_a_class_without_test_pictures_has_no_rank(run):
    test = packs.load("digits").test
    others = test.at(torch.nonzero(test["labels"] != 4).flatten())
    network = run.network(10)
    inputs = {"test": others}
    inputs["prepared"] = real_scores(network, run.spec, inputs)
    words = sample_view(network, run.spec, Point(label=4), inputs).words
    assert (words["rank"], words["of"]) == (None, 0)


def test_the_line_through_time_says_the_rank_that_the_stage_does(ask, context, run, read_answer):
    for label in (1, 4):
        query = {"label": str(label), "x": "0.3"}
        _, tensors = read_answer(context.views.trace(VIEWS[0], run, query))
        ranks = [ask(run, "sample", step, label=label, x=0.3)[0]["rank"] for step in tensors["steps"].tolist()]
        assert tensors["values"][:, 0].tolist() == pytest.approx(ranks) and len(ranks) == 3


def test_a_discriminator_that_has_diverged_gives_no_score_and_no_rank(ask, run, monkeypatch):
    network = run.network(10)
    for weight in network.discriminator.parameters():
        weight.data.fill_(torch.nan)
    monkeypatch.setattr(type(run), "network", lambda self, step: network)
    words, _ = ask(run, "sample", label=4)
    assert words["score"] is None and words["rank"] is None and words["of"] > 0


def test_a_network_without_classes_is_asked_for_none(ask, written):
    run = written("dcgan-digits")
    words, tensors = ask(run, "sample", label=4)
    expected = picture_at(run.network(10), [0.5, 0.5], number=0, label=None)
    assert (tensors["picture"].int() - expected[0].int()).abs().max() <= 1
    assert words["of"] == min(TESTS, len(packs.load("digits").test)) == 297


def test_the_neighbors_are_the_nearest_training_pictures(ask, context, run):
    words, tensors = ask(run, "nearest", label=1, x=0.3, y=0.6)
    sample = picture_at(run.network(10), [0.3, 0.6], number=0, label=1)
    train, features = packs.load("digits").train, Features.of(context.store.trained("cnn-fashion"))
    far = torch.cdist(features.embed(sample), features.embed(train["images"]))[0]
    distances, nearest = far.sort()
    torch.testing.assert_close(tensors["distances"], distances[:4], atol=0.05, rtol=0)
    assert torch.equal(tensors["pictures"][0], train["images"][nearest[0]])
    assert int(tensors["labels"][0]) == int(train["labels"][nearest[0]])
    assert (words["of"], words["features"]) == (len(train), "cnn-fashion")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"label": "10"}, "There is no class 10; there are 0 to 9"),
        ({"label": "shirt"}, "“label”: input should be a valid integer.* .it was “shirt”"),
        ({"seeds": "0.5"}, "“seeds”: input should be a valid integer"),
        ({"seeds": "-1"}, "“seeds”: input should be greater than or equal to 0"),
        ({"x": "1.5"}, "“x”: input should be less than or equal to 1 .it was “1.5”"),
        ({"x": "nan"}, "“x”: input should be a finite number"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(ask, run, options, sentence):
    with pytest.raises(BadOption, match=sentence):
        ask(run, "sample", **options)


def test_without_the_data_nothing_can_be_compared(ask, run, monkeypatch):
    monkeypatch.setattr("playground.data.catalog.Catalog.available", lambda self, name: False)
    with pytest.raises(DataUnavailable, match="The data “digits” are not on this machine"):
        ask(run, "nearest")
    examples = packs.examples("digits")["labels"]
    assert ask(run, "sample", label=3)[0]["of"] == int((examples == 3).sum()) > 0
