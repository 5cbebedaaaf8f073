"""Compression as a visitor has it: fewer weights and fewer bits, by controls and by dots."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def here(visit):
    return visit("vision", run="vit-fashion", view="compression")


def told(here):
    """Kilobytes after and before, and the accuracy on test pictures, where it is known."""
    text = here.view.locator(".compression-said").inner_text()
    found = re.search(r"([\d.]+) kB in place of ([\d.]+) kB, ([\d.]+)%\.(?: ([\d.]+)% right)?", text)
    return [float(part) if part else None for part in found.groups()]


def test_fewer_weights_and_bits_take_fewer_bytes(here):
    here.until(lambda: told(here)[3] is not None, seconds=60)
    after, before, share, right = told(here)
    assert after < before and share == pytest.approx(100 * after / before, abs=1) and right > 50
    here.control("prune").fill("0")
    here.control("bits").select_option("32")
    here.until(lambda: told(here)[0] == before and (told(here)[3] or 0) > right, seconds=60)
    here.control("bits").select_option("2")
    here.until(lambda: told(here)[0] < before / 8 and (told(here)[3] or 100) < right, seconds=60)
    assert here.query("bits") == "2" and here.query("prune") == "0"


def test_whole_units_are_left_out(here):
    here.control("bits").select_option("32")
    here.control("prune").fill("0.5")
    here.until(lambda: told(here)[3] is not None, seconds=60)
    single = told(here)
    here.control("pruned").select_option("units")
    here.until(lambda: told(here)[3] is not None and told(here)[0] > single[0], seconds=60)
    assert here.query("pruned") == "units" and told(here)[2] == pytest.approx(76, abs=1)  # half of the perceptrons


def test_it_is_said_where_no_unit_can_go(visit):
    here = visit("frontiers", run="random-search-fashion", view="compression", pruned="units")
    expect(here.view.locator(".compression-said")).to_contain_text("none can be left out")


def cost(here, name):
    """What a row of the table says of the whole network and of the compressed one."""
    cells = here.view.locator(f"[data-cost={name}] td").all_inner_texts()
    return [float(re.sub(r"[^\d.]", "", cell)) for cell in cells[:2]] if cells[0] else []


def test_zeros_save_no_time_and_units_do(visit):
    here = visit("vision", run="resnet-fashion", view="compression", pruned="units", prune="0.9", at_once="32")
    here.until(lambda: len(cost(here, "millijoules")) == 2, seconds=60)
    before, after = cost(here, "milliseconds")
    assert after < 0.95 * before and cost(here, "millijoules")[0] == pytest.approx(5 * before, rel=0.02)
    assert cost(here, "flops")[1] < 0.5 * cost(here, "flops")[0]
    here.control("pruned").select_option("weights")
    here.until(lambda: cost(here, "flops")[1] == cost(here, "flops")[0], seconds=60)
    here.until(lambda: cost(here, "milliseconds")[1] > after, seconds=60)


def test_lines_are_laid_out_by_what_is_chosen(here, shows):
    by_size = here.at_rest(lambda: shows(here.view.locator(".compression-chart")))
    here.control("across").select_option("latency")
    chart = here.view.locator(".compression-chart")
    here.until(lambda: shows(chart) != by_size and "latency" in chart.get_attribute("aria-label"), seconds=60)
    expect(here.view.locator(".compression-legend")).to_contain_text("tokens merged")


def test_a_dot_is_taken(here):
    here.until(lambda: told(here)[3] is not None, seconds=60)
    chart = here.view.locator(".compression-chart")
    box = chart.bounding_box()
    here.page.mouse.click(box["x"] + 60, box["y"] + box["height"] - 60)  # the smallest of all
    here.until(lambda: here.query("bits") == "2" or here.query("prune") == "0.95")


def test_layers_say_what_is_left_of_them(here):
    here.view.get_by_text("What is left of each layer").click()
    bars = here.view.locator(".compression-layers .bar")
    expect(bars.first).to_contain_text("patches")
    assert bars.count() == 2 + 4 * 4  # patches, head, and four layers in each of four blocks


@pytest.mark.parametrize("size", [(390, 844), (820, 1180)])
def test_it_fits_narrow_screens(visit, size):
    options = {"viewport": {"width": size[0], "height": size[1]}}
    here = visit("vision", run="vit-fashion", view="compression", options=options)
    assert here.page.evaluate("document.documentElement.scrollWidth") <= size[0]
