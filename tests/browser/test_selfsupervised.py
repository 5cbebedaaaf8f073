"""The self-supervised lab as a visitor meets it: the map, and the views that count as the same."""

import re

from playwright.sync_api import expect

from playground.data import packs


def test_pointing_at_a_dot_shows_its_picture_and_class(visit):
    here = visit("selfsupervised", run="simclr-fashion", view="map")
    classes = packs.spec("fashion").classes
    name = here.view.locator(".map-pointed p")
    expect(name).to_contain_text("Point at a dot")
    here.main.focus()
    here.page.keyboard.press("ArrowRight")
    here.until(lambda: name.inner_text() in classes)
    seen = {name.inner_text()}
    for key in ["ArrowUp"] * 4 + ["ArrowLeft"] * 8:
        here.page.keyboard.press(key)
        seen.add(name.inner_text())
    assert len(seen) > 1, "another dot is another picture"
    box = here.main.bounding_box()
    here.page.mouse.move(box["x"] + 2, box["y"] + 2)
    expect(name).to_contain_text("Point at a dot")


def test_the_map_moves_through_the_training(visit, shows):
    here = visit("selfsupervised", run="simclr-fashion", view="map")
    last = shows(here.main)
    here.scrub(0)
    here.until(lambda: here.snapshot == 0)
    here.until(lambda: shows(here.main) != last)
    nearest = here.view.locator(".map-near figcaption").all_inner_texts()
    assert len(nearest) == 5 and all(re.fullmatch(r"cosine -?\d\.\d\d", text) for text in nearest)


def test_another_picture_lands_elsewhere_with_other_neighbors(visit, shows):
    here = visit("selfsupervised", run="simclr-fashion", view="map")
    near = here.view.locator(".map-near canvas").first
    here.until(lambda: here.view.locator(".map-near canvas").count() == 5)
    before, chart = shows(near), shows(here.main)
    here.panel.locator(".inspect-pictures").get_by_role("option").nth(5).click()
    here.until(lambda: shows(near) != before and shows(here.main) != chart)


def test_stronger_augmentations_make_views_of_one_picture_less_alike(visit):
    here = visit("selfsupervised", run="simclr-fashion", view="same")
    words = here.view.locator(".same-words")

    def within():
        return float(re.search(r"of one picture: (-?[\d.]+) in", words.inner_text())[1])

    here.until(lambda: "in the mean" in words.inner_text())
    usual = within()
    for name, value in (("smallest", 1), ("largest", 1), ("color", 0)):
        here.control(name).fill(str(value))
    here.until(lambda: within() > max(0.9, usual))
    here.control("smallest").fill("0.02")
    here.control("largest").fill("0.05")
    here.until(lambda: within() < usual)


def test_a_pair_of_views_is_said_and_framed_where_it_is_pointed_at(visit, shows):
    here = visit("selfsupervised", run="simclr-fashion", view="same")
    said, views = here.view.locator(".same-pair"), here.view.locator(".same-sheet").first
    expect(said).to_have_text(re.compile(r"The two framed views: cosine \d\.\d\d\."))
    first, framed = said.inner_text(), shows(views)
    box = here.main.bounding_box()
    here.page.mouse.move(box["x"] + 0.97 * box["width"], box["y"] + 0.1 * box["height"])  # the first and the last one
    here.until(lambda: said.inner_text() != first and shows(views) != framed)
    here.main.focus()
    here.page.keyboard.press("ArrowDown")
    across = said.inner_text()
    here.page.mouse.move(box["x"] + 0.97 * box["width"], box["y"] + 0.97 * box["height"])
    expect(said).to_have_text("A view and itself: cosine 1.")
    assert across != first
