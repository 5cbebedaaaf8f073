"""The GAN tab as a visitor meets it: a square between four seeds."""

import re

import pytest
from playwright.sync_api import expect

from .tiers import first_for_all
from .visitor import colors


@pytest.fixture
def here(visit):
    return visit("gan", run="cgan-fashion")


def at(visit, x, y):
    """A point of the square, from 0 to 1 in both directions, on the page."""
    visit.main.scroll_into_view_if_needed()
    box = visit.main.bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def place(visit):
    match = re.search(r"At \((\S+), (\S+)\)", visit.view.locator(".lane-side .caption").first.inner_text())
    return match and tuple(map(float, match.groups()))


def test_it_opens_on_a_drawn_square(here):
    assert "8 × 8 generated pictures, all of the class T-shirt" in here.caption.inner_text()
    assert here.snapshot == here.steps[1]
    here.until(lambda: place(here) == (0.5, 0.5))
    expect(here.view.locator(".nearest figure")).not_to_have_count(0)
    assert re.search(r"nearest of 12,000 training pictures of fashion", here.view.inner_text())
    expect(here.control("label").locator("option")).to_have_count(10)


def test_dragging_changes_the_picture_and_the_address_brings_it_back(here, shows):
    large = here.view.get_by_label("The picture at the point")
    here.until(lambda: colors(large) > 4)
    before = shows(large)
    here.page.mouse.move(*at(here, 0.5, 0.5))
    here.page.mouse.down()
    here.page.mouse.move(*at(here, 0.1, 0.8), steps=8)
    here.page.mouse.up()
    here.until(lambda: place(here) == pytest.approx((0.1, 0.8), abs=0.02) and shows(large) != before)
    here.control("label").select_option("Trouser")
    here.until(lambda: "all of the class Trouser" in here.caption.inner_text())
    here.until(lambda: here.query("x") is not None and here.query("label") == "1")
    expect(here.view.locator(".lane-side .caption").first).to_contain_text("of the class Trouser")  # so is the picture
    there, picture = place(here), shows(large)
    here.page.reload()
    here.caption.wait_for()
    here.until(lambda: shows(large) == picture)
    assert place(here) == pytest.approx(there, abs=0.006) and "Trouser" in here.caption.inner_text()


def test_the_neighbors_of_another_run_are_not_shown(visit):
    here = visit("gan", run="cgan-fashion")
    neighbors = here.view.locator(".nearest figure")
    expect(neighbors).not_to_have_count(0)
    late = []
    here.page.route("**/views/gan/seeds/nearest**", lambda route: late.append(route))
    here.film.locator(".film-run").select_option("stylegan-faces")
    expect(here.caption).to_contain_text("stylegan-faces")
    expect(neighbors).to_have_count(0)
    assert "fashion" not in here.view.locator(".lane-side").inner_text()
    here.until(lambda: len(late) == 1)
    late[0].continue_()
    expect(neighbors).not_to_have_count(0)
    assert "training pictures of faces" in here.view.locator(".lane-side").inner_text()


def test_scrubbing_shows_what_it_drew_at_first(here, shows):
    last = shows(here.main)
    here.scrub(0)
    here.until(lambda: here.snapshot == 0 and shows(here.main) != last)


@pytest.mark.parametrize(
    ("query", "sentence"),
    first_for_all(
        [
            ({"x": 7, "label": 99}, "The link's “x” must be a number from 0 to 1."),
            ({"y": "y", "label": 1}, "The link's “y” must be a number from 0 to 1."),
            ({"label": -1}, "The link's “label” must be the number of a class."),
            ({"seeds": 0.5}, "The link's “seeds” must be a whole number from 0 to 2147483647."),
        ]
    ),
)
def test_an_address_that_makes_no_sense_is_told_and_still_draws(visit, query, sentence):
    here = visit("gan", run="cgan-fashion", view="seeds", **query)
    here.until(lambda: place(here) is not None)
    expect(here.problem).to_have_text(sentence)
    assert all(0 <= value <= 1 for value in place(here))
    assert "undefined" not in here.view.inner_text() and "NaN" not in here.view.inner_text()


def test_nothing_sticks_out_on_a_phone(visit):
    here = visit("gan", run="cgan-fashion", options={"viewport": {"width": 390, "height": 844}})
    assert here.page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_network_that_is_asked_for_attributes_has_a_menu_for_each(visit):
    here = visit("gan", run="cgan-fashion", view="seeds")
    menus = here.panel.locator("[data-option=attributes] select")
    expect(menus).to_have_count(0)
    here.train("cgan-faces", Seconds=3)
    here.until(lambda: here.run.startswith("cgan-faces") and here.steps[1] > 0, seconds=60)
    here.turn("Inspect")
    expect(menus).to_have_count(9)
    expect(here.panel.locator("[data-option=label]")).to_be_hidden()
    menus.nth(3).select_option(label="glasses")
    here.until(lambda: here.query("attributes") == "0-0-0-3-0-0-0-0-0")
    expect(here.caption).to_contain_text("eyes glasses, mouth smile")
    here.film.locator(".film-run").select_option("cgan-fashion")
    expect(menus).to_have_count(0)
    expect(here.panel.locator("[data-option=label]")).to_be_visible()
