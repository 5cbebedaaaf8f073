"""The dots of a latent plane, the directions that it lies in, and what it leaves out."""

import re

from playwright.sync_api import expect

from .plane import at, settled


def dot(visit, number=0):
    """Where the first run's lane has a dot, on its plane."""
    x, y = visit.evaluate(
        f"bar.closest('.gradio-container').querySelector('lab-stage[lab=vae]').view.painter.lanes[0].dot({number})"
    )
    return float(x), float(y)


def test_a_dot_shows_its_picture_and_its_class(visit, shows):
    here = settled(visit("vae"))
    shown = here.view.locator(".plane-dot")
    expect(shown).to_be_hidden()
    here.page.mouse.move(*at(here, *dot(here)))
    expect(shown).to_be_visible()
    expect(shown.locator("figcaption")).to_have_text(re.compile(r"^\d$"))
    first = here.at_rest(lambda: shows(shown.locator("canvas")))
    here.page.mouse.move(*at(here, *dot(here, 7)))
    here.until(lambda: shows(shown.locator("canvas")) != first)
    assert here.query("moved") is None, "to look is not to move the point"
    here.page.mouse.move(5, 5)
    expect(shown).to_be_hidden()
    here.page.mouse.click(*at(here, *dot(here)))
    here.page.mouse.move(5, 5)
    here.main.focus()
    for key in ("ArrowRight", "ArrowLeft"):
        here.page.keyboard.press(key)
    expect(shown).to_be_visible()
    here.until(lambda: shows(shown.locator("canvas")) == first)
    here.control("dots").uncheck()
    expect(shown).to_be_hidden()


def test_a_plane_of_two_dimensions_leaves_nothing_out(visit):
    here = settled(visit("vae"))
    expect(here.panel.locator("[data-option=off_plane]")).to_be_hidden()
    expect(here.view.locator(".left-out figure:visible")).to_have_count(2)
    assert "leaves nothing out" in here.view.locator(".lane-side").inner_text()


def test_a_plane_lies_in_the_directions_that_are_chosen(visit, shows):
    here = settled(visit("vae", run="tcvae-faces"))
    expect(here.panel.locator("[data-option=off_plane]")).to_be_visible()
    expect(here.view.locator(".left-out figure:visible")).to_have_count(4)
    assert re.search(r"leaves out \d+\.\d% of this code's", here.view.locator(".lane-side").inner_text())
    axes = here.view.locator(".plane-axes")
    expect(axes).to_have_text("→ PC 1, ↑ PC 2: from −3 to 3 standard deviations of the codes")
    before = here.at_rest(lambda: shows(here.main))
    here.page.mouse.click(*at(here, 1, 1))
    here.until(lambda: here.query("moved") == "true")
    here.control("across").select_option("z3")
    expect(axes).to_have_text(re.compile("^→ z3, ↑ PC 2: "))
    here.until(lambda: here.query("across") == "z3" and here.query("moved") is None)
    here.control("up").select_option("z5")
    expect(axes).to_have_text("→ z3, ↑ z5: from −3 to 3 standard deviations of the prior")
    assert here.control("up").locator("option[value=z3]").count() == 0
    after = here.at_rest(lambda: shows(here.main))
    assert after != before
    here.page.reload()
    here.until(lambda: shows(here.main) == after)
    assert (here.query("across"), here.query("up")) == ("z3", "z5")
