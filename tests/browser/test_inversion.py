"""A curious server as a visitor has it: what it finds, round by round, and how little noise hides of it."""

import pytest
from playwright.sync_api import expect


@pytest.fixture
def here(visit):
    return visit("frontiers", run="fedavg-fashion", view="inversion")


def errors(here):
    return [float(text.rstrip("%")) for text in here.view.locator(".leaks .bars b").all_inner_texts()]


def steps(here):
    return int(here.view.locator(".leak-walk output").inner_text())


def test_the_picture_is_found_without_noise_and_hidden_by_much(here, shows):
    here.until(lambda: steps(here) == 320, seconds=60)
    found, end = errors(here), shows(here.main)
    assert found[0] < found[-2] < found[-1]
    here.view.get_by_label("Round of the search").fill("0")
    here.until(lambda: steps(here) == 0 and shows(here.main) != end)
    assert found[0] < 0.6 * errors(here)[0]


def test_another_picture_is_searched_anew(here):
    first = here.view.locator(".leak-said").inner_text()
    here.panel.locator("[data-name=ex-1]").click()
    here.until(lambda: here.view.locator(".leak-said").inner_text() != first, seconds=30)


def test_it_fits_a_phone(visit):
    here = visit(
        "frontiers", run="fedavg-fashion", view="inversion", options={"viewport": {"width": 390, "height": 844}}
    )
    expect(here.view.locator(".leak canvas")).to_have_count(5)
    assert here.page.evaluate("document.documentElement.scrollWidth") <= 390
