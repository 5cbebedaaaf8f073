"""Why this answer: asked for as the page does."""

import pytest
import torch

from playground.data import packs, unit
from playground.labs.vision import why
from playground.labs.vision.attribution import integrated_gradients
from playground.labs.vision.cnn import ConvolutionalNetwork
from playground.labs.vision.effort import cell
from playground.labs.vision.faithfulness import area, curves, random_rankings, ranking
from playground.labs.vision.methods import METHODS, Case
from playground.labs.vision.relevance import relevance
from playground.labs.vision.saliency import saliency
from playground.labs.vision.vit import VisionTransformer
from playground.view import BadOption

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def trained(context, written):
    """A run whose network has an opinion at step 10, and that network: by name."""

    def trained(name):
        run = written(name)
        network = context.networks.at(run, 10)
        network.head.weight.normal_(generator=torch.Generator().manual_seed(0))  # it starts at zero
        return run, network

    return trained


def picture(data, number):
    return unit(packs.examples(data)["images"][number : number + 1])


def test_a_convolutional_network_has_three_maps_of_the_predicted_class(ask, trained):
    run, network = trained("cnn-fashion")
    words, tensors = ask(run, "relevance", picture="ex-2")
    image = picture("fashion", 2)
    logits = network(image)
    label = logits.argmax(dim=1)
    assert words["target"] == int(label) and words["step"] == 10 and words["size"] == 28 and words["side"] == 4
    assert [(one["name"], one["signed"]) for one in words["methods"]] == [
        ("gradient", False),
        ("integrated", True),
        ("occlusion", True),
    ]
    assert tensors.keys() == {"gradient", "integrated", "occlusion", "probabilities"}
    torch.testing.assert_close(tensors["gradient"], saliency(network, image, label)[0])
    torch.testing.assert_close(tensors["integrated"], integrated_gradients(network, image, label)[0])
    torch.testing.assert_close(tensors["probabilities"], logits[0].softmax(dim=0))
    assert tensors["integrated"].std() > 0 and tensors["occlusion"].std() > 0
    assert words["score"] == pytest.approx(float(logits.max()), rel=1e-4)
    added = words["score"] - words["gray"]
    assert float(tensors["integrated"].sum()) == pytest.approx(added, abs=0.05 * abs(added) + 0.05)


def test_a_transformer_has_two_more_and_a_class_can_be_chosen(ask, trained):
    run, network = trained("vit-digits")
    image = picture("digits", 3)
    predicted = int(network(image).argmax())
    other = (predicted + 1) % 10
    words, tensors = ask(run, "relevance", picture="ex-3", target=other)
    assert words["target"] == other and [one["name"] for one in words["methods"]] == [one.name for one in METHODS]
    assert tensors["rollout"].shape == tensors["relevance"].shape == (4, 4)
    torch.testing.assert_close(tensors["relevance"], relevance(network, image, torch.tensor([other]))[0])
    _, before = ask(run, "relevance", picture="ex-3")
    assert torch.equal(before["rollout"], tensors["rollout"]), "rollout knows no class"
    assert not torch.allclose(before["relevance"], tensors["relevance"])


@pytest.mark.parametrize("mode", ["deletion", "insertion"])
def test_the_curves_are_those_of_the_maps_and_of_random_orders(ask, trained, mode):
    run, network = trained("vit-digits")
    words, tensors = ask(run, "faithfulness", picture="ex-3", faithfulness=mode)
    image = picture("digits", 3)
    label = network(image).argmax(dim=1)
    assert words["methods"] == [method.name for method in METHODS] and words["grid"] == 4
    at, drawn = tensors["shares"].double(), random_rankings(len(words["chance"]), 4)
    for i, method in enumerate(METHODS):
        order = ranking(method.map(network, image, label), 4)
        assert torch.equal(tensors["rankings"][i], order[0].to(torch.int32))
        expected = curves(network, image[0], int(label), order, at, insert=mode == "insertion")[0]
        torch.testing.assert_close(tensors["curves"][i], expected)
        assert words["areas"][i] == pytest.approx(float(area(expected, at)), abs=1e-5)
    random = curves(network, image[0], int(label), drawn, at, insert=mode == "insertion")
    torch.testing.assert_close(tensors["random"][1], random.mean(dim=0))
    torch.testing.assert_close(tensors["random"][0], random.amin(dim=0))
    torch.testing.assert_close(tensors["random"][2], random.amax(dim=0))
    assert words["chance"] == pytest.approx(area(random, at).tolist(), abs=1e-5)


def test_the_maps_are_computed_once_for_what_is_drawn_and_what_is_tested(ask, trained, monkeypatch):
    computed = []
    monkeypatch.setattr(why, "Case", lambda *given: computed.append(given) or Case(*given))
    run, _ = trained("vit-digits")
    ask(run, "relevance", picture="ex-3")
    for mode in ("deletion", "insertion"):
        ask(run, "faithfulness", picture="ex-3", faithfulness=mode)
    assert len(computed) == 1
    ask(run, "faithfulness", picture="ex-4")
    assert len(computed) == 2


@pytest.mark.parametrize("part", ["relevance", "faithfulness"])
def test_a_class_that_is_not_there_is_refused(ask, trained, part):
    with pytest.raises(BadOption, match="There is no class 10: classes are 0 to 9."):
        ask(trained("vit-digits")[0], part, target=10)


def test_a_cell_is_a_patch_or_about_an_eighth_of_the_picture():
    vit = VisionTransformer(image_size=28, patch_size=7, width=16, depth=1, heads=2)
    cnn = ConvolutionalNetwork(channels=1, classes=10, width=8)
    assert cell(vit, 28) == 7
    assert [cell(cnn, size) for size in (8, 28, 32, 64, 29)] == [1, 4, 4, 8, 1]
