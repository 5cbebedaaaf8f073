"""A text and whom its letters ask, as a visitor has it: written, pointed at, gone on with, scrubbed."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def here(visit):
    return visit("frontiers", run="moe-text-books", view="letters")


def told(here):
    """The whole text, as those are told who do not see it."""
    return here.main.get_attribute("aria-label").split(": ", 1)[1]


def test_it_goes_on_with_the_text_that_a_visitor_writes(here):
    own = "Alice said to the Duke, "
    here.control("text").fill(own)
    here.control("text").press("Enter")
    here.until(lambda: told(here).startswith(own) and len(told(here)) == len(own) + 120)
    first = told(here)
    here.control("draw").fill("5")
    here.control("draw").press("Enter")
    here.until(lambda: told(here) != first and told(here).startswith(own))
    words = re.findall("[a-z]{2,}", told(here)[len(own) :].lower())
    assert {"the", "and", "to", "of", "her", "in"} & set(words)  # it has learned English, more or less


def test_before_its_training_it_writes_letters_at_random(here):
    last = told(here)
    here.scrub(0)
    here.until(lambda: told(here) != last and len(told(here)) == len(last))
    assert len(set(told(here)[-120:])) > 40
    expect(here.caption).to_contain_text("snapshot of step 0")


def test_a_character_is_pointed_at_and_its_expert_brought_out(here, shows):
    here.until(lambda: len(told(here)) > 120)
    expect(here.caption).to_contain_text("Expected after your text")
    box = here.main.bounding_box()
    here.page.mouse.move(box["x"] + 5, box["y"] + 10)
    expect(here.caption).to_contain_text(re.compile(r"“T”, asks expert \d \(gate [\d.]+%\)"))
    here.main.focus()
    here.page.keyboard.press("ArrowRight")
    expect(here.caption).to_contain_text(re.compile(r"“h”, which came at [\d.]+ nats, asks expert \d"))
    expect(here.view.locator(".bar")).to_have_count(5)
    plain = shows(here.main)
    here.page.mouse.click(box["x"] + 5, box["y"] + 10)
    here.until(lambda: here.query("expert") is not None and shows(here.main) != plain)
    asked = int(here.query("expert"))
    expect(here.view.locator(".expert").nth(asked)).to_have_attribute("aria-pressed", "true")


def test_each_block_has_experts_of_its_own(here, shows):
    rows = here.view.locator(".expert")
    expect(rows).to_have_count(8)
    assert all(len(text) > 0 for text in rows.locator(".expert-letters").all_inner_texts())
    before, picture = rows.all_inner_texts(), shows(here.main)
    here.view.get_by_role("button", name="Block 4").click()
    here.until(lambda: rows.all_inner_texts() != before and shows(here.main) != picture)


def test_a_text_without_letters_is_answered_with_a_sentence(here, watch):
    here.control("text").fill("123")
    here.control("text").press("Enter")
    expect(here.view).to_contain_text("Write a few letters")
    watch.forget_refusals()


@pytest.mark.parametrize("size", [(390, 844), (820, 1180)])
def test_it_fits_narrow_screens(visit, size):
    viewport = {"width": size[0], "height": size[1]}
    here = visit("frontiers", run="moe-text-books", view="letters", options={"viewport": viewport})
    expect(here.view.locator(".expert")).to_have_count(8)
    assert here.page.evaluate("document.documentElement.scrollWidth") <= size[0]
    box = here.main.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= size[0]
