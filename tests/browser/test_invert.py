"""A picture that a visitor brings is searched for in latent space, while one looks."""

import re

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


@pytest.mark.parametrize("size", [(390, 844), (820, 1180)])
def test_nothing_is_cut_off(visit, size):
    here = visit("gan", options={"viewport": {"width": size[0], "height": size[1]}}, **RUN)
    expect(here.view.locator(".cells button b").first).not_to_be_empty()
    assert here.page.evaluate("document.documentElement.scrollWidth") <= size[0]
    box = here.main.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= size[0] and box["width"] >= 100
