"""The view that plays, as a visitor meets it: only when asked, through the training, and never once it is left."""

import io

import mido
import pytest
from playwright.sync_api import expect

PLAYS = "stage => stage.view.painter.performance.sound.playing"


@pytest.fixture
def here(visit):
    """The phrases of the music VAE that ships, silent."""
    opened = visit("vae", run="musicvae-chorales", view="hear")
    opened.settled()
    assert not opened.view.evaluate(PLAYS)
    return opened


def play(here):
    here.view.get_by_role("button", name="▶ Play").first.click()
    here.until(lambda: here.view.evaluate(PLAYS))


def test_it_plays_on_while_the_training_is_scrubbed(here, shows):
    play(here)
    before = shows(here.main)
    here.scrub(0)
    here.until(lambda: here.snapshot == 0)
    here.until(lambda: shows(here.main) != before)
    assert here.view.evaluate(PLAYS)
    here.view.get_by_role("button", name="■ Stop").first.click()
    here.until(lambda: not here.view.evaluate(PLAYS))


def test_draw_is_offered_where_something_is_drawn(here):
    draw = here.panel.locator("[data-option=seed]")
    expect(draw).to_be_hidden()
    here.control("beside").select_option("variation")
    expect(draw).to_be_visible()
    here.control("beside").select_option("reconstruction")
    expect(draw).to_be_hidden()
    here.control("temperature").fill("0.5")
    expect(draw).to_be_visible()


@pytest.mark.parametrize("way", ["lab", "view", "tab"])
def test_it_is_silent_once_it_is_left(here, way):
    play(here)
    sound = here.view.evaluate_handle("stage => stage.view.painter.performance.sound")
    if way == "lab":
        here.page.locator("#lab-gan-button").click()
    elif way == "view":
        here.view.locator(".stage-views [data-view=walk]").click()
    else:
        here.page.evaluate(
            """Object.defineProperty(document, "hidden", { get: () => true });
            document.dispatchEvent(new Event("visibilitychange"));"""
        )
    here.until(lambda: not sound.evaluate("sound => sound.playing"))


def test_keys_play_and_lead_the_point(here):
    square = here.view.locator(".hear canvas[tabindex]").last
    square.focus()
    here.page.keyboard.press("ArrowRight")
    here.until(lambda: here.query("x") is not None)
    here.page.keyboard.press("Space")
    here.until(lambda: here.view.evaluate(PLAYS))


def test_notes_go_out_as_midi_and_come_in_again(here, watch):
    with here.page.expect_download() as started:
        here.panel.get_by_role("button", name="Save MIDI").click()
    content = started.value.path().read_bytes()
    assert mido.MidiFile(file=io.BytesIO(content)).length == pytest.approx(6, abs=0.2), "two bars of 80 beats a minute"
    field = here.panel.locator("input[type=file][accept*=midi]")
    field.set_input_files({"name": "own.mid", "mimeType": "audio/midi", "buffer": content})
    here.until(lambda: here.query("notes") is not None)
    field.set_input_files({"name": "own.mid", "mimeType": "audio/midi", "buffer": b"MThd nonsense"})
    expect(here.view.get_by_text("MIDI")).to_be_visible()
    watch.forget_refusals()


def test_a_corner_that_was_replaced_can_be_had_back(here, shows):
    square = here.view.locator(".hear canvas[tabindex]").last
    before = shows(square)
    undo = here.view.get_by_role("button", name="Undo")
    expect(undo).to_be_hidden()
    here.panel.get_by_role("button", name="Another held-out phrase: Upper left").click()
    here.until(lambda: here.query("nw") is not None and shows(square) != before)
    undo.click()
    here.until(lambda: here.query("nw") is None and shows(square) == before)
    expect(undo).to_be_hidden()
