"""A picture that a visitor brings is searched for in latent space, while one looks."""

import re
from collections import defaultdict
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

RUN = {"run": "stylegan-faces", "view": "invert"}


@pytest.fixture
def here(visit):
    return visit("gan", **RUN)


def off(here):
    """How far each picture of the search is off, in percent, as far as it has come."""
    told = here.view.locator(".cells button b").all_inner_texts()
    return [float(one.strip("%")) for one in told if one]


def test_the_search_goes_on_to_its_end_and_comes_nearer(here, shows):
    said = here.view.locator(".blind-said")
    expect(said).to_have_text(re.compile(r"After 300 steps its picture is \d+\.\d% off\."), timeout=60_000)
    here.settled()
    values = off(here)
    assert len(values) == 11 and values[-1] < 0.6 * values[0], values
    assert "snapshot of step" in here.caption.inner_text()
    last = shows(here.main)
    here.view.locator(".cells button").first.click()
    expect(said).to_contain_text("The search begins with")
    here.until(lambda: shows(here.main) != last)
    here.view.locator(".cells button").last.click()
    here.until(lambda: shows(here.main) == last)


def test_another_picture_and_another_space_begin_anew(here, shows):
    cells = here.view.locator(".cells button b")
    expect(cells.first).not_to_be_empty()
    first = shows(here.main)
    here.control("space").select_option("w")
    here.until(lambda: here.query("space") == "w")
    expect(here.caption).to_contain_text("one code for all layers")
    here.control("space").select_option("w+")
    here.panel.locator(".picture-strip button").nth(3).click()
    here.until(lambda: here.query("picture") not in (None, "ex-0"))
    here.until(lambda: len(off(here)) and shows(here.main) != first)


def test_while_the_film_plays_each_frame_shows_how_a_search_begins(visit):
    here = visit("gan", **RUN)
    expect(here.view.locator(".cells button b").last).not_to_be_empty(timeout=60_000)
    here.scrub(3)
    rounds = defaultdict(set)

    def asked(request):
        if "/inverted?" in request.url:
            query = parse_qs(urlsplit(request.url).query)
            rounds[int(query["step"][0])].add(int(query["round"][0]))

    here.page.on("request", asked)
    here.film.get_by_role("button", name="Play the film").click()
    here.until(lambda: rounds[20000] == set(range(11)), seconds=60)
    passed = [rounds[step] for step in rounds if 112 < step < 20000]
    assert passed and all(seen == {0} for seen in passed), rounds


@pytest.mark.parametrize("size", [(390, 844), (820, 1180)])
def test_nothing_is_cut_off(visit, size):
    here = visit("gan", options={"viewport": {"width": size[0], "height": size[1]}}, **RUN)
    expect(here.view.locator(".cells button b").first).not_to_be_empty()
    assert here.page.evaluate("document.documentElement.scrollWidth") <= size[0]
    box = here.main.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= size[0] and box["width"] >= 100
