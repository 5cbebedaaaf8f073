"""Bach or the model: heard, chosen, told, and counted."""

import re

import pytest
from playwright.sync_api import expect

PLAYS = "stage => stage.view.painter.performance.sound.playing"


@pytest.fixture
def here(visit):
    return visit("vae", run="musicvae-chorales", view="blind", round="3")


def test_a_choice_is_told_and_the_next_round_begins(here, shows):
    said = here.view.locator(".latent-said")
    expect(said).to_have_text("Which one is Bach’s?")
    before = shows(here.main)
    here.view.get_by_role("button", name="A is Bach").click()
    expect(said).to_have_text(re.compile(r"(Right|Wrong): [AB] is from BWV .*\. You were right in [01] of 1\."))
    expect(here.view.get_by_role("button", name="is the model")).to_be_disabled()
    expect(here.view.locator(".blind-votes td").nth(1)).to_have_text(re.compile(r"\d+ of \d+"))
    here.view.get_by_role("button", name="Next round").click()
    expect(said).to_have_text(re.compile(r"Which one is Bach’s\? You were right in [01] of 1\."))
    here.until(lambda: shows(here.main) != before and here.query("round") != "3")
    expect(here.view.get_by_role("button", name="B is Bach")).to_be_enabled()


def test_both_are_heard_one_at_a_time_and_never_after_the_round(here):
    plays = [here.view.get_by_role("button", name=re.compile(f"(Play|Stop) {name}")) for name in "AB"]
    plays[0].click()
    expect(plays[0]).to_have_text("■ Stop A")
    plays[1].click()
    expect(plays[0]).to_have_text("▶ Play A")
    expect(plays[1]).to_have_text("■ Stop B")
    here.until(lambda: here.view.evaluate(PLAYS))
    here.main.focus()
    here.page.keyboard.press("Space")
    expect(plays[0]).to_have_text("■ Stop A")
    here.scrub(0)
    here.until(lambda: here.snapshot == 0 and not here.view.evaluate(PLAYS))
    expect(plays[0]).to_have_text("▶ Play A")
