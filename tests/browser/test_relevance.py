"""Why this answer: a visitor chooses a map and a class, and walks along the curves that test the maps."""

import re

import pytest
from playwright.sync_api import expect

SECONDS = 60
"""Curves take hundreds of pictures through the network, on a machine with other work."""
TOUCH = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


@pytest.fixture
def here(visit):
    return ready(visit("vision", run="vit-fashion", view="relevance"))


def ready(here):
    """Waits until the curves are there, too."""
    expect(here.view.locator(".relevance-area").first).to_contain_text("AUC", timeout=1000 * SECONDS)
    expect(here.view.locator(".relevance-believe.stale")).to_have_count(0, timeout=1000 * SECONDS)
    return here


def chosen(here):
    return here.view.locator(".relevance-method[aria-pressed=true] b").all_inner_texts()


def test_all_maps_stand_beside_the_picture_and_one_is_laid_over_it(here, shows):
    maps = here.view.locator(".relevance-method canvas")
    expect(maps).to_have_count(5)
    assert len({shows(one) for one in maps.all()}) == 5
    assert chosen(here) == ["Relevance"] and "Attention times its gradient for" in here.caption.inner_text()
    before = shows(here.main)
    here.view.get_by_role("button", name="Integrated gradients").click()
    here.until(lambda: here.query("map") == "integrated" and shows(here.main) != before)
    assert chosen(here) == ["Integrated gradients"]
    added = re.search(r"from (\S+) for gray to (\S+) ", here.caption.inner_text())
    assert added and added[1] != added[2]
    expect(here.view.locator(".scale b").first).to_have_text(re.compile(r"^−\S+ against$"))


def test_another_class_is_explained_and_back_again(here, shows):
    classes = here.view.locator(".relevance-classes button")
    before, curves = shows(here.main), shows(here.view.locator(".relevance-curves"))
    expect(classes.first).to_have_attribute("aria-pressed", "true")
    name = classes.nth(1).locator("span").inner_text()
    classes.nth(1).click()
    here.until(lambda: here.query("target") is not None and shows(here.main) != before)
    expect(here.caption).to_contain_text(f"for {name}")
    expect(classes.nth(1)).to_have_attribute("aria-pressed", "true")
    ready(here)
    here.until(lambda: shows(here.view.locator(".relevance-curves")) != curves)
    classes.nth(1).press("Enter")
    here.until(lambda: here.query("target") is None and shows(here.main) == before)
    expect(classes.first).to_have_attribute("aria-pressed", "true")


def test_it_is_said_which_maps_beat_random_and_a_curve_can_be_walked_along(here, shows):
    said = here.view.locator(".relevance-said")
    areas = here.view.locator(".relevance-area").all_inner_texts()
    better = sum("better than random" in one and "no better" not in one for one in areas)
    assert len(areas) == 5 and all(re.match(r"AUC 0\.\d{3}\s", one) for one in areas)
    expect(said).to_contain_text("better than each of 20 random orders")
    assert (better > 0) == ("no map" not in said.inner_text())
    mapped, curve = shows(here.main), here.view.locator(".relevance-curves")
    box = curve.bounding_box()
    here.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(said).to_have_text(re.compile(r"^\d\d\.\d% grayed out in the order of relevance: .+ has \d+\.\d%\.$"))
    assert shows(here.main) != mapped
    here.page.mouse.move(5, 5)
    here.until(lambda: shows(here.main) == mapped)
    curve.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        here.page.keyboard.press(key)
    expect(said).to_contain_text("4.1% grayed out")
    here.page.keyboard.press("Escape")
    here.until(lambda: shows(here.main) == mapped)


def test_insertion_asks_the_other_way_round(here, shows):
    curve = here.view.locator(".relevance-curves")
    before = shows(curve)
    here.control("faithfulness").select_option("insertion")
    here.until(lambda: here.query("faithfulness") == "insertion")
    ready(here)
    here.until(lambda: shows(curve) != before)
    curve.focus()
    here.page.keyboard.press("ArrowRight")
    expect(here.view.locator(".relevance-said")).to_contain_text("put on gray in the order of relevance")


def test_a_network_without_attention_has_three_maps_on_one_scale_with_another_run(visit):
    here = ready(visit("vision", run="vit-fashion", compare="cnn-fashion", view="relevance", map="occlusion"))
    lanes = here.view.locator(".lane.relevance")
    expect(lanes).to_have_count(2)
    expect(lanes.nth(1).locator(".relevance-method")).to_have_count(3)
    expect(lanes.nth(1).locator(".scale b").last).to_have_text(lanes.first.locator(".scale b").last.inner_text())
    here.view.get_by_role("button", name="Attention rollout").click()
    here.until(lambda: here.query("map") == "rollout")
    assert chosen(here) == ["Attention rollout", "Occlusion"]


def test_before_the_first_step_no_map_beats_random(here):
    here.scrub(0)
    here.until(lambda: here.snapshot == 0)
    ready(here)
    expect(here.view.locator(".relevance-said")).to_contain_text("no map is better than each of 20 random orders")


def test_nothing_is_wider_than_a_phone_and_a_tap_chooses(visit):
    here = ready(visit("vision", run="cnn-emoji", view="relevance", options=TOUCH))
    assert here.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    here.view.locator(".relevance-method").first.tap()
    here.until(lambda: here.query("map") == "gradient")


def test_curves_of_the_class_before_are_told_as_such(here):
    curves, held = here.view.locator(".relevance-curves"), []
    name = here.view.locator(".relevance-classes button[aria-pressed=true]").get_attribute("title")
    name = name.removeprefix("Explain ")
    here.page.route("**/views/vision/relevance/faithfulness*", lambda route: held.append(route))
    classes = here.view.locator(".relevance-classes button")
    for i in (1, 2):
        explained = classes.nth(i).get_attribute("title").removeprefix("Explain ")
        classes.nth(i).click()
        expect(here.caption).to_contain_text(f"for {explained}")
        here.until(lambda: len(held) == 1)
    expect(curves).to_have_attribute("aria-label", re.compile(f"^Probability of {re.escape(name)} "))
    held.pop().continue_()
    here.until(lambda: len(held) == 1)  # those of the last class are asked for once the others are there
    here.page.wait_for_timeout(300)
    expect(here.view.locator(".relevance-believe.stale")).to_have_count(1)
    assert explained not in curves.get_attribute("aria-label")
    held.pop().continue_()
    ready(here)
    assert explained in curves.get_attribute("aria-label")
