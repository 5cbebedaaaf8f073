"""A lottery ticket as a visitor has it: curves that grow round by round, beside those that lack a part of it."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def here(visit):
    return visit("vision", run="resnet-fashion", view="lottery", step="0")


def steps(here):
    return int(re.search(r"After (\d+) steps", here.view.locator(".lottery-said").inner_text())[1])


def right(here):
    return [
        float(text.rstrip("%")) for text in here.view.locator(".lottery .lane-side > .bars .bar b").all_inner_texts()
    ]


def test_networks_learn_round_by_round_and_a_round_can_be_looked_at(here, shows):
    here.until(lambda: steps(here) >= 40, seconds=60)
    learned = right(here)
    assert len(learned) == 4 and min(learned) > 15, "more than the one in ten of a guess"
    chart = here.view.locator(".lottery-chart")
    chart.focus()
    for _ in range(10):
        here.page.keyboard.press("ArrowLeft")
    here.until(lambda: steps(here) == 0)
    assert max(right(here)) < min(learned)
    expect(here.caption).to_contain_text("The mask is that of step 3,000")
    before = shows(chart)
    here.control("gone").fill("0.6")
    here.until(
        lambda: "of 76,432 weights" in here.view.locator(".lottery-said").inner_text() and shows(chart) != before
    )
    assert here.query("gone") == "0.6"


def test_it_fits_a_phone(visit):
    options = {"viewport": {"width": 390, "height": 844}}
    here = visit("vision", run="resnet-fashion", view="lottery", step="0", options=options)
    assert here.page.evaluate("document.documentElement.scrollWidth") <= 390
