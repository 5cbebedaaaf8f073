"""Networks of the Hub, fetched from the stand-in, open in every view of the lab whose requirements they meet."""

import time
from functools import partial

import pytest
import torch

from playground.data import packs, unit
from playground.labs import guests, views
from playground.labs.vision.hub import GUESTS, fetch
from playground.labs.vision.vit import VisionTransformer
from playground.ui.routes import routes
from playground.ui.views import CannotView
from playground.view import Guest, decode
from tests.labs.vision.test_hub import endpoint, stand_in, weights  # noqa: F401 (fixtures)

pytestmark = pytest.mark.usefixtures("one_thread")
LAB = views()["vision"]
ALL, PREDICTING = {"attention", "cell", "heads", "embedding"}, {"relevance", "what-if"}
CLASSES = tuple(f"class {i}" for i in range(1000))


def test_guests_are_offered_where_they_fit():
    assert {name for name, view in LAB.items() if "vit-imagenet" in view.hosted} == ALL | PREDICTING
    assert {name for name, view in LAB.items() if "dinov2-small" in view.hosted} == ALL, "it has no classes"
    assert guests("vision").keys() == GUESTS.keys() and guests("vae") == {}


def test_a_view_declares_the_choice_and_sends_it_with_each_part():
    declared = LAB["relevance"].declared()
    first = declared["options"][0]
    assert first["name"] == "network" and list(first["names"]) == ["", "vit-imagenet", "deit-imagenet"]
    assert all(part["options"][0] == "network" for part in declared["parts"].values())
    assert "network" not in declared["trace"]["options"]
    assert "network" not in [option["name"] for option in LAB["mistakes"].declared()["options"]]


@pytest.fixture
def tiny(endpoint, stand_in, monkeypatch):  # noqa: F811 (the fixtures)
    """The guest that the stand-in serves."""
    endpoint(stand_in.url)
    guest = Guest(
        title="Tiny (Hub)",
        kind=VisionTransformer,
        size=80,
        channels=3,
        predicts=True,
        names=lambda: CLASSES,
        load=partial(fetch, "tiny"),
    )
    monkeypatch.setitem(GUESTS, "tiny", guest)
    return stand_in


@pytest.fixture
def hosted(context, written):
    """Asks a part of a view of the guest, beside a run of gray pictures, until it is here."""

    def hosted(name, part, start=True, **options):
        limit, query = time.monotonic() + 60, {"network": "tiny"} | options
        while True:
            content = context.views.answer(LAB[name], written("cnn-fashion"), 10, query, part, start=start)
            answer = decode(content)
            if "waiting" not in answer.words:
                return answer
            assert time.monotonic() < limit
            time.sleep(0.02)

    return hosted


@pytest.mark.parametrize("name", sorted(ALL | PREDICTING))
def test_every_view_that_fits_answers_of_it(name, hosted, tiny):
    for part in LAB[name].parts:
        answer = hosted(name, part)
        assert "step" not in answer.words and answer.tensors
        if "classes" in answer.words:
            assert answer.words["classes"] == list(CLASSES)
        if "size" in answer.words:
            assert answer.words["size"] == 80
    assert tiny.served.count("GET") == 1


def test_the_examples_of_the_run_are_shown_to_it_in_its_shape(hosted, context, written, tiny):
    answer = hosted("what-if", "changed", picture="ex-3")
    spec = packs.spec("fashion", 80).model_copy(update={"channels": 3})
    picture = context.inputs.get("ex-3", spec)
    assert picture.shape == (3, 80, 80) and torch.equal(answer.tensors["picture"], picture)
    network = fetch("tiny")
    torch.testing.assert_close(answer.tensors["before"], network(unit(picture[None]))[0].softmax(dim=0))


def test_the_page_is_given_the_picture_as_the_guest_takes_it(served, context, written, tiny):
    client = served(routes(context), "pictures")
    response = client.get("ex-3.png", params={"run": written("cnn-fashion").id, "network": "tiny"})
    assert response.content[:8] == b"\x89PNG\r\n\x1a\n" and response.content[16:24] == bytes([0, 0, 0, 80]) * 2
    assert response.content[25] == 2, "in color"


def test_nothing_is_fetched_unless_that_is_asked_for(hosted, tiny):
    with pytest.raises(CannotView, match="no such task"):
        hosted("attention", "attention", start=False)
    assert not tiny.served


def test_what_a_guest_cannot_answer_is_said(context, written):
    run = written("cnn-fashion")
    with pytest.raises(CannotView, match="no trained network “dinov2-small” here; there are vit-imagenet, deit"):
        context.views.answer(LAB["relevance"], run, 10, {"network": "dinov2-small"})
    with pytest.raises(CannotView, match="cannot be asked of Convolutional network"):
        context.views.answer(LAB["heads"], run, 10, {"network": ""})
