"""The vision tab as a visitor meets it: a picture, its attention, and links that lead back to them."""

import re

import pytest
from playwright.sync_api import expect

from .attention import all_maps, maps
from .tiers import first_for_all


def patch(visit, row, column, grid=4):
    """The middle of a patch of the large picture, on the page."""
    visit.main.scroll_into_view_if_needed()
    box = visit.main.bounding_box()
    return box["x"] + (column + 0.5) * box["width"] / grid, box["y"] + (row + 0.5) * box["height"] / grid


def selected(visit):
    return visit.view.locator(".attention-maps canvas[aria-selected=true]").get_attribute("aria-label")


def test_it_opens_on_a_drawn_picture(visit, shows):
    here = visit("vision")
    assert maps(here).count() == 4 * 5, "four blocks of four heads and their mean"
    assert len(set(all_maps(here, shows))) > 10
    assert here.snapshot == 60 and here.steps == (60, 60)
    assert here.status.startswith("Accuracy ") and "297 test pictures of digits" in here.status
    expect(here.view.locator(".bar")).to_have_count(5)
    expect(here.panel.locator(".picture-strip button")).to_have_count(24)
    assert here.query("run") is not None


def test_without_an_address_something_is_drawn_too(visit, open_page, playground, shows):
    here = visit("vision", wait=False)
    here.page.goto(playground)
    here.caption.wait_for()
    here.until(lambda: len(set(all_maps(here, shows))) > 10)


def test_the_patch_under_the_pointer_asks(visit, shows):
    here = visit("vision")
    resting, picture = all_maps(here, shows), shows(here.main)
    assert "all patches attend to on average" in here.caption.inner_text()
    here.page.mouse.move(*patch(here, 1, 2))
    expect(here.caption).to_contain_text("What patch 7 attends to")
    before = all_maps(here, shows)
    assert sum(one != other for one, other in zip(resting, before, strict=True)) > 10
    assert shows(here.main) != picture
    here.page.mouse.move(*patch(here, 3, 0))
    expect(here.caption).to_contain_text("What patch 13 attends to")
    assert all_maps(here, shows) != before
    here.page.mouse.move(5, 5)
    expect(here.caption).to_contain_text("all patches attend to on average")
    assert all_maps(here, shows) == resting


def test_a_pressed_patch_is_held_until_it_is_let_go(visit, shows):
    here = visit("vision")
    here.page.mouse.click(*patch(here, 2, 1))
    here.page.mouse.move(*patch(here, 0, 0))
    expect(here.caption).to_contain_text("What patch 10 attends to")
    here.page.mouse.move(5, 5)
    expect(here.caption).to_contain_text("What patch 10 attends to")
    here.until(lambda: here.query("query") == "9")
    here.panel.get_by_role("button", name="All patches").click()
    expect(here.caption).to_contain_text("all patches attend to on average")


def test_a_map_can_be_chosen_by_mouse_and_by_keyboard(visit, shows):
    here = visit("vision")
    before = shows(here.main)
    assert selected(here) == "Block 4, mean of its heads"
    here.view.get_by_label("Block 2, head 3", exact=True).click()
    assert selected(here) == "Block 2, head 3"
    expect(here.caption).to_contain_text("block 2, head 3")
    chosen = shows(here.main)
    assert chosen != before
    here.view.get_by_label("Block 1, head 1", exact=True).focus()
    here.page.keyboard.press("Enter")
    assert selected(here) == "Block 1, head 1" and shows(here.main) != chosen


def test_arrow_keys_move_the_patch_and_escape_lets_it_go(visit):
    here = visit("vision")
    here.main.focus()
    for key, number in (("ArrowRight", 2), ("ArrowDown", 6), ("ArrowLeft", 5), ("ArrowUp", 1), ("ArrowUp", 1)):
        here.page.keyboard.press(key)
        expect(here.caption).to_contain_text(f"What patch {number} attends to")
    here.page.keyboard.press("Escape")
    expect(here.caption).to_contain_text("all patches attend to on average")


def test_a_reload_brings_everything_back(visit, shows, films):
    here = visit("vision")
    here.panel.locator(".picture-strip button").nth(5).click()
    here.scrub(here.film.locator(".film-range").evaluate("range => Math.floor(range.max / 2)"))
    here.view.get_by_label("Block 2, head 3", exact=True).click()
    here.page.mouse.click(*patch(here, 2, 1))
    here.page.mouse.move(5, 5)
    held = {"view": "attention", "layer": "1", "head": "2", "query": "9"}
    here.until(
        lambda: (
            all(here.query(key) == value for key, value in held.items())
            and here.query("picture") == "ex-5"
            and here.query("step")
        )
    )
    step = here.steps[0]
    assert step < 60 and here.query("step") == str(step)
    here.until(lambda: here.snapshot == films["vision"].nearest(step))
    before = shows(here.main), here.caption.inner_text(), here.steps
    here.page.reload()
    here.caption.wait_for()
    here.until(lambda: shows(here.main) == before[0])
    assert (here.caption.inner_text(), here.steps) == before[1:]
    assert {key: here.query(key) for key in held} == held
    assert (here.query("picture"), here.query("step")) == ("ex-5", str(step))
    assert selected(here) == "Block 2, head 3"


NONSENSE = (
    ({"view": "1,2,9"}, "There is no view “1,2,9” in this lab."),
    ({"view": "attention", "layer": 100}, "The link's “layer” must be a whole number from 0 to 99."),
    ({"view": "attention", "strength": "much", "head": 0.5}, "“strength” must be a number from 0 to 1."),
    ({"view": "attention", "network": "no one"}, "There is no trained network “no one”"),
    ({"view": "attention", "layer": 99, "head": 99, "query": 9999}, ""),
)


@pytest.mark.parametrize(("query", "sentence"), first_for_all(NONSENSE))
def test_a_link_that_makes_no_sense_is_told_and_still_draws(visit, shows, watch, query, sentence):
    here = visit("vision", **query)
    here.until(lambda: len(set(all_maps(here, shows))) > 10)
    expect(here.problem).to_have_count(1 if sentence else 0)
    if sentence:
        expect(here.problem).to_contain_text(sentence)
    assert re.search(
        r"attends? to (on average )?in block [1-4], (head [1-4]|mean of its heads),", here.caption.inner_text()
    )
    expect(here.view.locator(".attention-maps canvas[aria-selected=true]")).to_have_count(1)
    assert "NaN" not in here.view.inner_text()
    watch.forget_refusals()


@pytest.mark.parametrize("view", ["attention", "saliency"])
def test_equal_colors_of_two_runs_say_the_same(visit, view):
    here = visit("vision", view=view, compare="vit-fashion")
    ends = here.view.locator(".scale b:last-child")
    expect(ends).to_have_count(2)
    expect(here.view.locator(".lane .caption").filter(has_text="vit-fashion")).to_have_count(1)
    here.until(lambda: ends.nth(0).inner_text() == ends.nth(1).inner_text() != "")
