"""A picture spelled in codes as a visitor has it: painted over, read in the book, and continued."""

import re

import pytest
from playwright.sync_api import expect

VIEW = {"run": "vqvae-fashion", "view": "codebook"}


@pytest.fixture
def here(visit):
    return visit("vae", **VIEW)


def place(here, column, row):
    """The middle of a place of 7 x 7 on the main canvas, in pixels of the page."""
    box = here.main.bounding_box()
    return box["x"] + (column + 0.5) * box["width"] / 7, box["y"] + (row + 0.5) * box["height"] / 7


def bits(here):
    """What the prior needs for the picture."""
    return int(re.search(r"needs (\d+) for", here.view.locator(".latent-said").inner_text())[1])


def test_a_stroke_paints_codes_and_they_can_be_taken_back(here, shows):
    own, cost = shows(here.main), bits(here)
    assert 50 < cost < 343
    here.page.mouse.move(*place(here, 1, 3))
    here.page.mouse.down()
    here.page.mouse.move(*place(here, 5, 3))  # at once: what lies between is painted, too
    here.page.mouse.up()
    here.until(lambda: re.fullmatch(r"22:(\d+);23:\1;24:\1;25:\1;26:\1", here.query("edits") or ""))
    here.until(lambda: bits(here) > cost and shows(here.main) != own)
    here.page.mouse.move(0, 0)
    expect(here.view.locator("figcaption").first).to_have_text("Decoded, 5 of 49 codes painted")
    here.page.mouse.click(*place(here, 1, 3))  # a stroke from where the code is already
    here.until(lambda: (here.query("edits") or "").startswith("23:"))
    here.panel.get_by_role("button", name="The picture's own codes").click()
    here.page.mouse.move(0, 0)
    here.until(lambda: here.query("edits") is None and bits(here) == cost)
    here.until(lambda: shows(here.main) == own)


def test_a_code_of_the_book_is_what_is_painted(here):
    book = here.view.locator(".codebook-book")
    box = book.bounding_box()
    here.page.mouse.click(box["x"] + 2.5 * box["width"] / 16, box["y"] + 1.5 * box["height"] / 8)
    here.until(lambda: here.query("brush") == "18")
    caption = here.view.locator("figure:has(.codebook-book) figcaption")
    expect(caption).to_have_text(re.compile(r"Code 18 paints: \d+\.\d% of places choose it"))
    book.press("ArrowRight")
    here.until(lambda: here.query("brush") == "19")
    here.main.focus()
    for key in ("ArrowLeft", "ArrowDown", "Space"):  # the edge holds
        here.page.keyboard.press(key)
    here.until(lambda: here.query("edits") == "7:19")
    expect(here.view.locator("figcaption").first).to_have_text(re.compile(r"Row 2, column 1: code 19, \d+\.\d bits"))


def test_the_prior_goes_on_from_the_rows_that_are_kept(here, shows):
    drawn = here.view.locator(".codebook canvas").last
    label = here.view.locator(".codebook figcaption").last
    before = shows(drawn)
    expect(label).to_have_text("3 of 7 rows kept, the others drawn by the prior")
    here.control("rows").fill("0")
    here.control("rows").press("Tab")
    expect(label).to_have_text("Drawn by the prior, code by code")
    here.until(lambda: shows(drawn) != before)
    here.control("rows").fill("9")
    here.control("rows").press("Tab")
    expect(label).to_have_text("All rows kept: nothing is left to draw")


def test_early_in_training_few_codes_are_used(here, shows):
    book = here.view.locator(".codebook-book")
    trained = shows(book)
    expect(here.view.locator(".caption")).to_contain_text("use 128 of 128 codes")
    here.scrub(0)
    here.until(lambda: here.snapshot == 0 and shows(book) != trained)
    used = re.search(r"use (\d+) of 128", here.view.locator(".caption").inner_text())
    assert int(used[1]) < 64
    expect(here.view.locator(".latent-said")).to_contain_text("The prior needs 343 for this picture")


def test_no_more_rows_are_kept_than_the_grid_has(here):
    rows = here.control("rows")
    rows.fill("12")
    rows.blur()
    here.until(lambda: here.query("rows") == "7")
    expect(rows).to_have_value("7")
    assert rows.get_attribute("max") == "7"
