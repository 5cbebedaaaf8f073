"""The timeline of architectures as a visitor has it: by key and by pointer, and from it to the form that trains."""

import re

from playwright.sync_api import expect

from playground.labs.vision.timeline import MILESTONES

NAMES = [one.name for one in MILESTONES]


def test_the_strip_leads_from_one_architecture_to_the_next(visit, shows):
    here = visit("vision", run="vit-fashion", view="timeline")
    title, chosen = here.view.locator(".timeline-title"), here.view.locator("[role=radio][aria-checked=true]")
    expect(title).to_have_text("LeNet, 1998")
    before = shows(here.main)
    chosen.focus()
    here.page.keyboard.press("ArrowRight")
    expect(title).to_have_text("AlexNet, 2012")
    expect(chosen).to_be_focused()
    here.until(lambda: shows(here.main) != before and here.query("architecture") == "alexnet")
    numbers = here.view.locator(".timeline-numbers")
    expect(numbers).to_contain_text("341,650")
    expect(numbers).to_contain_text("Energy, estimated")
    before = shows(here.main)
    here.control("axis").select_option("seconds")
    here.until(lambda: shows(here.main) != before)


def test_a_dot_can_be_pressed(visit):
    here = visit("vision", run="vit-fashion", view="timeline", architecture="vgg")
    box = here.main.bounding_box()
    title = here.view.locator(".timeline-title")
    for share in range(10, 100, 2):  # somewhere on this line there is another one
        for down in (0.3, 0.7):
            here.page.mouse.click(box["x"] + box["width"] * share / 100, box["y"] + box["height"] * down)
            if title.inner_text() != "VGG, 2014":
                here.until(lambda: here.query("architecture") in NAMES)
                return
    raise AssertionError("no dot was hit")


def test_what_it_added_is_switched_off_and_the_form_filled(visit):
    here = visit("vision", run="vit-fashion", view="timeline", architecture="resnet")
    here.view.get_by_role("checkbox", name="Residual connections").uncheck()
    here.until(lambda: here.query("added") == "false")
    here.view.get_by_role("button", name="Train it without").click()
    expect(here.knob("Recipe")).to_have_value("resnet-fashion")
    here.until(lambda: (here.query("recipe"), here.query("knobs")) == ("resnet-fashion", "residual:false"))
    here.view.locator("[data-name=hybrid]").click()
    expect(here.view.get_by_role("checkbox", name="Convolutional stem")).to_be_checked()
    here.view.get_by_role("button", name="Train it", exact=True).click()
    expect(here.knob("Recipe")).to_have_value("hybrid-fashion")


def test_what_did_not_come_is_asked_for_again(visit, watch):
    here = visit("vision", run="vit-fashion", view="attention")
    asked = []

    def lost_once(route):
        asked.append(route.request.url)
        return route.abort() if len(asked) == 1 else route.continue_()

    here.page.route("**/experiments/vision/timeline?*", lost_once)
    here.open(wait=False, run="vit-fashion", view="timeline", architecture="vgg")
    expect(here.view.locator(".stage-problem")).to_be_visible()
    expect(here.view.locator(".timeline-numbers")).to_contain_text("72,666", timeout=15_000)
    expect(here.view.locator(".stage-problem")).to_be_hidden()
    here.page.unroute("**/experiments/vision/timeline?*")
    watch.forget()


def test_the_run_on_the_stage_is_told_and_all_are_a_table(visit, shows):
    here = visit("vision", run="vit-fashion", view="timeline")
    expect(here.caption).to_have_text(re.compile(r"vit-fashion, snapshot of step 3,000, \d\d\.\d% after"))
    before = shows(here.main)
    here.film.locator(".film-range").press("ArrowLeft")
    here.until(lambda: shows(here.main) != before)
    here.view.get_by_role("button", name="Table of all").click()
    expect(here.view.locator(".experiment-table tbody tr")).to_have_count(len(MILESTONES))
