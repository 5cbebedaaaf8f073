"""The vision lab's views: attention to within a 255th of each row's largest value, and networks of others."""

import threading
import time
from dataclasses import replace
from functools import partial

import pytest
import torch

from playground.data import packs, unit
from playground.labs.vision.attention import attention
from playground.labs.vision.hub import GUESTS, HubUnavailable
from playground.labs.vision.views import attention_answer
from playground.labs.vision.vit import VisionTransformer
from playground.ui.views import CannotView, routes
from playground.view import BadOption

pytestmark = pytest.mark.usefixtures("one_thread")
CLASSES = tuple("abcde")


def network(std=0.5, **options):
    torch.manual_seed(0)
    shape = {"image_size": 8, "patch_size": 2, "channels": 1, "classes": 5, "width": 16, "depth": 3, "heads": 2}
    model = VisionTransformer(**shape | {"class_token": False} | options)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=std)
    return model.eval().requires_grad_(False)


def picture(channels=1):
    return unit(torch.randint(0, 256, (1, channels, 8, 8), generator=torch.Generator().manual_seed(1)).to(torch.uint8))


def unpacked(answer):
    """The rows as the painter reads them, and their largest values."""
    largest = answer.tensors["largest"][..., None]
    return largest * (answer.tensors["rows"].float() / 255), largest


@pytest.mark.parametrize("class_token", [False, True])
def test_the_rows_decode_back_to_the_attention(class_token):
    model = network(class_token=class_token)
    back, largest = unpacked(attention_answer(model, picture(), CLASSES))
    _, maps = attention(model, picture())
    assert back.shape == maps[0].shape == (3, 2, 16 + class_token, 16 + class_token)
    assert float(maps.std()) > 0.01
    # rounding to the nearest costs no more than half a step
    assert ((back - maps[0]).abs() <= 0.5 * largest / 255 + 1e-6).all()
    torch.testing.assert_close(back.sum(dim=-1), torch.ones(3, 2, 16 + class_token), atol=0.04, rtol=0)


def test_attention_that_sits_on_one_patch_survives():
    model = network()
    for block in model.blocks:
        block.attention.qkv.weight.mul_(50)
    back, largest = unpacked(attention_answer(model, picture(), CLASSES))
    assert float(largest.max()) > 0.999 and torch.isfinite(back).all()


def test_a_network_without_a_head_has_no_probabilities():
    answer = attention_answer(network(classes=0), picture(), ())
    assert len(answer.tensors["probabilities"]) == 0 == len(answer.words["classes"])
    assert answer.tensors["rows"].numel() > 0


def test_the_attention_of_a_run_is_that_of_its_network_at_the_step(ask, written):
    run = written("vit-digits")
    words, tensors = ask(run, "attention", 6, picture="ex-3-inverted")
    images = unit(255 - packs.examples("digits")["images"][3:4])
    expected = attention_answer(run.network(5), images, run.spec.classes)
    assert set(tensors) == set(expected.tensors) and words == {**expected.words, "step": 5}
    for name, value in expected.tensors.items():
        torch.testing.assert_close(tensors[name], value, atol=1 if name == "rows" else 1e-5, rtol=0)
    assert (words["grid"], words["size"], words["classes"]) == (4, 8, list("0123456789"))
    probabilities = run.network(5)(images)[0].softmax(dim=0)
    torch.testing.assert_close(tensors["probabilities"], probabilities)


def test_attention_cannot_be_asked_of_a_network_without_any(ask, written):
    with pytest.raises(CannotView, match="“What does this patch attend to.” cannot be asked of Convolutional network"):
        ask(written("cnn-fashion"), "attention")


def test_a_part_without_options_refuses_any(ask, written):
    """The layer is chosen on the page, from an answer that holds all of them."""
    with pytest.raises(BadOption, match="This part of a view has no option “layer”; it has none."):
        ask(written("vit-digits"), "attention", layer=3)


HERE = network(std=0.1, image_size=224, patch_size=56, channels=3, classes=0)


@pytest.fixture
def client(context, served, monkeypatch):
    """One network is here, one comes, and one is unavailable."""
    arrived = threading.Event()

    def load(progress, name):
        if name == "gone":
            raise HubUnavailable("It rains.")
        if name == "coming":
            progress(0.25, "Fetches it.")
            arrived.wait(30)
        return HERE

    for name in ("ready", "coming", "gone"):
        guest = replace(GUESTS["dinov2-small"], title=name, load=partial(load, name=name))
        monkeypatch.setitem(GUESTS, name, guest)
    yield served(routes(context), "views/vision/attention")
    arrived.set()


@pytest.fixture
def polled(client, read, written):
    """Requests a network again and again while it waits for its turn; gives the response that follows."""

    def polled(name, **query):
        query |= {"network": name, "run": written("vit-digits").id}
        limit, response = time.monotonic() + 30, client.post("attention", params=query)
        while response.status_code == 200 and read(response)[0].get("progress") == 0:
            assert time.monotonic() < limit
            time.sleep(0.005)
            response = client.get("attention", params=query)
        return response

    return polled


def test_networks_of_others_attend_to_pictures(polled, read, context):
    words, tensors = read(polled("ready", picture="ex-5"))
    spec = packs.spec("digits", 224).model_copy(update={"channels": 3})
    expected = attention_answer(HERE, unit(context.inputs.get("ex-5", spec)[None]), ())
    assert words == expected.words and words["grid"] == 4
    torch.testing.assert_close(tensors["largest"], expected.tensors["largest"])


def test_networks_of_others_may_keep_one_waiting_or_be_out_of_reach(client, polled, read, written):
    # as any site's page can have a browser ask
    response = client.get("attention", params={"network": "coming", "run": written("vit-digits").id})
    assert response.status_code == 400 and "no such task" in response.json()["error"]
    for name, sentence in (("gone", "It rains."), ("vgg", "There is no trained network “vgg” here; there are dinov2")):
        response = polled(name)
        assert response.status_code == 400 and response.json()["error"].startswith(sentence)
    assert read(polled("coming")) == ({"waiting": "Fetches it.", "progress": 0.25}, {})
