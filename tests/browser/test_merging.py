"""Token merging as a visitor has it: the rate by slider and by dot, the tokens under the pointer."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def here(visit):
    return visit("vision", run="vit-fashion", view="merging")


def tokens(here):
    """How many tokens are left, and of how many."""
    text = here.view.locator(".merging-said").inner_text()
    found = re.search(r"(\d+) of (\d+) tokens are left. ([\d.]+)% of the arithmetic", text)
    return int(found[1]), int(found[2]), float(found[3])


def test_more_merging_leaves_fewer_tokens_and_less_arithmetic(here, shows):
    left, patches, share = tokens(here)
    assert left == patches - 4 * 4 and share < 100
    before = shows(here.main)
    here.control("merge").fill("8")
    here.until(lambda: tokens(here)[0] < left and tokens(here)[2] < share)
    here.until(lambda: shows(here.main) != before)
    here.control("merge").fill("0")
    here.until(lambda: tokens(here)[0] == patches)


def test_the_token_under_the_pointer_is_outlined(here, shows):
    caption = here.view.locator(".caption").last
    before = shows(here.main)
    box = here.main.bounding_box()
    here.page.mouse.move(box["x"] + 5, box["y"] + 5)
    expect(caption).to_contain_text(re.compile(r"Patch 1 is part of a token of \d+"))
    here.until(lambda: shows(here.main) != before)
    here.main.focus()
    here.page.keyboard.press("ArrowDown")
    expect(caption).to_contain_text("Patch 8 is part of a token of")


def test_a_dot_of_the_chart_sets_the_rate(here):
    chart = here.view.locator(".tradeoff")
    expect(chart).to_have_attribute("aria-label", re.compile(r"r = 0: [\d.]+%, r = 3: "))
    box = chart.bounding_box()
    here.page.mouse.click(box["x"] + 52, box["y"] + box["height"] / 2)  # the least arithmetic
    here.until(lambda: here.query("merge") == "24")


def test_the_rates_of_the_run_before_are_faint_until_those_of_this_one_are_there(visit):
    here = visit("vision", run="vit-fashion", view="merging", step=0)
    chart, held = here.view.locator(".tradeoff"), []
    expect(chart).to_have_attribute("aria-label", re.compile("r = 0"))
    here.page.route("**/views/vision/merging/rates*", lambda route: held.append(route))
    here.film.locator(".film-run").select_option("vit-emoji")
    expect(here.caption).to_contain_text("vit-emoji, snapshot of step")
    here.scrub(0)
    expect(here.caption).to_contain_text("vit-emoji, snapshot of step 0;")
    here.until(lambda: bool(held))
    expect(here.view.locator(".tradeoff.stale")).to_have_count(1)
    while held:
        held.pop().continue_()
        here.page.wait_for_timeout(300)
    expect(here.view.locator(".tradeoff.stale")).to_have_count(0, timeout=60_000)
