"""Whatever an address says, the server answers, or refuses in a sentence."""

from dataclasses import replace
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playground.data import packs
from playground.labs import kinds, recipes, views
from playground.ui import views as answering
from playground.ui.context import Context
from playground.ui.views import TRACE
from tests.jobs.test_knobs import values
from tests.ui.long import thorough_where_long

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL = {"vit": {"heads": 2, "depth": 1}}
SMALL["cyclegan"] = {"image_size": 16, "blocks": 1, "width": 4, "discriminator_width": 4}
"""Knobs that make the networks of a kind small."""
PARTS = [
    (lab, name, part)
    for lab, by_name in views().items()
    for name, view in by_name.items()
    for part in (*view.parts, *([TRACE] if view.trace else []))
]
REFUSED = {400, 404, 405}
TEXT = st.text(max_size=30)
PICTURES = st.sampled_from(["ex-0", "ex-23", "ex-24", "ex-0-inverted", "up-gone", "", "../x", "ex-\U0001f600"])


FEW = 60
"""As many examples are enough to see whether an address is answered."""


@pytest.fixture
def browser(store, browser_of, monkeypatch):
    """Answers from few examples, so that many addresses are answered soon."""
    every, whole = answering.test_examples, answering.Views._data
    monkeypatch.setattr(answering, "test_examples", lambda catalog, spec, n: every(catalog, spec, min(n, FEW)))
    monkeypatch.setattr(answering.Views, "_data", lambda self, request: few(whole(self, request)))
    return browser_of(Context(store, None))


def few(data):
    return replace(data, train=data.train.first(FEW), test=data.test.first(FEW))


@pytest.fixture
def runs(written, lab):
    """Runs of random weights, one a kind of network of the lab."""
    return [written(smallest(what), **SMALL.get(what, {})) for what, kind in kinds().items() if kind.lab == lab]


def smallest(what):
    """The recipe of a kind with the smallest pictures that are here."""
    here = {name: entry for name, entry in recipes().items() if entry.what == what and packs.available(entry.data)}
    return min(here, key=lambda name: getattr(here[name].spec(packs), "size", 0))


@pytest.mark.parametrize(("lab", "name", "part"), thorough_where_long(PARTS))
@given(data=st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_address_of_a_view_is_answered_or_refused(browser, runs, lab, name, part, data):
    view = views()[lab][name]
    fitting = [run.id for run in runs if view.fits(run.network_class, run.spec, run.recipe)]
    query = {"run": data.draw(st.sampled_from(fitting)), "step": data.draw(st.sampled_from(["0", "7", "10", "x", ""]))}
    chosen = view.trace if part == TRACE else view.parts[part]
    for option, control in chosen.options.controls().items():
        if data.draw(st.booleans()):
            query[option] = str(data.draw(values(control)))
    if "picture" in chosen.inputs and data.draw(st.booleans()):
        query["picture"] = data.draw(PICTURES)
    response = browser.get(f"views/{lab}/{name}/{part}", params=query)
    assert response.status_code in (200, 400), (query, response.text)
    if response.status_code == 400:
        assert response.json()["error"].rstrip(").”").strip() and "Traceback" not in response.text


@given(path=TEXT, query=st.dictionaries(TEXT, TEXT, max_size=3))
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_address_breaks_the_server(browser, path, query):
    for route in ("runs/{}", "views/vae/plane/{}", "pictures/{}.png", "runs/{}/previews/5", "examples?data={}"):
        assert browser.get(route.format(quote(path, safe="")), params=query or None).status_code in REFUSED | {200, 204}
