"""Bach or the model, real or generated: heard or seen, chosen, told, and counted."""

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
    expect(here.view.locator(".votes-table td").nth(1)).to_have_text(re.compile(r"\d+ of \d+"))
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


def test_the_real_picture_is_told_once_one_was_chosen(visit, shows):
    here = visit("gan", run="cgan-fashion", view="blind", round="5")
    said = here.view.locator(".blind-said")
    expect(said).to_have_text("Which one is real?")
    before = shows(here.main)
    here.main.click()  # the picture itself is chosen
    words = r"(Right|Wrong): [AB] is real\. The discriminator finds .*\. You were right in [01] of 1\."
    expect(said).to_have_text(re.compile(words))
    expect(here.view.get_by_role("button", name="is generated")).to_be_disabled()
    expect(here.view.locator(".votes-table td").nth(1)).to_have_text(re.compile(r"\d+ of \d+"))
    here.view.get_by_role("button", name="Next round").press("Enter")
    expect(said).to_have_text(re.compile(r"Which one is real\? You were right in [01] of 1\."))
    here.until(lambda: shows(here.main) != before and here.query("round") != "5")


def test_votes_at_two_steps_are_a_curve(visit):
    here = visit("gan", run="cgan-fashion", view="blind", round="7")
    for frame, step in ((0, 0), (9, 6000)):
        here.scrub(frame)
        here.until(lambda step=step: here.snapshot == step)
        here.view.get_by_role("button", name="B is real").click()
        expect(here.view.get_by_role("button", name="Next round")).to_be_visible()
    expect(here.view.locator(".votes-curve")).to_be_visible()
