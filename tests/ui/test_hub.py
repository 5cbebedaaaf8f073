"""A run goes to the Hub and comes from it while a visitor is told how far it is."""

import json
import threading
from dataclasses import replace

import pytest

from playground.jobs.admission import HOME
from playground.runs.store import Store
from playground.ui.context import Context
from playground.ui.hub import WAITING

pytestmark = [
    pytest.mark.usefixtures("one_thread"),
    # the client sends large files in a way that its own library warns of
    pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning"),
]
REPO = "somebody/film"


@pytest.fixture
def browser(store, browser_of):
    return browser_of(Context(store, None))


@pytest.fixture
def elsewhere(tmp_path):
    """The store of another server."""
    return Store(tmp_path / "elsewhere", tmp_path / "shipped")


def lines(response):
    assert response.status_code == 200, response.text
    return [json.loads(line) for line in response.text.splitlines()]


def given(browser, run, **body):
    return browser.post(f"hub/{run.id}", json={"repo": REPO, **body})


def test_a_visitor_is_told_how_far_it_is_and_where_it_lies(browser, hub, written, elsewhere, browser_of):
    run = written()
    *parts, last = lines(given(browser, run, token=hub.token))
    assert [line["part"] for line in parts] == sorted(line["part"] for line in parts) and parts[-1]["part"] == 1
    assert last["url"].startswith(f"{hub.url}/{REPO}/commit/") and hub.repositories[REPO].private
    other = browser_of(Context(elsewhere, None))
    *parts, last = lines(other.post("hub", json={"repo": REPO, "token": hub.token}))
    assert len(parts) > 3 and last["lab"] == "vae"
    assert elsewhere.get(last["run"]).snapshots == run.snapshots
    mine = other.get("runs").json()
    assert last["run"] in json.dumps(mine)


def test_what_goes_wrong_on_the_way_is_the_last_line(browser, hub, written):
    (last,) = lines(given(browser, written(), token="hf_wrong"))
    assert "a token is missing or has no right to it" in last["error"]
    (last,) = lines(browser.post("hub", json={"repo": "somebody/nothing"}))
    assert "The Hub does not serve" in last["error"]
    (last,) = lines(browser.post("hub", json={"repo": "nothing"}))
    assert "no name of a repository" in last["error"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "To push takes a token"),
        ({"token": 3}, "are texts"),
        ({"token": "x" * 300}, "are texts"),
        ({"repo": ["a"], "token": "x"}, "are texts"),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(browser, hub, written, body, said):
    response = given(browser, written(), **body)
    assert response.status_code == 400 and said in response.json()["error"]
    assert hub.repositories == {}


def test_the_servers_own_token_is_not_a_visitors(browser, hub, written, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", hub.token)
    lines(given(browser, written(), token=hub.token))  # private
    (last,) = lines(browser.post("hub", json={"repo": REPO}))
    assert "status 401" in last["error"]


def test_nobody_gives_away_what_others_do_not_show(store, hub, written, browser_of):
    run = written(owner="visitor-7")
    info = run.info.model_copy(update={"private": ("own-abc",)})
    (run.path / "run.json").write_text(info.model_dump_json())
    response = given(browser_of(Context(store, None)), run, token=hub.token)
    assert response.status_code == 400 and "There is no run" in response.json()["error"]
    assert hub.repositories == {}


@pytest.mark.parametrize(
    ("limits", "said"), [({"parameters": 100}, "parameters"), ({"bytes": 20_000}, "MB"), ({"total_runs": 0}, "runs")]
)
def test_what_is_fetched_keeps_to_the_limits(browser, hub, written, elsewhere, browser_of, limits, said):
    lines(given(browser, written(), token=hub.token, private=False))
    other = browser_of(Context(elsewhere, None, limits=replace(HOME, **limits)))
    response = other.post("hub", json={"repo": REPO})
    error = response.json()["error"] if response.status_code == 400 else lines(response)[-1]["error"]
    assert "limit here" in error or "at most" in error
    assert said in error and elsewhere.list() == []


def test_others_wait_no_longer_than_they_can(browser, hub, written, monkeypatch):
    going = threading.Event()
    monkeypatch.setattr("playground.ui.hub.push", lambda *_, **__: going.wait(20) and "there")
    run, done = written(), []

    def ask():
        done.append(given(browser, run, token=hub.token).status_code)

    threads = [threading.Thread(target=ask) for _ in range(WAITING + 3)]
    for thread in threads:
        thread.start()
    while len(done) < 3:
        pass
    assert done == [503] * 3
    going.set()
    for thread in threads:
        thread.join()
    assert sorted(done) == [200] * WAITING + [503] * 3
    assert lines(given(browser, run, token=hub.token))[-1] == {"url": "there"}  # their places are free again
