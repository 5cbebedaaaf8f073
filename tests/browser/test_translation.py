"""The style-transfer tab as a visitor meets it: a picture there and back."""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect


@pytest.fixture
def here(visit):
    return visit("translation", run="cyclegan-emoji")


def across(visit):
    return visit.view.locator(".trip-translation canvas").first


def test_it_opens_on_a_trip_beside_the_true_drawing(here):
    expect(here.view.locator("figure:visible")).to_have_count(5)
    assert "To the true drawing the translation has L1 0." in here.caption.inner_text()


def test_the_other_direction_is_another_trip(here, shows):
    before = shows(across(here))
    here.control("direction").select_option(label="Twemoji → Noto")
    here.until(lambda: shows(across(here)) != before)
    here.until(lambda: here.query("direction") == "ba")
    there = shows(across(here))
    here.page.reload()
    here.until(lambda: here.caption.count() > 0 and shows(across(here)) == there)


def test_a_picture_of_ones_own_goes_there_and_back(here, shows, watch):
    before = shows(across(here))
    buffer = io.BytesIO()
    Image.effect_mandelbrot((90, 60), (-2, -1, 1, 1), 40).convert("RGB").save(buffer, "PNG")
    file = {"name": "own.png", "mimeType": "image/png", "buffer": buffer.getvalue()}
    here.panel.locator(".picture-strip ~ input[type=file]").set_input_files(file)
    here.until(lambda: "It has no true counterpart" in here.caption.inner_text() and shows(across(here)) != before)
    expect(here.view.locator("figure:visible")).to_have_count(4)
    here.panel.locator(".picture-strip ~ input[type=file]").set_input_files(file | {"buffer": b"no picture"})
    expect(here.problem).not_to_have_count(0)
    assert "It has no true counterpart" in here.caption.inner_text(), "what was there stays"
    watch.forget_refusals()


def test_an_example_of_the_other_style_turns_the_direction(here, shows):
    here.control("direction").select_option("ba")
    here.until(lambda: here.query("direction") == "ba")
    here.panel.locator(".picture-strip button").nth(9).click()
    here.until(lambda: here.query("picture") == "ex-9" and here.query("direction") is None)
    expect(here.view.locator(".trip-translation figcaption").first).to_have_text("as Noto")


def test_held_out_pictures_lie_beside_their_translations(visit):
    here = visit("translation", run="cyclegan-emoji", view="sheet")
    expect(here.view.locator("canvas")).to_have_count(10)
    assert "10 of 202 held-out pictures, Noto → Twemoji" in here.caption.inner_text()
    here.control("direction").select_option("ba")
    expect(here.caption).to_contain_text("Twemoji → Noto")


def test_scrubbing_goes_back_to_untrained_generators(here, shows):
    last = shows(across(here))
    here.scrub(0)
    here.until(lambda: here.snapshot == 0 and shows(across(here)) != last)


def test_nothing_sticks_out_on_a_phone(visit):
    here = visit("translation", run="cyclegan-emoji", options={"viewport": {"width": 390, "height": 844}})
    assert here.page.evaluate("document.documentElement.scrollWidth") == 390
