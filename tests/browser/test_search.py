"""Architecture search as a visitor has it: a front that grows, dots to choose, and a cell that is drawn by hand."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def here(visit):
    return visit("frontiers", run="evolution-fashion", view="search")


def facts(here):
    """What is said of the cell on the stage."""
    return here.view.locator(".cell-facts").inner_text()


def operations(here):
    return here.view.locator(".cell-edge text").all_text_contents()


def test_the_front_grows_with_the_search(here, shows):
    expect(here.caption).to_contain_text(re.compile(r"40 cells, each trained alone.* snapshot of step 40"))
    whole = shows(here.main)
    here.scrub(0)
    expect(here.caption).to_contain_text("Nothing has been tried yet. evolution-fashion, snapshot of step 0")
    assert shows(here.main) != whole


def test_a_cell_is_drawn_by_keys_and_trained(here, shows):
    expect(here.view.locator(".cell-facts")).to_contain_text("of the search")
    best = operations(here)
    edge = here.view.locator(".cell-edge").nth(4)
    edge.focus()
    here.page.keyboard.press("ArrowDown")
    here.until(lambda: operations(here) != best)
    changed = [one != other for one, other in zip(operations(here), best, strict=True)]
    assert changed == [False] * 4 + [True, False]
    here.until(lambda: re.match(r"\d+$", here.query("cell") or ""))
    # on through the operations, until there is one that the search has not tried
    train = here.view.get_by_role("button", name="Train it as a candidate")
    here.until(lambda: "Not tried yet" in facts(here) or here.page.keyboard.press("ArrowDown"))
    before = shows(here.main)
    train.click()
    expect(here.view.locator(".cell-facts")).to_contain_text(
        re.compile(r"just now: \d+\.\d% right, better than \d+ of 40"), timeout=60_000
    )
    here.until(lambda: shows(here.main) != before)


def test_the_palette_changes_the_chosen_edge(here):
    here.view.get_by_role("button", name="Residual cell").click()
    expect(here.view.locator(".cell-notation")).to_contain_text("|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+")
    here.view.locator(".cell-edge").nth(2).click()
    here.view.locator(".cell-operation").nth(4).click()
    here.until(lambda: operations(here)[2] == "pool 3")
    assert here.view.locator(".cell-edge").nth(2).get_attribute("aria-pressed") == "true"
    here.view.get_by_role("button", name="Best so far").click()
    expect(here.view.locator(".cell-facts")).to_contain_text("of the search")
    here.until(lambda: here.query("cell") is None)


def test_arrow_keys_walk_over_the_dots(here):
    expect(here.caption).to_contain_text("cells, each trained alone")
    seen = {facts(here)}
    here.main.focus()
    for _ in range(3):
        before = facts(here)
        here.page.keyboard.press("ArrowLeft")
        here.until(lambda before=before: facts(here) != before)
        seen.add(facts(here))
    assert len(seen) == 4 and all("Candidate" in one for one in seen)


def test_shared_weights_say_at_once_how_good_a_drawn_cell_is(visit):
    here = visit("frontiers", run="supernet-fashion", view="search", across="alone")
    expect(here.caption).to_contain_text("with the same shared weights")
    expect(here.caption).to_contain_text("rank correlation with accuracy trained alone")
    here.view.locator(".cell-operation").nth(4).click()
    expect(here.view.locator(".cell-facts")).to_contain_text(re.compile(r"With shared weights \d+\.\d% right"))


def test_two_searches_have_the_same_axes(visit):
    here = visit("frontiers", run="evolution-fashion", view="search", compare="random-search-fashion")
    expect(here.view.locator(".cells-chart")).to_have_count(2)
    expect(here.view.locator(".caption").filter(has_text="random-search-fashion, snapshot of step")).to_be_visible()


@pytest.mark.parametrize("size", [(390, 844), (820, 1180)])
def test_it_fits_narrow_screens(visit, size):
    options = {"viewport": {"width": size[0], "height": size[1]}}
    here = visit("frontiers", run="evolution-fashion", view="search", options=options)
    expect(here.caption).to_contain_text("cells, each trained alone")
    assert here.page.evaluate("document.documentElement.scrollWidth") <= size[0]
