"""The routes behind what is trained step by step: whose runs, which steps, and what is answered."""

import threading
from dataclasses import replace

import pytest
import torch
from starlette.applications import Starlette
from starlette.testclient import TestClient

from playground.errors import Busy
from playground.jobs.admission import PUBLIC
from playground.page import routes
from playground.ui.context import Context
from playground.ui.live import MOST
from playground.ui.routes import BASE
from training.live import LiveRuns

pytestmark = pytest.mark.usefixtures("one_thread")
NAME = "point-gan-gaussians"


@pytest.fixture
def context(store):
    return Context(store, None, live=LiveRuns(store, seconds=60))


@pytest.fixture
def browser(context, browser_of):
    return lambda: browser_of(context)


@pytest.fixture
def begin():
    def begin(client, name=NAME, **given):
        answer = client.post("live", json={"name": name, **given})
        assert answer.status_code == 200, answer.text
        return answer.json()["run"]

    return begin


@pytest.fixture
def step(read_answer):
    """Steps a run; the words and tensors of its view."""

    def step(client, run, body=None, **query):
        answer = client.post(f"live/{run}", params={"view": "dynamics", **query}, json=body or {})
        assert answer.status_code == 200, answer.text
        return read_answer(answer.content)

    return step


def refusal(answer):
    assert answer.status_code == 400, answer.text
    return answer.json()["error"]


def test_steps_show_the_view_as_it_is_now(browser, begin, step, context, read_answer):
    client = browser()
    run = begin(client, knobs={"seed": 2, "data": "grid"})
    words, shown = step(client, run, times=5)
    assert words["step"] == 5 and words["of"] == 25 and words["knobs"]["seed"] == 2
    stored, snapshot = read_answer(client.get(f"views/gan/dynamics/dynamics?run={run}&step=5").content)
    assert stored["step"] == 5
    for name, tensor in snapshot.items():  # a frame is float16; a 255th may fall to the other side
        close = {"rtol": 0, "atol": 1.5} if name == "heat" else {"rtol": 1e-2, "atol": 1e-2}
        torch.testing.assert_close(shown[name].float(), tensor.float(), **close)
    assert step(client, run)[0]["step"] == 5, "a look alone"
    assert step(client, run, times=10_000)[0]["step"] == 5 + MOST


def test_the_run_is_one_like_all_others(browser, begin, step):
    client = browser()
    run = begin(client)
    step(client, run, times=12)
    news = client.get(f"runs/{run}").json()
    assert news["mine"] and news["playable"] and news["resumable"] and news["kind"] == "points"
    assert news["views"] == ["dynamics"] and news["status"]["state"] == "paused" and news["snapshots"] == [0, 5, 10]
    assert client.get(f"runs/{run}/previews/10").headers["content-type"] == "image/webp"


def test_where_it_rests_there_is_a_frame(browser, begin, step):
    client = browser()
    run = begin(client)
    assert step(client, run, times=12)[0]["step"] == 12
    assert step(client, run, save=1)[0]["step"] == 12
    news = client.get(f"runs/{run}").json()
    assert news["snapshots"] == news["previews"] == [0, 5, 10, 12]
    assert news["status"]["step"] == 12 and news["status"]["message"] == "Saved at step 12."


def test_one_phase_and_a_turned_knob(browser, begin, step):
    client = browser()
    run = begin(client)
    _, before = step(client, run)
    _, after = step(client, run, times=1, only="discriminator")
    assert torch.equal(before["fake"], after["fake"]) and not torch.equal(before["heat"], after["heat"])
    words, _ = step(client, run, {"knobs": {"loss": "hinge"}})
    assert words["knobs"]["loss"] == "hinge"
    assert "no phase" in refusal(
        client.post(f"live/{run}", params={"view": "dynamics", "times": 1, "only": "x"}, json={})
    )
    bad = client.post(f"live/{run}", params={"view": "dynamics"}, json={"knobs": {"latent": 7}})
    assert "cannot be changed while a run goes on: latent" in refusal(bad)
    for view, query in (("seeds", {}), ("nothing", {}), ("dynamics", {"foo": 1})):
        refusal(client.post(f"live/{run}", params={"view": view, "times": 5, **query}, json={}))
    assert step(client, run)[0]["step"] == words["step"], "what makes no sense makes no steps"


def test_what_lies_before_the_end_is_branched(browser, begin, step):
    client = browser()
    run = begin(client)
    step(client, run, times=12)
    branch = begin(client, parent={"run": run, "step": 5})
    assert client.get(f"runs/{branch}").json()["parent"] == {"run": run, "step": 5}
    assert step(client, branch, times=1)[0]["step"] == 6


def test_a_stranger_goes_on_from_a_shipped_run(store, written, begin, step, browser_of):
    """It may have been trained for a number of steps, which tells no time."""
    context = Context(store, None, live=LiveRuns(store), limits=PUBLIC)
    client = browser_of(context)
    shipped = written(NAME, shipped=True)
    run = begin(client, knobs=shipped.info.knobs, parent={"run": shipped.id, "step": 5})
    knobs = client.get(f"runs/{run}").json()["knobs"]
    assert knobs["steps"] is None and 0 < knobs["seconds"] <= PUBLIC.seconds
    assert step(client, run, times=1)[0]["step"] == 6
    full = replace(PUBLIC, total_runs=1)
    object.__setattr__(context, "limits", full)
    assert "You have 1 runs; the limit here is 1" in refusal(client.post("live", json={"name": NAME}))


def test_only_its_owner_steps_a_run(browser, begin, written):
    ann, bob = browser(), browser()
    run = begin(ann)
    assert "started by someone else" in refusal(bob.post(f"live/{run}", params={"view": "dynamics"}, json={}))
    shipped = written(NAME, shipped=True)
    assert "came with the playground" in refusal(ann.post(f"live/{shipped.id}", params={"view": "dynamics"}, json={}))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"name": "vae-digits"}, "too large to be trained step by step"),
        ({"name": "nothing"}, "There is no recipe"),
        ({"name": NAME, "knobs": {"data": "fashion"}}, "Choose one of"),
        ({"name": NAME, "knobs": {"magic": 1}}, "has no knob"),
        ({"name": NAME, "knobs": [1]}, "reload the page"),
        ({"name": NAME, "parent": {"run": 1}}, "A parent is a run and a step"),
        ({"name": NAME, "parent": {"run": "x", "step": 10**300}}, "A parent is a run and a step"),
        ({"name": NAME, "knobs": {"self": 1}}, "has no knob"),
        ({"name": NAME, "parent": {"run": "x", "step": 1}}, "There is no run"),
        ([1], "no JSON object"),
    ],
)
def test_what_makes_no_sense_gets_a_sentence(browser, given, sentence):
    assert sentence in refusal(browser().post("live", json=given))


def test_half_a_character_gets_a_sentence(browser):
    answer = browser().post("live", content=b'{"name": "\\ud800"}')
    assert "There is no recipe" in refusal(answer)


def test_deep_json_gets_a_sentence(browser):
    assert "no JSON object" in refusal(browser().post("live", content=b"[" * 100_000))


def test_a_visitor_without_a_cookie_begins_nothing(context):
    client = TestClient(Starlette(routes=routes(context)), base_url=f"http://test{BASE}/")
    assert "sends no cookie" in refusal(client.post("live", json={"name": NAME}))


def test_a_server_that_steps_nothing_says_so(store, browser_of):
    context = Context(store, None)
    client = browser_of(context)
    assert "Nothing can be trained step by step here" in refusal(client.post("live", json={"name": NAME}))


def test_where_many_wait_the_page_asks_again(browser, begin, step, context, monkeypatch):
    client = browser()
    run = begin(client)

    def full(run):
        raise Busy("Many visitors train.")

    monkeypatch.setattr(context.live, "turn", full)
    words, tensors = step(client, run)
    assert words["busy"] == "Many visitors train." and words["again"] > 0 and not tensors


def test_many_visitors_step_at_once_and_nobody_sees_anothers(browser, begin, step):
    clients = [browser() for _ in range(4)]
    runs = [begin(client, knobs={"seed": seed}) for seed, client in enumerate(clients)]
    results = {}

    def visit(number):
        for _ in range(3):
            results[number] = step(clients[number], runs[number], times=2)

    threads = [threading.Thread(target=visit, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed, client in enumerate(clients):
        alone = begin(client, knobs={"seed": seed})
        words, shown = step(client, alone, times=6)
        assert results[seed][0]["step"] == words["step"] == 6
        assert torch.equal(results[seed][1]["fake"], shown["fake"])
