"""What a network writes and reads, as a visitor has it: steps are pointed at, bits turned, lengths chosen."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def here(visit):
    return visit("frontiers", run="ntm-copy", view="memory")


def wrong(here, lane=0):
    """Bits that are wrong, and all of them."""
    text = here.view.locator(".memory > .lane-main .caption").nth(lane).inner_text()
    return tuple(int(part) for part in re.match(r"(\d+) of (\d+) bits wrong", text).groups())


def said(here):
    return here.view.locator(".memory-said").first.inner_text()


def point(here, step, steps):
    """Moves to the middle of a step, a little below the upper edge: where bits are shown."""
    box = here.main.bounding_box()
    here.page.mouse.move(box["x"] + (step + 0.5) / steps * box["width"], box["y"] + 24)


def test_it_copies_at_the_end_and_not_at_the_beginning(here):
    assert wrong(here) == (0, 80)
    here.scrub(0)
    expect(here.caption).to_contain_text("snapshot of step 0")
    here.until(lambda: wrong(here)[0] > 20)


def test_what_is_read_is_what_was_written_then(here):
    for vector in (2, 7):
        point(here, 11 + vector, 21)
        here.until(lambda step=12 + vector: said(here).startswith(f"Step {step} is asked for a vector: 0 of 8"))
        step = int(re.search(r"written to most in step (\d+)\.", said(here))[1])
        assert abs(step - (vector + 1)) <= 1, "a network may write in the step after"
    here.main.focus()
    here.page.keyboard.press("ArrowLeft")
    here.until(lambda: said(here).startswith("Step 18 "))


def test_a_bit_is_turned_by_a_click_and_by_keys_and_the_copy_follows(here, shows):
    before = shows(here.main)
    point(here, 4, 21)
    box = here.main.bounding_box()
    here.page.mouse.click(box["x"] + 4.5 / 21 * box["width"], box["y"] + 24)
    here.until(lambda: re.fullmatch(r"4\.\d", here.query("flipped") or "") is not None)
    here.until(lambda: shows(here.main) != before and wrong(here) == (0, 80))
    here.main.focus()
    here.page.keyboard.press("ArrowRight")
    here.page.keyboard.press("Enter")
    here.until(lambda: len((here.query("flipped") or "").split("-")) == 2)
    here.control("length").fill("12")
    here.until(lambda: here.query("flipped") is None and wrong(here)[1] == 96)


def test_a_length_is_chosen_on_the_curve(here):
    curve = here.view.locator(".length-curve")
    expect(here.view.locator(".lane-side .caption")).to_contain_text("320 test sequences")
    box = curve.bounding_box()
    here.page.mouse.click(box["x"] + box["width"] - 16, box["y"] + 60)
    here.until(lambda: here.query("length") == "40" and wrong(here)[1] == 320)
    expect(here.view.locator(".memory-said")).to_contain_text("beyond the 10 of the training")


def test_an_lstm_beside_it(visit):
    here = visit("frontiers", run="ntm-copy", compare="lstm-copy", view="memory", length=20)
    expect(here.view.locator(".memory")).to_have_count(2)
    here.until(lambda: here.view.locator(".memory > .lane-main .caption").nth(1).inner_text() != "")
    assert wrong(here)[0] < wrong(here, 1)[0] / 5


@pytest.mark.parametrize("size", [(390, 844), (820, 1180)])
def test_it_fits_narrow_screens(visit, size):
    options = {"viewport": {"width": size[0], "height": size[1]}}
    here = visit("frontiers", run="ntm-copy", view="memory", length=40, options=options)
    assert here.page.evaluate("document.documentElement.scrollWidth") <= size[0]
    box, film = here.main.bounding_box(), here.film.bounding_box()
    assert box["x"] + box["width"] <= size[0] and box["y"] + box["height"] <= film["y"]
