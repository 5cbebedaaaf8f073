"""Nonsense in any key of the address, in every lab: a sensible state, a sentence for what is wrong, and no error."""

import re
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playground.labs import lessons, recipes, views
from playground.page import tabs
from playground.runs.store import Store

from .tiers import standing_for_all
from .visitor import Visit

LEAKED = re.compile(r"undefined|NaN|\[object|Infinity|Traceback|TypeError")
QUOTED = re.compile("“[^”]*”")
NONSENSE = ["NaN", "-1", "1e999", "0x10", "null", "true", "../..", "%", "<b>x</b>", "é"]
TEXT = st.text(max_size=12) | st.sampled_from(NONSENSE)
REFUSALS = ("status of 400", "status of 404")


def addresses(lab, store):
    """Addresses of a lab: each key that there is holds nonsense, or what another lab or run would have there."""
    runs = [run.id for run in store.list()]
    known = {
        "run": runs,
        "compare": runs,
        "view": [name for of_lab in views().values() for name in of_lab],
        "lesson": [f"{name}.{number}" for name in lessons() for number in (0, 1, 9)],
        "recipe": list(recipes()),
        "align": ["step", "time", "end"],
        "curve": ["loss", "accuracy"],
        "step": ["0", "22", "1e3"],
        "picture": ["ex-0", "ex-99", "up-x", "ex-0-inverted"],
        "knobs": ["beta:2", "beta:-1", "steps:x;;", ":"],
    }
    options = {option["name"] for view in views()[lab].values() for option in view.options.declared()}
    keys = {key: TEXT | st.sampled_from(values) for key, values in known.items()}
    keys |= dict.fromkeys(options - {"network"}, TEXT)  # a network of the Hub is not to be had here
    return st.fixed_dictionaries({"lab": st.just(lab)}, optional=keys)


@pytest.mark.parametrize("lab", standing_for_all(tabs(), "vae"))
def test_any_address_leads_to_something_to_see_or_a_sentence(open_page, server, watch, lab):
    page = open_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    here = Visit(page, server.url, lab)

    @given(query=addresses(lab, Store(server.runs)))
    @settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def opened(query):
        page.goto(f"{server.url}?{urlencode(query)}")
        shown = page.locator(".lab:visible")
        shown.locator(".caption, .problem:visible, .stage-problem:visible").first.wait_for()
        here.at_rest(lambda: shown.inner_text(), seconds=0.5)
        assert not LEAKED.search(QUOTED.sub("", shown.inner_text())), query
        for problem in shown.locator("[role=alert]:visible, .problem:visible").all():
            assert re.search(r"[.!?)”]\s*$", problem.inner_text()), query
        watch.errors[:] = [error for error in watch.errors if not any(refusal in error for refusal in REFUSALS)]
        assert watch.errors == [], query

    opened()
