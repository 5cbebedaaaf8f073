"""The routes of diffusion in the plane: what they send is the training as it stands."""

import re
from functools import partial

import pytest
import torch

from playground.data.toy2d import sample
from playground.labs.diffusion import routes
from playground.labs.diffusion.plane import FIELD, POINTS, SAMPLES, Look, PointDiffusion
from playground.labs.diffusion.samplers import SAMPLERS
from playground.ui.live import Sessions

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def client(monkeypatch, served):
    monkeypatch.setattr(routes, "Sessions", partial(Sessions, seconds=60))
    return served(routes.plane_routes(None), "diffusion/plane")


@pytest.fixture
def begin(client, read):
    return lambda **params: read(client.post("new", params=params, json={"density": "spiral"}))


def reference(seed=0):
    return PointDiffusion(draw=partial(sample, "spiral"), seed=seed)


def test_a_new_training_is_shown_with_its_data(begin):
    words, shown = begin(seed=5, steps=4, time=0.6)
    model = reference(seed=5)
    assert shown["arrows"].shape == (FIELD**2, 2) and shown["samples"].shape == (5, SAMPLES, 2) and words["step"] == 0
    assert shown["data"].shape == (POINTS, 2)
    assert torch.equal(shown["data"], model.data) and torch.equal(shown["noise"], model.noise)
    torch.testing.assert_close(shown["arrows"], model.field(Look(time=0.6)))
    times, points = model.paths(Look(steps=4))
    torch.testing.assert_close(shown["samples"], points)
    assert shown["times"].tolist() == pytest.approx(times)
    error, least = model.errors
    assert (words["excess"], words["least"]) == pytest.approx((error - least, least))


def test_steps_go_on_and_looks_leave_the_training_alone(client, begin, read):
    session = begin()[0]["session"]
    model = reference()
    for times, look in ((3, {"sampler": "heun"}), (0, {"exact": 1, "steps": 3}), (2, {"time": 0.1})):
        words, shown = read(client.post("step", params={"session": session, "times": times, **look}))
        for _ in range(times):
            model.step()
        wanted = Look(**look)
        torch.testing.assert_close(shown["arrows"], model.field(wanted))
        torch.testing.assert_close(shown["samples"], model.paths(wanted)[1])
    assert words["step"] == 5


def test_scrubbing_asks_for_the_field_alone(client, begin, read):
    session = begin()[0]["session"]
    words, shown = read(client.post("step", params={"session": session, "time": 0.8, "paths": 0}))
    assert set(shown) == {"arrows"} and words["step"] == 0
    torch.testing.assert_close(shown["arrows"], reference().field(Look(time=0.8)))


def test_a_drawing_is_learned(client, read):
    words, shown = read(client.post("new", json={"strokes": [[[0.5, -1], [0.5, 1]]]}))
    assert words["density"] == "drawn" and float((shown["data"][:, 0] - 0.5).abs().max()) < 0.2


def test_a_training_that_was_put_away_says_so(client, begin, read):
    session = begin()[0]["session"]
    client.post("new", json={"instead": session})
    words, shown = read(client.post("step", params={"session": session}))
    assert "begins anew" in words["gone"] and shown == {}


def test_the_work_of_one_request_is_bounded(client, begin, read, served, monkeypatch):
    monkeypatch.setattr(routes, "MOST_TIMES", 2)
    session = begin()[0]["session"]
    assert read(client.post("step", params={"session": session, "times": 1e8}))[0]["step"] == 2
    monkeypatch.setattr(routes, "Sessions", partial(Sessions, seconds=0))
    short = served(routes.plane_routes(None), "diffusion/plane")
    session = read(short.post("new", json={"density": "spiral"}))[0]["session"]
    assert read(short.post("step", params={"session": session, "times": 2}))[0]["step"] == 1


@pytest.mark.parametrize(
    ("params", "given", "sentence"),
    [
        ({}, {"density": "stars"}, "no density “stars”"),
        ({}, {"strokes": [[[9, 9]]]}, "two numbers"),
        ({"sampler": "best"}, {}, "no sampler “best”"),
        ({"steps": 1000}, {}, "takes 1 to 32 steps"),
        ({"time": 2}, {}, "from 0.005"),
        ({"time": "nan"}, {}, "must be a number"),
        ({"seed": -1}, {}, "at least 0"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(client, params, given, sentence):
    answer = client.post("new", params=params, json=given)
    assert answer.status_code == 400 and sentence in answer.json()["error"]


def test_the_densities_have_their_thumbnails(client):
    answer = client.get("densities")
    assert answer.status_code == 200 and b"checkerboard" in answer.content


def test_the_page_offers_samplers_that_there_are():
    offered = re.search(r'flowplane-sampler">(.*?)</select>', routes.TEMPLATE, re.DOTALL)
    names = re.findall(r'value="(.*?)"', offered[1])
    assert len(names) >= 5 and set(names) <= set(SAMPLERS)
