"""Painting the mask as a visitor does it: by pointer and keyboard, at random, from a link, and in two lanes."""

import pytest
from playwright.sync_api import expect

from playground.labs import recipe
from training.record import record

VIEW = {"run": "mae-fashion", "view": "mask"}
ALL, NONE, FIRST = "7-ffffffffffff8", "7-0000000000000", "7-8000000000000"


@pytest.fixture
def here(visit):
    return visit("selfsupervised", **VIEW, mask=NONE)


def place(here, column, row):
    """The middle of a patch of 7 x 7 on the main canvas, in pixels of the page."""
    box = here.main.bounding_box()
    return box["x"] + (column + 0.5) * box["width"] / 7, box["y"] + (row + 0.5) * box["height"] / 7


def test_a_stroke_of_the_pointer_masks_and_another_one_shows(here, shows):
    guess = here.view.locator(".mask canvas").nth(1)
    expect(here.view.locator(".mask-words")).to_contain_text("Nothing is masked")
    whole = shows(guess)
    mouse = here.page.mouse
    mouse.move(*place(here, 0, 3))
    mouse.down()
    mouse.move(*place(here, 6, 3))  # at once: what lies between is masked, too
    mouse.up()
    here.until(lambda: here.query("mask") == "7-000007f000000")
    caption = here.view.locator("figcaption").first
    expect(caption).to_have_text("7 of 49 patches masked")
    expect(here.view.locator(".mask-words")).to_contain_text("Mean squared error on masked patches: 0.")
    here.until(lambda: shows(guess) != whole)
    mouse.move(*place(here, 6, 3))
    mouse.down()
    mouse.move(*place(here, 4, 3))
    mouse.up()
    here.until(lambda: here.query("mask") == "7-0000078000000")
    expect(caption).to_have_text("4 of 49 patches masked")


def test_the_keyboard_masks_what_it_stands_on(here):
    here.main.focus()
    keyboard = here.page.keyboard
    keyboard.press("ArrowLeft")  # the edge holds
    keyboard.press(" ")
    here.until(lambda: here.query("mask") == FIRST)
    for key in ("ArrowDown", "ArrowRight", " "):
        keyboard.press(key)
    here.until(lambda: here.query("mask") == "7-8080000000000")
    keyboard.press(" ")
    here.until(lambda: here.query("mask") == FIRST)
    keyboard.press("ArrowUp")
    expect(here.view.locator("figcaption").first).to_have_text("Row 1, column 2: visible")


def test_all_none_and_at_random(here):
    caption = here.view.locator("figcaption").first
    here.panel.get_by_role("button", name="Mask all").click()
    expect(caption).to_have_text("49 of 49 patches masked")
    expect(here.view.locator(".mask-words")).to_contain_text("All are masked")
    assert here.at_rest(lambda: here.query("mask")) == ALL
    here.panel.get_by_role("button", name="At random").click()
    expect(caption).to_have_text("37 of 49 patches masked")
    here.until(lambda: here.query("mask") is None)
    here.panel.get_by_role("button", name="Mask none").click()
    expect(caption).to_have_text("0 of 49 patches masked")
    here.control("ratio").fill("0.5")
    expect(caption).to_have_text("25 of 49 patches masked")
    here.until(lambda: here.query("mask") is None and here.query("ratio") == "0.5")


def test_the_mask_comes_back_with_the_link(here, shows):
    mouse = here.page.mouse
    mouse.click(*place(here, 2, 2))
    here.until(lambda: here.query("mask") == "7-0000800000000")
    here.settled()
    painted = [shows(canvas) for canvas in here.view.locator(".mask canvas").all()]
    here.page.mouse.move(0, 0)
    here.page.reload()
    here.until(lambda: [shows(canvas) for canvas in here.view.locator(".mask canvas").all()] == painted)


def test_visible_patches_are_shown_as_they_are_unless_asked_otherwise(here, shows):
    guess, error = here.view.locator(".mask canvas").nth(1), here.view.locator(".mask canvas").nth(2)
    as_it_is = shows(guess), shows(error)
    here.control("everywhere").check()
    here.until(lambda: shows(guess) != as_it_is[0] and shows(error) != as_it_is[1])
    here.control("everywhere").uncheck()
    here.until(lambda: (shows(guess), shows(error)) == as_it_is)


def test_the_training_shows_on_the_stage_and_under_the_curve(visit, shows):
    here = visit("selfsupervised", **VIEW, mask="7-00ff00ff00ff0")
    words = here.view.locator(".mask-words")

    def error():
        return float(words.inner_text().partition("patches: ")[2].partition(". ")[0])

    last, guess = error(), shows(here.view.locator(".mask canvas").nth(1))
    here.scrub(0)
    here.until(lambda: here.snapshot == 0 and error() > 2 * last)
    assert shows(here.view.locator(".mask canvas").nth(1)) != guess
    expect(here.film).to_contain_text("Masked MSE")


def test_less_is_recognized_where_less_is_seen(here):
    bars = here.view.locator(".mask-probe .bar b")
    here.until(lambda: bars.count() == 5)
    shares = [float(text.removesuffix("%")) for text in bars.all_inner_texts()]
    assert shares[0] > shares[-1] + 10


@pytest.mark.thorough
def test_two_lanes_share_one_mask(visit, server):
    """Also where their pictures have other patches: 7 x 7 here, 14 x 14 there."""
    chosen = recipe("mae-fashion").changed(patch_size=2, seconds=None, steps=2, width=8, depth=1, decoder_width=8)
    other = server.store.create("mae-fashion", chosen, data_hash=server.store.data.card("fashion").hash)
    for _ in record(other, store=server.store):
        pass
    here = visit("selfsupervised", **VIEW, compare=other.id, mask=NONE)
    captions = here.view.locator(".mask figure:first-child figcaption")
    expect(captions.nth(1)).to_have_text("0 of 196 patches masked")
    here.page.mouse.click(*place(here, 3, 3))
    expect(captions.nth(0)).to_have_text("1 of 49 patches masked")
    expect(captions.nth(1)).to_have_text("4 of 196 patches masked")


def test_a_finger_paints_on_a_phone(visit):
    options = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    here = visit("selfsupervised", **VIEW, mask=NONE, options=options)
    here.page.touchscreen.tap(*place(here, 0, 0))
    here.until(lambda: here.query("mask") == FIRST)


def test_a_mask_that_is_none_is_told_in_a_sentence(visit, watch):
    here = visit("selfsupervised", **VIEW, mask="7-zz", wait=False)
    expect(here.problem).to_contain_text("A mask is written like 2-9")
    here.panel.get_by_role("button", name="At random").click()
    expect(here.view.locator("figcaption").first).to_have_text("37 of 49 patches masked")
    expect(here.problem).to_have_count(0)
    watch.forget_refusals()  # at the end: the answer for the line under the axis may come after the picture's
