"""New signs as a visitor has them: what is recognized from one drawing, step by step, and signs of one's own."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def here(visit):
    return visit("frontiers", run="maml-omniglot", view="signs")


def recognized(here):
    """How many drawings are recognized, of how many, after how many inner steps, of how many."""
    text = here.caption.inner_text()
    found = re.search(r"(\d+) of (\d+) .* are recognized after (\d+) of (\d+) inner steps", text)
    return [int(part) for part in found.groups()]


def probabilities(here):
    return [float(text.rstrip("%")) for text in here.view.locator(".signs-bars b").all_inner_texts()]


def test_learning_is_watched_step_by_step(here):
    right, asked, taken, steps = recognized(here)
    assert taken == steps and right > 0.6 * asked
    slider = here.control("taken")
    slider.fill("0")
    here.until(lambda: recognized(here)[2] == 0)
    assert recognized(here)[0] < 0.5 * asked
    slider.fill("1")
    here.until(lambda: recognized(here)[2] == 1 and here.query("taken") == "1")


def test_before_training_little_is_recognized(here):
    trained = recognized(here)[0]
    here.scrub(0)
    expect(here.caption).to_contain_text("snapshot of step 0")
    assert recognized(here)[0] < trained


def test_a_drawing_is_told_of_under_the_pointer(here):
    about = here.view.locator(".signs-about")
    expect(about).to_contain_text("The picture on the stage")
    box = here.main.bounding_box()
    here.page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    expect(about).to_contain_text("Drawing 2 of")
    expect(about).to_contain_text("of sign 3 is taken for")
    here.page.mouse.move(box["x"] + box["width"] + 80, 10)
    expect(about).to_contain_text("The picture on the stage")


def test_the_picture_on_the_stage_becomes_a_sign_and_is_then_recognized(here, shows):
    signs = here.view.locator(".sign")
    expect(signs).to_have_count(5)
    here.panel.locator("[data-name=ex-1]").click()  # the second sign's first drawing, which is what it is learned from
    here.until(lambda: max(probabilities(here)) == probabilities(here)[1])
    before = shows(here.main)
    signs.nth(4).click()
    expect(signs.nth(4)).to_have_attribute("aria-pressed", "true")
    here.until(lambda: here.query("sign_5") == "ex-1" and shows(here.main) != before)
    shares = here.at_rest(lambda: probabilities(here))
    assert abs(shares[1] - shares[4]) < 25  # two signs are learned from one drawing: it may be either
    signs.nth(4).click()
    here.until(lambda: here.query("sign_5") is None and shows(here.main) == before)


def test_other_signs_are_a_click_away(here, shows):
    before = shows(here.main)
    here.control("episode").fill("3")
    here.control("episode").press("Enter")
    here.until(lambda: here.query("episode") == "3" and shows(here.main) != before)


def test_one_step_of_learning_is_no_slider(visit):
    here = visit("frontiers", run="protonet-omniglot", view="signs")
    expect(here.control("taken")).to_be_hidden()
    expect(here.view.locator(".signs-steps")).to_be_hidden()


@pytest.mark.parametrize("size", [(390, 844), (820, 1180)])
def test_it_fits_narrow_screens(visit, size):
    options = {"viewport": {"width": size[0], "height": size[1]}}
    here = visit("frontiers", run="maml-omniglot", view="signs", options=options)
    expect(here.view.locator(".sign")).to_have_count(5)
    assert here.page.evaluate("document.documentElement.scrollWidth") <= size[0]
    first, board = here.view.locator(".sign").first.bounding_box(), here.main.bounding_box()
    assert abs(first["y"] - board["y"]) < 2 and abs(5 * (first["height"] + 6) - board["height"]) < 12
    assert size[0] > 400 or first["height"] >= 44
