"""The GAN tab as a visitor meets it: a square between four seeds, and two networks that play in the plane."""

import re

import pytest
from playwright.sync_api import expect

from .visitor import colors


@pytest.fixture
def here(visit):
    return visit("gan", run="gan-fashion")


def at(visit, x, y):
    """A point of the square, from 0 to 1 in both directions, on the page."""
    visit.main.scroll_into_view_if_needed()
    box = visit.main.bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def place(visit):
    found = re.search(r"At \((\S+), (\S+)\)", visit.view.locator(".plane-side .caption").first.inner_text())
    return found and tuple(map(float, found.groups()))


def turns(visit):
    """How many turns the game in the plane has seen."""
    found = re.search(r"turn ([\d,]+)", visit.page.locator(".ganplane .toy-caption").inner_text())
    return int(found[1].replace(",", "")) if found else -1


def test_it_opens_on_a_drawn_square(here):
    assert "8 × 8 generated pictures, all of the class T-shirt" in here.caption.inner_text()
    assert here.snapshot == here.steps[1]
    here.until(lambda: place(here) == (0.5, 0.5))
    expect(here.view.locator(".nearest figure")).not_to_have_count(0)
    assert re.search(r"nearest of 12,000 training pictures of fashion", here.view.inner_text())
    expect(here.view.locator("[data-knob=label] option")).to_have_count(10)


def test_dragging_changes_the_picture_and_the_address_brings_it_back(here, shows):
    large = here.view.locator(".seeds-large")
    here.until(lambda: colors(large) > 4)
    before = shows(large)
    here.page.mouse.move(*at(here, 0.5, 0.5))
    here.page.mouse.down()
    here.page.mouse.move(*at(here, 0.1, 0.8), steps=8)
    here.page.mouse.up()
    here.until(lambda: place(here) == pytest.approx((0.1, 0.8), abs=0.02) and shows(large) != before)
    here.view.locator("[data-knob=label]").select_option("Trouser")
    here.until(lambda: "all of the class Trouser" in here.caption.inner_text())
    here.until(lambda: here.query("view") is not None and here.query("label") == "1")
    expect(here.view.locator(".plane-side .caption").first).to_contain_text("of the class Trouser")  # so is the picture
    there, picture = place(here), shows(large)
    here.page.reload()
    here.caption.wait_for()
    here.until(lambda: shows(large) == picture)
    assert place(here) == pytest.approx(there, abs=0.006) and "Trouser" in here.caption.inner_text()


def test_the_neighbors_of_another_run_are_not_shown(visit):
    here = visit("gan", run="gan-fashion")
    neighbors = here.view.locator(".nearest figure")
    expect(neighbors).not_to_have_count(0)
    late = []
    here.page.route("**/views/gan/nearest**", lambda route: late.append(route))
    here.film.locator(".film-run").select_option("gan-faces")
    expect(here.caption).to_contain_text("gan-faces")
    expect(neighbors).to_have_count(0)
    assert "fashion" not in here.view.locator(".plane-side").inner_text()
    here.until(lambda: len(late) == 1)
    late[0].continue_()
    expect(neighbors).not_to_have_count(0)
    assert "training pictures of faces" in here.view.locator(".plane-side").inner_text()


def test_scrubbing_shows_what_it_drew_at_first(here, shows):
    last = shows(here.main)
    here.scrub(0)
    here.until(lambda: here.snapshot == 0 and shows(here.main) != last)


def test_an_address_of_old_names_its_class(visit):
    here = visit("gan", run="gan-fashion", **{"class": 8})
    assert "all of the class Bag" in here.caption.inner_text()


@pytest.mark.parametrize(("view", "label"), [("7,-3", "99"), ("x", "-1")])
def test_an_address_that_makes_no_sense_still_draws(visit, view, label):
    here = visit("gan", run="gan-fashion", view=view, label=label)
    here.until(lambda: place(here) is not None)
    assert all(0 <= value <= 1 for value in place(here))
    assert "undefined" not in here.view.inner_text() and "NaN" not in here.view.inner_text()


def test_two_networks_play_in_the_plane(here, shows):
    plane = here.page.locator(".ganplane")
    canvas = plane.locator(".ganplane-canvas")
    plane.scroll_into_view_if_needed()
    here.until(lambda: turns(here) > 20)
    plane.get_by_role("button", name="Pause").click()
    here.page.wait_for_timeout(500)
    paused = turns(here)
    plane.get_by_role("button", name="Step both").click()
    here.until(lambda: turns(here) == paused + 1)
    before = shows(canvas)
    plane.get_by_role("button", name="Step D").click()
    here.until(lambda: shows(canvas) != before)
    plane.get_by_role("button", name="Reset").click()
    here.until(lambda: turns(here) < paused)
    plane.locator(".ganplane-preset").select_option("collapse")
    expect(plane.locator(".toy-why")).to_contain_text("20 steps")
    assert "NaN" not in plane.inner_text()


@pytest.mark.parametrize("choose", ["game", "density"])
def test_what_is_chosen_plays_even_after_it_rested(here, choose):
    plane = here.page.locator(".ganplane")
    plane.scroll_into_view_if_needed()
    here.until(lambda: turns(here) > 20)
    plane.get_by_role("button", name="Pause").click()
    if choose == "game":
        plane.locator(".ganplane-preset").select_option("wasserstein")
    else:
        plane.get_by_role("option", name="moons").click()
    expect(plane.locator(".toy-play")).to_have_attribute("aria-label", "Pause")
    here.until(lambda: turns(here) > 20)
    assert here.query("plane") == ("gaussians.wasserstein" if choose == "game" else "moons.cure")


def test_a_drawn_density_is_learnt(here):
    plane = here.page.locator(".ganplane")
    plane.scroll_into_view_if_needed()
    here.until(lambda: turns(here) > 0)
    plane.get_by_role("option", name="draw").click()
    pad = plane.locator(".density-pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    here.page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.2 * box["height"])
    here.page.mouse.down()
    here.page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.7 * box["height"], steps=6)
    here.page.mouse.up()
    expect(plane.locator(".toy-caption")).to_contain_text("512 real points covered")


def test_nothing_sticks_out_on_a_phone(visit):
    here = visit("gan", run="gan-fashion", options={"viewport": {"width": 390, "height": 844}})
    assert here.page.evaluate("document.documentElement.scrollWidth") == 390
