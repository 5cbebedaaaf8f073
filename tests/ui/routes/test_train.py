"""The routes behind the form: what it offers, what fills it, and the runs that it begins."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import torch
from starlette.applications import Starlette
from starlette.testclient import TestClient

from playground.labs import recipes
from playground.page import routes, tabs
from playground.ui.own import own_sets
from playground.ui.routes import BASE
from playground.ui.train import shown


def refusal(answer):
    assert answer.status_code == 400, answer.text
    return answer.json()["error"]


@pytest.fixture
def bring(context):
    """Gives the visitor of a browser a data set of their own; its name."""

    def bring(client):
        points = torch.rand(40, 2, generator=torch.Generator().manual_seed(0))
        visitor = context.identity.visitor(client.cookies)
        return own_sets(context).add_points(points, n_test=10, owner=visitor, title="a drawing")

    return bring


@pytest.mark.parametrize("lab", tabs())
def test_a_form_offers_what_its_lab_trains(client, context, lab):
    offer = client.get(f"forms/{lab}").json()
    assert list(offer["recipes"]) == [name for name, recipe in recipes().items() if recipe.lab == lab]
    for name, entry in offer["recipes"].items():
        assert recipes()[name].changed(**entry["knobs"]) == recipes()[name]
        kind = offer["kinds"][entry["kind"]]
        assert [knob["name"] for knob in kind["knobs"]] == list(entry["knobs"])
        offered = [name for name, _ in kind["data"]]
        assert offered == [
            data for data in context.store.data.names() if recipes()[name].accepts(context.store.data, data)
        ]


def test_a_lab_that_trains_nothing_gets_a_sentence(client):
    assert "There is no lab “nope”" in refusal(client.get("forms/nope"))


def test_ones_own_data_come_first_and_are_offered_to_nobody_else(browser, client, bring):
    name = bring(client)
    kinds = client.get("forms/gan").json()["kinds"]
    assert kinds["point-gan"]["data"][0] == [name, "a drawing (your own)"]
    assert all(name not in dict(kind["data"]) for what, kind in kinds.items() if what != "point-gan")
    stranger = browser("10.0.0.7")
    stranger.get("runs")
    assert name not in str(stranger.get("forms/gan").json())
    assert "no data set" in refusal(
        stranger.post("runs", json={"name": "point-gan-gaussians", "knobs": {"data": name}})
    )


def test_a_run_fills_the_form_with_what_trained_it(client, written):
    run = written("vae-digits", beta=15.0, latent=50)
    filling = client.get("recipe", params={"run": run.id, "step": 5}).json()
    assert (filling["recipe"], filling["kind"]) == ("vae-digits", "vae")
    assert filling["knobs"] == shown(run.recipe) and filling["knobs"]["seconds"] == ""


def test_a_branch_has_a_parent_and_a_short_budget(client, written):
    run = written("vae-digits", beta=3.0)
    filling = client.get("branch", params={"run": run.id, "step": 7}).json()
    assert filling["parent"] == {"run": run.id, "step": 5} and filling["note"] == ""
    assert filling["knobs"]["beta"] == 3 and filling["knobs"]["seconds"] == 30 and filling["knobs"]["steps"] == ""
    order = {"name": filling["recipe"], "knobs": filling["knobs"], "parent": filling["parent"]}
    assert client.post("runs/check", json=order).json() == {"problem": ""}
    begun = client.get(f"runs/{client.post('runs', json=order).json()['run']}").json()
    assert begun["parent"] == {"run": run.id, "step": 5} and begun["mine"]


def test_a_check_names_what_forbids_a_branch_and_begins_nothing(client, written, store):
    run = written("vae-digits")
    order = {"name": "vae-digits", "knobs": {"latent": 5}, "parent": {"run": run.id, "step": 5}}
    assert "what changes its shape must stay: latent" in client.post("runs/check", json=order).json()["problem"]
    assert len(store.list()) == 1


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"name": "nothing"}, "There is no recipe"),
        ({"name": "vae-digits", "knobs": {"magic": 1}}, "has no knob"),
        ({"name": "vae-digits", "knobs": {"beta": "many"}}, "Beta: "),
        ({"name": "vae-digits", "knobs": [1]}, "reload the page"),
        ({"name": "vae-digits", "parent": {"run": 1}}, "A parent is a run and a step"),
        ([1], "no JSON object"),
    ],
)
def test_what_makes_no_sense_gets_a_sentence_and_no_run(client, store, given, sentence):
    assert sentence in client.post("runs/check", json=given).json()["problem"]
    assert sentence in refusal(client.post("runs", json=given))
    assert not store.list()


def test_others_private_runs_fill_no_form(browser, client, bring):
    order = {"name": "point-gan-gaussians", "knobs": {"data": bring(client)}}
    run = client.post("runs", json=order).json()["run"]
    stranger = browser("10.0.0.7")
    stranger.get("runs")
    for path in ("recipe", "branch"):
        assert "has no snapshot" in refusal(client.get(path, params={"run": run}))
        assert "There is no run" in refusal(stranger.get(path, params={"run": run}))


def test_another_sites_page_begins_nothing(client, store):
    order = {"name": "vae-digits"}
    assert client.post("runs", json=order, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert not store.list()


def test_a_visitor_without_a_cookie_begins_nothing(context):
    client = TestClient(Starlette(routes=routes(context)), base_url=f"http://test{BASE}/")
    assert "sends no cookie" in refusal(client.post("runs", json={"name": "vae-digits"}))


def test_many_visitors_at_once_get_what_one_alone_gets(client, bring):
    name = bring(client)
    alone = {lab: client.get(f"forms/{lab}").json() for lab in tabs()}
    with ThreadPoolExecutor(8) as pool:
        asked = list(tabs()) * 6
        answers = list(pool.map(lambda lab: client.get(f"forms/{lab}").json(), asked))
    assert name in str(alone)
    assert all(answer == alone[lab] for lab, answer in zip(asked, answers, strict=True))


def test_several_seeds_are_queued_as_one_experiment(client, context):
    body = {"name": "vae-digits", "knobs": {"seed": 7}, "seeds": 3}
    begun = client.post("runs", json=body).json()
    runs = [run for run in context.store.list() if run.info.group == begun["group"]]
    assert begun["problem"] == "" and begun["group"].startswith("vae-digits-")
    assert {run.recipe.seed for run in runs} == {7, 8, 9} and context.store.get(begun["run"]).recipe.seed == 7
    assert {run.info.owner for run in runs} == {context.identity.visitor(client.cookies)}
    alone = client.post("runs", json={"name": "vae-digits"}).json()
    assert alone["group"] == "" == context.store.get(alone["run"]).info.group


@pytest.mark.parametrize("seeds", [0, 6, "3", 2.5, None])
def test_how_many_seeds_there_may_be_is_told(client, seeds):
    assert "1 to 5 seeds" in refusal(client.post("runs", json={"name": "vae-digits", "seeds": seeds}))


def test_where_a_limit_ends_an_experiment_is_told(client, context):
    object.__setattr__(context, "limits", replace(context.limits, runs=2))
    begun = client.post("runs", json={"name": "vae-digits", "seeds": 4}).json()
    assert begun["problem"].startswith("2 of 4 runs are queued.")
    assert len([run for run in context.store.list() if run.info.group]) == 2
