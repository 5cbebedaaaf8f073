"""The transport on a tablet and on a phone: what it says is in sight, and nothing overflows."""

import re

import pytest
from playwright.sync_api import expect

LABS = ("vision", "vae")


@pytest.mark.parametrize("width", [600, 720, 820, 960])
def test_how_a_run_is_can_be_read_on_a_tablet(visit, width):
    here = visit("vision", options={"viewport": {"width": width, "height": 1180}})
    words = here.film.locator(".film-status").evaluate("""line => {
      const range = document.createRange();
      range.setStart(line.firstChild, 0);
      range.setEnd(line.firstChild, line.textContent.indexOf(" is better)"));
      return range.getBoundingClientRect().right;
    }""")
    line, whole, curve = (
        here.film.locator(name).bounding_box() for name in (".film-status", ".transport", ".film-track")
    )
    assert words <= line["x"] + line["width"], "the value is in sight, and which way is better"
    assert whole["y"] <= line["y"] and line["y"] + line["height"] <= curve["y"]
    assert here.film.locator(".film-compare").evaluate("select => select.selectedOptions[0].text") == "no second run"


def test_the_menu_of_a_phone_shows_what_is_there(visit):
    here = visit("vision", options={"viewport": {"width": 390, "height": 844}})
    here.film.locator(".transport-more").click()
    expect(here.film.locator(".film-status")).to_be_visible()
    expect(here.film.locator(".film-align")).to_be_hidden()


def test_what_the_view_says_of_a_frame_lies_above_the_curve_on_a_phone(visit):
    here = visit("vision", options={"viewport": {"width": 390, "height": 844}})
    trace = here.film.locator(".film-trace")
    expect(trace).to_have_text(re.compile(r"%"))
    line, chart = trace.bounding_box(), here.film.locator(".film-chart").bounding_box()
    assert line["height"] <= 16 and line["y"] + line["height"] <= chart["y"] + 1


@pytest.mark.parametrize("size", [(1440, 900), (1280, 720)])
def test_what_two_runs_say_lies_beside_their_pictures_in_one_sight(visit, size):
    options = {"viewport": {"width": size[0], "height": size[1]}}
    here = visit("vision", run="vit-fashion", compare="cnn-fashion", view="relevance", options=options)
    bars = here.view.locator(".bars")
    expect(bars).to_have_count(2)
    for lane in here.view.locator(".lane").all():
        picture, said = lane.locator("[data-part=main]").bounding_box(), lane.locator(".bars").bounding_box()
        assert said["x"] >= picture["x"] + picture["width"]
        assert said["y"] + said["height"] <= here.film.bounding_box()["y"]


def test_the_sheets_of_a_sampling_stand_as_they_are_largest(visit):
    here = visit("diffusion", run="diffusion-fashion", options={"viewport": {"width": 390, "height": 844}})
    sheets = here.view.locator(".sampling-pair canvas")
    (x, y), (right, below) = [(box["x"], box["y"]) for box in (one.bounding_box() for one in sheets.all()[:2])]
    assert x == right and below > y
    here.page.set_viewport_size({"width": 1280, "height": 720})
    here.until(lambda: sheets.nth(1).bounding_box()["y"] == sheets.nth(0).bounding_box()["y"])


@pytest.mark.thorough
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_overflows_on_a_phone(visit, scheme):
    phone = {"viewport": {"width": 390, "height": 844}, "color_scheme": scheme, "has_touch": True}
    here = visit("vision", options=phone)
    for lab in LABS:
        if lab != here.lab:
            here.page.get_by_role("tab", name="VAE").click()
            here = type(here)(here.page, here.url, lab)
            here.caption.wait_for()
        here.page.wait_for_timeout(300)
        assert widths(here.page) == (390, 390)
        here.unfold()
        assert widths(here.page) == (390, 390)
        lane = here.view.locator(".lane").first.bounding_box()
        assert lane["x"] >= 0 and lane["x"] + lane["width"] <= 390
    dark = here.page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g)[0] < 60")
    assert dark == (scheme == "dark")


def widths(page):
    """How wide the page is, all that would have to be scrolled to included."""
    return tuple(page.evaluate("[document.documentElement.scrollWidth, document.body.scrollWidth]"))
