"""The confusion matrix as a visitor has it: its cells by pointer and key, and where two networks differ."""

import re

from playwright.sync_api import expect


def test_a_cell_opens_to_its_pictures(visit, shows):
    here = visit("vision", run="vit-emoji", view="mistakes")
    said = here.view.locator(".confusions-said")
    expect(said).to_have_text(re.compile(r"\d+ of \d+ pictures of “.+” are taken for “.+”\."))
    before, pictures = said.inner_text(), here.view.locator(".lane-side > canvas.tile")
    here.until(lambda: pictures.is_visible())
    shown = shows(pictures)
    box = here.main.bounding_box()
    here.page.mouse.click(box["x"] + box["width"] - 12, box["y"] + box["height"] - 12)
    if here.query("truth") is None:  # the matrix may end a little before the canvas does
        here.main.press("ArrowRight")
    here.until(lambda: said.inner_text() != before)
    here.main.focus()
    for _ in range(9):
        here.page.keyboard.press("ArrowUp")
        here.page.keyboard.press("ArrowLeft")
    here.until(lambda: (here.query("truth"), here.query("taken")) == ("0", "0"))
    expect(said).to_have_text(re.compile(r"\d+ of \d+ pictures of “Smileys & Emotion” are named right\."))
    here.until(lambda: shows(pictures) != shown)


def test_two_networks_are_asked_where_they_differ(visit):
    here = visit("vision", run="vit-emoji", view="mistakes", compare="cnn-emoji")
    button = here.panel.get_by_role("button", name="Where they differ")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    expect(here.view.locator(".confusions-said").first).to_contain_text("are answered differently")
    first, second = (here.view.locator(".confusions-list").nth(i).locator("figcaption") for i in range(2))
    expect(first.first).to_be_visible()
    one, other = first.all_inner_texts(), second.all_inner_texts()
    named = [[re.sub(r" [\d.]+%.*", "", text) for text in texts] for texts in (one, other)]
    assert all(a != b for a, b in zip(*named, strict=True))
    assert ("✓" in one[0]) != ("✓" in other[0]), "first those that one of them has right"
    here.until(lambda: here.query("differ") == "true")


def test_pictures_of_another_run_wait_for_its_answers(visit, shows):
    here = visit("vision", run="vit-emoji", view="mistakes")
    pictures, said = here.view.locator(".lane-side > canvas.tile"), here.view.locator(".confusions-said")
    here.until(lambda: pictures.is_visible())
    before, words, held = shows(pictures), said.inner_text(), []
    here.page.route("**/views/vision/mistakes/answers*", lambda route: held.append(route))
    with here.page.expect_response("**/views/vision/mistakes/sheet*"):
        here.film.locator(".film-run").select_option("vit-fashion")
    here.until(lambda: bool(held))
    here.page.wait_for_timeout(500)
    assert said.inner_text() == words
    assert not pictures.is_visible() or shows(pictures) == before, "the words are those of emoji still"
    for route in held:
        route.continue_()
    here.page.unroute("**/views/vision/mistakes/answers*")
    here.until(lambda: said.inner_text() != words and pictures.is_visible() and shows(pictures) != before)
