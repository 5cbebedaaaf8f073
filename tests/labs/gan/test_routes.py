"""The routes of the GAN in the plane: what they send is the game as it stands."""

import math
from functools import partial

import pytest
import torch

from playground.data.toy2d import sample
from playground.labs.gan import routes
from playground.labs.gan.plane import ARROWS, CELLS, GRID, POINTS, Duel, Rules
from playground.ui.live import Sessions

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def client(monkeypatch, served):
    monkeypatch.setattr(routes, "Sessions", partial(Sessions, seconds=60))
    return served(routes.plane_routes(None), "gan/plane")


@pytest.fixture
def begin(client, read):
    return lambda **given: read(client.post("new", json={"density": "grid", **given}))


def test_a_new_game_is_shown_with_its_real_points(begin):
    words, shown = begin(rules={"seed": 5})
    duel = Duel(rules=Rules(seed=5), draw=partial(sample, "grid"))
    view = duel.view()
    assert (words["step"], words["of"], words["grid"], words["cells"]) == (0, 25, GRID, CELLS)
    assert [len(shown[name]) for name in ("fake", "manifold", "arrows", "real")] == [POINTS, GRID**2, ARROWS, POINTS]
    for name in ("fake", "manifold", "arrows"):
        torch.testing.assert_close(shown[name], getattr(view, name))
    torch.testing.assert_close(shown["real"], duel.real)
    assert shown["heat"].dtype == torch.uint8 and (shown["heat"].float() / 255 - view.heat).abs().max() < 0.003
    assert words["losses"] == {}, "not a number is no JSON"


def test_steps_go_on_where_the_game_stood(client, begin, read):
    session = begin()[0]["session"]
    duel = Duel(rules=Rules(), draw=partial(sample, "grid"))
    for who, times in (("both", 3), ("discriminator", 2), ("generator", 1)):
        words, shown = read(client.post("step", params={"session": session, "who": who, "times": times}))
        duel.step(who, times)
    assert words["step"] == 6 and "real" not in shown
    torch.testing.assert_close(shown["fake"], duel.view().fake)
    assert words["losses"] == pytest.approx(duel.losses) and math.isfinite(words["covered"])


def test_knobs_come_with_the_steps(client, begin, read):
    words, before = begin()
    session = {"session": words["session"]}
    _, after = read(client.post("step", params={**session, "who": "generator"}, json={"rules": {"rate_g": 0}}))
    assert torch.equal(before["fake"], after["fake"])
    refused = client.post("step", params=session, json={"rules": {"latent": 1}})
    assert refused.status_code == 400 and "needs a new game" in refused.json()["error"]


def test_a_drawing_is_learned(begin):
    words, shown = begin(strokes=[[[-1, 0], [1, 0]]])
    assert (words["density"], words["modes"]) == ("drawn", None)
    assert float(shown["real"][:, 1].abs().max()) < 0.2


def test_a_game_that_was_put_away_says_so(client, begin, read):
    session = begin()[0]["session"]
    begin(instead=session)
    words, tensors = read(client.post("step", params={"session": session}))
    assert "begins anew" in words["gone"] and tensors == {}


def test_the_time_of_one_request_is_bounded(monkeypatch, served, read):
    monkeypatch.setattr(routes, "Sessions", partial(Sessions, seconds=0))
    client = served(routes.plane_routes(None), "gan/plane")
    session = read(client.post("new", json={"density": "grid"}))[0]["session"]
    assert read(client.post("step", params={"session": session, "times": 10}))[0]["step"] == 1


def test_no_more_turns_than_allowed_are_played(client, begin, read, monkeypatch):
    monkeypatch.setattr(routes, "MOST_TURNS", 2)
    session = begin()[0]["session"]
    assert read(client.post("step", params={"session": session, "times": 1e8}))[0]["step"] == 2


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"density": "stars"}, "no density “stars”"),
        ({"strokes": [[[9, 9]]]}, "two numbers"),
        ({"rules": {"loss": "best"}}, "no loss “best”"),
        ({"rules": {"loss": 3}}, "no knob “loss” with the value “3”"),
        ({"rules": {"speed": 3}}, "no knob “speed”"),
        ({"rules": {"latent": 1.5}}, "no knob “latent” with the value “1.5”"),
        ({"rules": {"seed": True}}, "no knob “seed”"),
        ({"rules": {"seed": 10**400}}, "no knob “seed”"),
        ({"rules": [1]}, "names with values"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(client, given, sentence):
    answer = client.post("new", json=given)
    assert answer.status_code == 400 and sentence in answer.json()["error"]


def test_numbers_that_are_none_are_refused(client, begin):
    answer = client.post("new", content=b'{"rules": {"rate_g": NaN}}')
    assert answer.status_code == 400 and "rate_g" in answer.json()["error"]
    answer = client.post("step", params={"session": begin()[0]["session"], "who": "nobody"})
    assert answer.status_code == 400 and "no player “nobody”" in answer.json()["error"]


def test_every_preset_is_a_game(client, begin):
    presets = client.get("presets").json()
    assert {"cure", "collapse"} <= set(presets)
    for rules in presets.values():
        assert begin(rules=rules)[0]["step"] == 0


def test_every_knob_of_the_page_is_one_of_the_rules():
    for knob in vars(Rules()):
        assert knob == "weight" or f'class="ganplane-{knob}"' in routes.TEMPLATE
