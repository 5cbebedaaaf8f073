"""Federated learning as a visitor has it: what each client knows, client by client and snapshot by snapshot."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def here(visit):
    return visit("frontiers", run="fedavg-fashion", view="clients")


def told(here):
    """What server, client and mean recognize of all classes, in percent, and which client it is."""
    text = here.view.locator(".clients-said").inner_text()
    found = re.search(r"server recognizes (\d+)% .* client (\d+) by itself (\d+)%, the mean (\d+)%", text)
    return [int(part) for part in found.groups()]


def test_a_client_by_itself_knows_less_than_the_mean(here):
    expect(here.view.locator(".client")).to_have_count(10)
    server, client, own, mean = told(here)
    assert client == 1 and own < min(server, mean)


def test_a_client_is_chosen_by_its_line_by_the_matrix_and_by_keys(here, shows):
    rows = here.view.locator(".client")
    before = shows(here.main)
    rows.nth(3).click()
    expect(rows.nth(3)).to_have_attribute("aria-pressed", "true")
    here.until(lambda: told(here)[1] == 4 and shows(here.main) != before)
    here.main.focus()
    here.page.keyboard.press("ArrowDown")
    here.until(lambda: told(here)[1] == 5 and here.query("client") == "4")
    box = here.main.bounding_box()
    here.page.mouse.click(box["x"] + 100, box["y"] + box["height"] * 0.35)
    here.until(lambda: told(here)[1] not in (4, 5))


def test_the_first_snapshot_knows_nothing(here):
    here.scrub(0)
    expect(here.caption).to_contain_text("snapshot of step 0")
    here.until(lambda: told(here)[0] <= 15)


@pytest.mark.parametrize("size", [(390, 844), (820, 1180)])
def test_it_fits_narrow_screens(visit, size):
    options = {"viewport": {"width": size[0], "height": size[1]}}
    here = visit("frontiers", run="fedavg-fashion", view="clients", options=options)
    expect(here.view.locator(".client")).to_have_count(10)
    assert here.page.evaluate("document.documentElement.scrollWidth") <= size[0]
