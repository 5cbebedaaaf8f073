"""Directions as a visitor takes hold of them: sliders, strips, names, and the picture that moves."""

import re

import pytest
from playwright.sync_api import expect

from .visitor import colors

RUN = {"run": "stylegan-faces", "view": "directions"}


@pytest.fixture
def here(visit):
    return visit("gan", **RUN)


def rows(here):
    return here.view.locator(".direction")


def slider(here, name):
    return here.view.locator(f"[data-direction={name}]")


def test_it_opens_on_what_is_found_without_labels(here):
    expect(rows(here)).to_have_count(6)
    assert all(colors(strip) > 4 for strip in rows(here).locator("canvas").all())
    shares = [
        float(text.partition("%")[0]) for text in rows(here).locator(".direction-name span").all_inner_texts() if text
    ]
    assert len(shares) == 6 and shares == sorted(shares, reverse=True)
    expect(here.panel.locator("[data-option=attribute]")).to_be_hidden()
    expect(here.view.get_by_role("button", name="Reset")).to_be_disabled()


def test_a_slider_moves_the_picture_and_the_link_brings_it_back(here, shows):
    still = shows(here.main)
    slider(here, "d2").focus()
    for _ in range(20):
        here.page.keyboard.press("ArrowRight")
    here.until(lambda: here.query("moved") == "d2:1" and shows(here.main) != still)
    expect(rows(here).nth(1).locator("output")).to_have_text("+1.00")
    picture = here.at_rest(lambda: shows(here.main))
    here.page.reload()
    here.caption.wait_for()
    here.until(lambda: shows(here.main) == picture)
    expect(slider(here, "d2")).to_have_value("1")
    here.view.get_by_role("button", name="Reset").click()
    here.until(lambda: shows(here.main) == still and here.query("moved") is None)
    expect(slider(here, "d2")).to_have_value("0")


def test_a_picture_of_a_strip_is_where_the_slider_goes(here, shows):
    still = shows(here.main)
    strip = rows(here).nth(0).locator("canvas")
    box = strip.bounding_box()
    strip.click(position={"x": box["width"] * 6.5 / 7, "y": box["height"] / 2})
    here.until(lambda: here.query("moved") == "d1:3" and shows(here.main) != still)
    expect(slider(here, "d1")).to_have_value("3")


def test_labels_give_directions_names_and_effects(here):
    here.view.get_by_role("button", name="Named by attributes").click()
    here.until(lambda: here.query("found") == "attributes" and rows(here).count() > 6)
    names = rows(here).locator("b").all_inner_texts()
    assert len({name.split(":")[0] for name in names}) == len(names), "one of each attribute"
    expect(rows(here).nth(0).locator(".direction-effect")).to_contain_text(
        re.compile(r"\d+% become so; others change \d+%")
    )
    here.control("attribute").select_option("mouth")
    expect(rows(here)).to_have_count(7)
    assert all(name.startswith("mouth: ") for name in rows(here).locator("b").all_inner_texts())
    third = rows(here).nth(2)
    third.locator("input").fill("2")
    expect(here.view.locator(".direction-bars h3")).to_contain_text(third.locator("b").inner_text())
    here.view.get_by_text("How good is the labeler?").click()
    expect(here.view.locator(".direction-labeler tr")).to_have_count(len(names) + 1)
    here.view.get_by_role("button", name="Found without labels").click()
    expect(rows(here)).to_have_count(6)
    expect(here.view.locator(".direction-bars")).to_be_hidden()


def test_a_named_move_goes_on_beside_unnamed_ones(visit, shows):
    plain, named = (visit("gan", **RUN, moved=moved) for moved in ("d1:1", "d1:1;a3:2"))
    plain.until(lambda: shows(plain.main) != shows(named.main))
    expect(slider(named, "d1")).to_have_value("1")


@pytest.mark.parametrize("size", [(390, 844), (820, 1180), (1280, 720)])
def test_nothing_sticks_out_and_the_picture_stays_in_sight(visit, size):
    width, height = size
    here = visit("gan", **RUN, options={"viewport": {"width": width, "height": height}})
    expect(rows(here)).not_to_have_count(0)
    assert here.page.evaluate("document.documentElement.scrollWidth") == width
    for box in (row.bounding_box() for row in rows(here).locator("canvas").all()):
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
    rows(here).last.locator("input").scroll_into_view_if_needed()
    box = here.main.bounding_box()
    assert box["y"] >= 0 and box["y"] + box["height"] <= height
