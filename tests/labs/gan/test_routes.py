"""The routes of the GAN in the plane: what they send is the game as it stands."""

import json
import math
from functools import partial

import pytest
import torch
from starlette.applications import Starlette
from starlette.testclient import TestClient

from playground.data.toy2d import sample
from playground.labs.gan import routes
from playground.labs.gan.plane import ARROWS, CELLS, GRID, POINTS, Duel, Rules
from playground.ui.live import Sessions
from playground.ui.routes import BASE

pytestmark = pytest.mark.usefixtures("one_thread")
URL = f"http://test{BASE}/gan/plane/"


@pytest.fixture
def client(monkeypatch):
    monkeypatch.setattr(routes, "Sessions", partial(Sessions, seconds=60))
    with TestClient(Starlette(routes=routes.plane_routes(None)), base_url=URL) as client:
        yield client


def read(answer):
    assert answer.status_code == 200, answer.text
    length = int.from_bytes(answer.content[:4], "little")
    return json.loads(answer.content[4 : 4 + length]), answer.content[4 + length :]


def parts(head, content):
    floats = torch.frombuffer(bytearray(content[: -CELLS * CELLS]), dtype=torch.float32).view(-1, 2)
    heat = torch.frombuffer(bytearray(content[-CELLS * CELLS :]), dtype=torch.uint8).view(CELLS, CELLS)
    return *floats.split(head["lengths"]), heat


def begin(client, **given):
    return read(client.post("new", json={"density": "grid", **given}))


def test_a_new_game_is_shown_with_its_real_points(client):
    head, content = begin(client, rules={"seed": 5})
    duel = Duel(rules=Rules(seed=5), draw=partial(sample, "grid"))
    view = duel.view()
    assert head["lengths"] == [POINTS, GRID * GRID, ARROWS, POINTS] and (head["step"], head["of"]) == (0, 25)
    fake, manifold, arrows, real, heat = parts(head, content)
    for sent, expected in ((fake, view.fake), (manifold, view.manifold), (arrows, view.arrows), (real, duel.real)):
        torch.testing.assert_close(sent, expected)
    assert (heat.float() / 255 - view.heat).abs().max() < 0.003
    assert head["losses"] == {}, "not a number is no JSON"


def test_steps_go_on_where_the_game_stood(client):
    head, _ = begin(client)
    duel = Duel(rules=Rules(), draw=partial(sample, "grid"))
    for who, times in (("both", 3), ("discriminator", 2), ("generator", 1)):
        head2, content = read(client.post("step", params={"session": head["session"], "who": who, "times": times}))
        duel.step(who, times)
    assert head2["step"] == 6 and len(head2["lengths"]) == 3
    torch.testing.assert_close(parts(head2, content)[0], duel.view().fake)
    assert head2["losses"] == pytest.approx(duel.losses) and math.isfinite(head2["covered"])


def test_knobs_come_with_the_steps(client):
    head, content = begin(client)
    session = {"session": head["session"]}
    _, after = read(client.post("step", params={**session, "who": "generator"}, json={"rules": {"rate_g": 0}}))
    assert torch.equal(parts(head, content)[0], parts({"lengths": head["lengths"][:3]}, after)[0])
    refused = client.post("step", params=session, json={"rules": {"latent": 1}})
    assert refused.status_code == 400 and "needs a new game" in refused.json()["error"]


def test_a_drawing_is_learnt(client):
    head, content = begin(client, strokes=[[[-1, 0], [1, 0]]])
    assert (head["density"], head["modes"]) == ("drawn", None)
    assert float(parts(head, content)[3][:, 1].abs().max()) < 0.2


def test_a_game_that_was_put_away_says_so_in_the_head(client):
    head, _ = begin(client)
    begin(client, instead=head["session"])
    gone, content = read(client.post("step", params={"session": head["session"]}))
    assert "begins anew" in gone["gone"] and content == b""


def test_the_work_of_one_request_is_bounded(monkeypatch):
    monkeypatch.setattr(routes, "Sessions", partial(Sessions, seconds=0))
    with TestClient(Starlette(routes=routes.plane_routes(None)), base_url=URL) as client:
        head, _ = begin(client)
        head, _ = read(client.post("step", params={"session": head["session"], "times": 10}))
        assert head["step"] == 1


def test_no_more_turns_than_allowed_are_played(client, monkeypatch):
    monkeypatch.setattr(routes, "MOST_TURNS", 2)
    head, _ = begin(client)
    assert read(client.post("step", params={"session": head["session"], "times": 1e8}))[0]["step"] == 2


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


def test_numbers_that_are_none_are_refused(client):
    answer = client.post("new", content=b'{"rules": {"rate_g": NaN}}')
    assert answer.status_code == 400 and "rate_g" in answer.json()["error"]
    head, _ = begin(client)
    answer = client.post("step", params={"session": head["session"], "who": "nobody"})
    assert answer.status_code == 400 and "no player “nobody”" in answer.json()["error"]


def test_every_preset_is_a_game(client):
    presets = client.get("presets").json()
    assert {"cure", "collapse"} <= set(presets)
    for rules in presets.values():
        assert begin(client, rules=rules)[0]["step"] == 0


def test_every_knob_of_the_page_is_one_of_the_rules():
    for knob in vars(Rules()):
        assert knob == "weight" or f'class="ganplane-{knob}"' in routes.TEMPLATE
