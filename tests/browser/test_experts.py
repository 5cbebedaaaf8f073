"""Mixtures of experts as a visitor has them: patches in the colors of experts, block by block, and one expert alone."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def here(visit):
    return visit("frontiers", run="moe-fashion", view="experts")


def test_an_expert_is_brought_out_by_its_line_and_by_its_patch(here, shows):
    rows = here.view.locator(".expert")
    expect(rows).to_have_count(8)
    plain = shows(here.main)
    rows.nth(2).click()
    expect(rows.nth(2)).to_have_attribute("aria-pressed", "true")
    here.until(lambda: shows(here.main) != plain and here.query("expert") == "2")
    rows.nth(2).click()
    here.until(lambda: shows(here.main) == plain and not here.query("expert"))
    box = here.main.bounding_box()
    here.page.mouse.click(box["x"] + 5, box["y"] + 5)
    here.until(lambda: here.query("expert") is not None)
    asked = int(here.query("expert"))
    expect(rows.nth(asked)).to_have_attribute("aria-pressed", "true")
    expect(here.caption).to_contain_text(f"Patch 1 asks expert {asked + 1} (gate ")


def test_the_keys_go_from_patch_to_patch(here):
    here.main.focus()
    here.page.keyboard.press("ArrowRight")
    expect(here.caption).to_contain_text("Patch 2 asks")
    here.page.keyboard.press("ArrowDown")
    expect(here.caption).to_contain_text(re.compile(r"Patch 9 asks expert \d \(gate [\d.]+%\)"))
    here.page.keyboard.press("ArrowLeft")
    expect(here.caption).to_contain_text("Patch 8 asks")


def test_each_block_has_experts_of_its_own(here, shows):
    loads = here.view.locator(".expert b")
    before, picture = loads.all_inner_texts(), shows(here.main)
    assert sum(float(text.rstrip("%")) for text in before) == pytest.approx(100, abs=0.5)
    here.view.get_by_role("button", name="Block 4").click()
    here.until(lambda: loads.all_inner_texts() != before and shows(here.main) != picture)
    here.until(lambda: here.query("router") == "1")


def test_the_first_snapshot_is_as_it_was_before_any_training(here):
    rows = here.view.locator(".expert b")
    last = rows.all_inner_texts()
    here.scrub(0)
    here.until(lambda: rows.all_inner_texts() != last)
    expect(here.view.locator(".caption").last).to_contain_text("Snapshot of step 0.")


@pytest.mark.parametrize("size", [(390, 844), (820, 1180)])
def test_it_fits_narrow_screens(visit, size):
    here = visit(
        "frontiers", run="moe-fashion", view="experts", options={"viewport": {"width": size[0], "height": size[1]}}
    )
    expect(here.view.locator(".expert")).to_have_count(8)
    assert here.page.evaluate("document.documentElement.scrollWidth") <= size[0]
