"""A detector and synthetic data: both learn while one looks, and what is chosen is shown."""

import re

import pytest
from playwright.sync_api import expect

LONG = 240_000
"""Milliseconds: all rounds, on cores that have other work."""


@pytest.fixture
def here(visit):
    return visit("gan", run="cgan-fashion", view="detector")


def learned(here):
    expect(here.view.locator(".detector .lane-side .caption").first).to_contain_text("It has seen 4,096", timeout=LONG)


def right(here):
    return float(here.view.locator(".detector-bars .bar.right b").inner_text().rstrip("%"))


def test_it_learns_is_tried_on_the_film_and_shows_where_it_looks(here, shows):
    learned(here)
    assert right(here) > 90
    tried = here.view.locator(".cells button")
    expect(tried.last.locator("b")).to_have_text(re.compile(r"\d"), timeout=LONG)
    assert tried.count() == 10  # the frames of the film
    expect(here.view.locator(".detector-below .caption").first).to_contain_text("at step 6,000 it recognizes")
    tried.nth(5).click()
    here.until(lambda: here.query("at") == "252")
    expect(here.view.locator(".detector-below .caption").first).to_contain_text("at step 252 it recognizes")
    said, large = here.view.locator(".blind-said"), here.view.locator(".lane-side canvas")
    expect(said).to_have_text(re.compile(r"Generated\. The detector says: (real|generated), \d+\.\d% sure\."))
    before = shows(large)
    here.main.focus()
    for _ in range(2):
        here.page.keyboard.press("ArrowDown")
    here.until(lambda: here.query("picked") == "16" and shows(large) != before)
    expect(said).to_have_text(re.compile(r"Real\. "))
    box = here.main.bounding_box()
    here.main.click(position={"x": 12, "y": box["height"] - 12})
    expect(said).to_have_text(re.compile(r"The picture on the stage\. "))
    own = shows(large)
    here.panel.locator(".picture-strip button").nth(3).click()
    here.until(lambda: shows(large) != own)


def test_it_is_tried_on_a_generator_of_another_lab(here):
    offered = here.control("other").locator("option")
    expect(offered.filter(has_text="vae-fashion").first).to_be_attached()
    assert not any("faces" in one or "cnn" in one for one in offered.all_inner_texts())
    here.control("other").select_option("vae-fashion")
    here.until(lambda: here.query("other") == "vae-fashion")
    learned(here)
    expect(here.view.locator(".detector-below .beside")).to_contain_text("on pictures by vae-fashion", timeout=LONG)
    expect(here.view.locator(".detector-below .caption").first).to_contain_text("by vae-fashion at", timeout=LONG)


@pytest.mark.thorough
def test_classifiers_learn_from_both_kinds_and_their_mistakes_are_shown(visit, shows):
    here = visit("gan", run="cgan-fashion", view="synthetic", examples="500")
    rows = here.view.locator(".synthetic-row")
    for i in range(3):
        expect(rows.nth(i)).not_to_have_class(re.compile("learns"), timeout=LONG)
        assert float(rows.nth(i).locator("b").inner_text().rstrip("%")) > 60
    here.settled()
    assert "500 pictures of a kind" in here.caption.inner_text()
    said = here.view.locator(".blind-said")
    expect(said).to_have_text(re.compile(r"\d+ real pictures? of “.*” taken for “.*”\."))
    generated = shows(here.main)
    rows.first.click()
    here.until(lambda: here.query("source") == "real" and shows(here.main) != generated)
    here.main.focus()
    here.page.keyboard.press("ArrowUp")
    here.until(lambda: here.query("truth") is not None)


def test_what_takes_no_class_has_no_synthetic_data(visit):
    here = visit("gan", run="stylegan-faces", view="blind")
    assert "synthetic" not in here.evaluate("film.track.info.views.join()")


@pytest.mark.parametrize("size", [(390, 844), (820, 1180)])
@pytest.mark.parametrize("view", ["detector", pytest.param("synthetic", marks=pytest.mark.thorough)])
def test_nothing_is_cut_off(visit, size, view):
    here = visit("gan", options={"viewport": {"width": size[0], "height": size[1]}}, run="cgan-fashion", view=view)
    assert here.page.evaluate("document.documentElement.scrollWidth") <= size[0]
    box = here.main.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= size[0] and box["width"] >= 300
