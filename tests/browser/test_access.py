"""Whoever cannot see well, or has no mouse, gets as far."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from playground.page import tabs

from .tiers import standing_for_all

SECTIONS = ("Inspect", "Train", "Lesson")
STOPS = 8
"""Tab stops from the top of the page until the main canvas has the focus, at most."""
FOCUSED = "document.activeElement"


@pytest.mark.parametrize(
    ("scheme", "rules"),
    [("light", {}), pytest.param("dark", {"runOnly": ["color-contrast"]}, marks=pytest.mark.thorough)],
)
@pytest.mark.parametrize("lab", standing_for_all(tabs(), "selfsupervised"))
def test_axe_finds_nothing(visit, lab, scheme, rules):
    here = visit(lab, run="", wait=False, options={"color_scheme": scheme, "reduced_motion": "reduce"})
    here.caption.wait_for()
    for section in SECTIONS:
        here.turn(section)
        if section == "Lesson":
            here.panel.locator(".card input").first.check()
            here.panel.get_by_role("button", name="Show me").click()
            here.panel.locator(".card summary").click()
        here.page.wait_for_timeout(300)
        response = Axe().run(here.page, options={"resultTypes": ["violations"], **rules}).response
        violations = [(one["id"], [node["target"] for node in one["nodes"]]) for one in response["violations"]]
        assert violations == [], section


@pytest.mark.parametrize("lab", ["vision", "vae"])
def test_the_main_canvas_is_a_few_stops_away(visit, lab):
    here = visit(lab)
    here.page.locator("body").focus()
    for _ in range(STOPS):
        here.page.keyboard.press("Tab")
        if here.main.evaluate(f"main => main === {FOCUSED}"):
            break
        outline = here.page.evaluate(f"getComputedStyle({FOCUSED}).outlineStyle")
        assert outline != "none", here.page.evaluate(f"{FOCUSED}.outerHTML")
    expect(here.main).to_be_focused()


def test_the_labs_are_one_stop_and_the_arrow_keys_walk_through_them(visit):
    here = visit("vae")
    here.page.locator("body").focus()
    here.page.keyboard.press("Tab")
    expect(here.page.locator("#lab-vae-button")).to_be_focused()
    here.page.keyboard.press("ArrowRight")
    here.page.keyboard.press("Enter")
    here.page.locator("#lab-gan lab-stage .caption").first.wait_for()
    expect(here.page.locator("#lab-gan-button")).to_be_focused()
    here.page.keyboard.press("Tab")
    assert not here.page.locator(".tab-wrapper").locator(":focus").count()


@pytest.mark.parametrize("size", [(390, 844), (820, 1180)])
def test_no_field_of_the_form_has_the_focus_below_the_transport(visit, size):
    here = visit("vae", options={"viewport": {"width": size[0], "height": size[1]}})
    here.unfold()
    here.knob("Recipe").focus()
    top = here.film.bounding_box()["y"]
    stops = here.panel.locator(".train").locator("button:visible, input:visible, select:visible, summary:visible")
    for _ in range(stops.count() - 2):  # Train and the recipe lie before them
        here.page.keyboard.press("Tab")
        here.page.wait_for_timeout(50)
        field = here.page.locator(":focus")
        box = field.bounding_box()
        assert box["y"] + box["height"] <= top, field.evaluate("field => field.outerHTML")


def test_a_branch_is_told_where_it_is_made_on_a_phone_and_to_those_who_do_not_see_it(visit):
    here = visit("vae", options={"viewport": {"width": 390, "height": 844}})
    here.do("branch")
    told = here.panel.get_by_role("status").filter(has_text="Branches off")
    expect(told).to_be_in_viewport()
    assert told.bounding_box()["y"] < here.film.bounding_box()["y"]


def test_chips_and_sections_are_one_stop_each_with_roving_arrows(visit):
    here = visit("vision")
    chips = here.view.get_by_role("tab")
    chips.first.focus()
    here.page.keyboard.press("ArrowRight")
    second = chips.nth(1)
    expect(second).to_be_focused()
    here.page.keyboard.press("Enter")
    expect(second).to_have_attribute("aria-selected", "true")
    expect(second).to_be_focused()
    section = here.panel.get_by_role("tab", name="Inspect", exact=True)
    section.focus()
    here.page.keyboard.press("ArrowRight")
    expect(here.panel.get_by_role("tab", name="Train", exact=True)).to_be_focused()
    expect(here.panel.locator(".train")).to_be_visible()
