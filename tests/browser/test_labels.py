"""What a label is worth, and pictures that are selected on the map, as a visitor meets them."""

import re

from playwright.sync_api import expect

PATIENCE = 120_000
"""Milliseconds for probes of all pictures, on two busy cores."""


def encircle(here, corners):
    """Draws a line on the map with the mouse through places in shares of its side."""
    box = here.main.bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    here.page.mouse.move(*places[0])
    here.page.mouse.down()
    for place in places[1:]:
        here.page.mouse.move(*place, steps=4)
    here.page.mouse.up()


def selected(here):
    """How many pictures the page says are selected."""
    match = re.match(r"([\d,]+) of", here.view.locator(".map-selected p").first.inner_text())
    return int(match[1].replace(",", "")) if match else 0


WHOLE = [(0.01, 0.01), (0.99, 0.01), (0.99, 0.99), (0.01, 0.99)]


def test_a_line_around_dots_selects_them_through_time_and_in_the_link(visit, shows):
    here = visit("selfsupervised", run="simclr-fashion", view="map")
    here.until(lambda: here.view.locator(".map-near canvas").count() == 5)
    encircle(here, [(0.5, 0.2), (0.9, 0.2), (0.9, 0.6), (0.5, 0.6)])
    here.until(lambda: selected(here) > 20)
    many, listed = selected(here), here.view.locator(".map-selected .class-legend").inner_text()
    assert sum(int(number) for number in re.findall(r" (\d+)$", listed, re.MULTILINE)) == many
    assert here.view.locator(".map-selected-sheet").is_visible()
    before = shows(here.main)
    here.scrub(0)
    here.until(lambda: here.snapshot == 0 and shows(here.main) != before)
    assert selected(here) == many, "the same pictures, wherever they are now"
    here.until(lambda: here.query("selection") is not None)
    again = visit("selfsupervised", run="simclr-fashion", view="map", selection=here.query("selection"))
    again.until(lambda: selected(again) == many)


def test_all_that_is_inside_is_selected_and_escape_clears(visit):
    here = visit("selfsupervised", run="simclr-fashion", view="map")
    encircle(here, WHOLE)
    here.until(lambda: selected(here) > 1900)
    here.main.focus()
    here.page.keyboard.press("Escape")
    here.until(lambda: selected(here) == 0)
    expect(here.view.locator(".map-selected-sheet")).to_be_hidden()


def test_the_keyboard_selects_the_neighbors_of_a_dot(visit):
    here = visit("selfsupervised", run="simclr-fashion", view="map")
    button = here.view.get_by_role("button", name="Select its neighbors")
    expect(button).to_be_disabled()
    here.main.focus()
    here.page.keyboard.press("ArrowRight")
    here.page.keyboard.press("Enter")
    here.until(lambda: selected(here) == 24)
    here.view.get_by_role("button", name="Clear").click()
    here.until(lambda: selected(here) == 0)
    button.click()
    here.until(lambda: selected(here) == 24)


def test_labels_are_worth_more_after_the_training(visit):
    here = visit("selfsupervised", run="simclr-fashion", view="labels", wait=False)
    rows = here.view.locator(".label-table tbody tr")
    expect(rows).to_have_count(4, timeout=PATIENCE)
    expect(rows.nth(0)).to_contain_text("Step 11,788, linear probe")
    accuracy = {
        row.locator("th").inner_text(): float(row.locator("td").first.inner_text().split("±")[0]) for row in rows.all()
    }
    assert accuracy["Step 11,788, linear probe"] > accuracy["Untrained, linear probe"] + 5
    assert "python -m training scratch fashion" in here.caption.inner_text()


def test_sliders_stand_where_the_training_had_them_until_they_are_set(visit):
    here = visit("selfsupervised", run="simclr-fashion", view="same")
    row = here.panel.locator("[data-option=smallest]")
    expect(row.locator("output")).to_have_text("0.08")
    expect(row.locator("button")).to_be_hidden()
    here.control("smallest").fill("0.5")
    expect(row.locator("output")).to_have_text("0.5")
    here.until(lambda: here.query("smallest") == "0.5")
    row.locator("button").click()
    expect(row.locator("output")).to_have_text("0.08")
    here.until(lambda: here.query("smallest") is None)
