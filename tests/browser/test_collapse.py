"""Whether a representation has collapsed, and what a transformer without labels attends to, as a visitor meets them."""

import re

from playwright.sync_api import expect


def test_the_view_says_what_it_sees_and_follows_the_film(visit, shows):
    here = visit("selfsupervised", run="dino-fashion", view="collapse")
    verdict = here.view.locator(".collapse-verdict")
    expect(verdict).to_contain_text("not collapsed")
    assert here.view.locator(".gauge").count() == 4
    last, said = shows(here.main), verdict.inner_text()
    here.scrub(0)
    here.until(lambda: here.snapshot == 0 and shows(here.main) != last)
    assert verdict.inner_text() != said


def test_the_trace_tells_the_effective_rank(visit):
    here = visit("selfsupervised", run="dino-fashion", view="collapse")
    here.until(lambda: "Effective rank of features" in here.film.inner_text())


def test_the_switch_that_provokes_a_collapse_is_one_press_away(visit):
    here = visit("selfsupervised", run="dino-fashion", view="collapse")
    here.view.get_by_role("button", name="Branch with centering off").click()
    expect(here.branching).to_contain_text("Branches off dino-fashion")
    expect(here.knob("Centering")).not_to_be_checked()


def test_on_a_phone_the_chart_and_the_gauges_stand_below_one_another(open_page, playground):
    page = open_page(viewport={"width": 390, "height": 844})
    page.goto(f"{playground}?lab=selfsupervised&run=dino-fashion&view=collapse")
    chart, gauge = page.locator(".spectrum"), page.locator(".gauge").first
    gauge.wait_for()
    box, below = chart.bounding_box(), gauge.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390 and below["y"] >= box["y"] + box["height"]


def test_a_patch_can_be_made_the_query_of_a_transformer_that_saw_no_labels(visit, shows):
    here = visit("selfsupervised", run="dino-fashion", view="attention")
    before = shows(here.main)
    expect(here.caption).to_contain_text("the class token attends to")
    here.main.focus()
    here.page.keyboard.press("ArrowRight")
    expect(here.caption).to_contain_text(re.compile(r"patch \d+ attends to"))
    assert shows(here.main) != before
    assert here.view.locator(".bars .bar").count() == 0, "it names no classes"
