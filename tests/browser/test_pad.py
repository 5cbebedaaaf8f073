"""A drawing of one's own, by pointer and by key, and where it lands on a plane."""

from playwright.sync_api import expect

from .plane import place, settled


def test_a_drawing_is_placed_on_the_plane(visit, shows):
    here = settled(visit("vae"))
    before, first = shows(here.main), place(here)
    pad = here.pad()
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    here.page.mouse.move(box["x"] + 112, box["y"] + 30)
    here.page.mouse.down()
    here.page.mouse.move(box["x"] + 112, box["y"] + 190, steps=8)
    here.page.mouse.up()
    here.until(lambda: (here.query("picture") or "").startswith("up-"))
    here.until(lambda: place(here) != first)
    here.until(lambda: shows(here.main) != before)
    assert "the ellipse is one standard deviation" in here.view.locator(".lane-side .caption").first.inner_text()
    assert not here.query("picture").endswith("-inverted"), "the pad is black already"
    given = here.view.locator(".given").first
    here.until(lambda: here.query("picture") in given.get_attribute("src"))
    here.panel.get_by_role("button", name="Clear").click()
    here.until(lambda: here.query("picture") is None and place(here) == first)
    here.until(lambda: "ex-0" in given.get_attribute("src"))
    expect(here.panel.locator("[data-name=ex-0]")).to_have_attribute("aria-selected", "true")
    expect(here.problem).to_have_count(0)


def test_the_keyboard_draws_and_chooses_as_well(visit, shows):
    here = settled(visit("vae"))
    first, pad, keys = place(here), here.pad(), here.page.keyboard
    pad.focus()
    blank = shows(pad)
    for key in ("ArrowLeft", "ArrowUp"):
        keys.press(key)
    assert shows(pad) == blank, "the pen is up"
    for key in (" ", "Shift+ArrowDown", "Shift+ArrowDown", "Shift+ArrowRight", " "):
        keys.press(key)
    assert shows(pad) != blank
    here.until(lambda: (here.query("picture") or "").startswith("up-"))
    here.until(lambda: place(here) != first)
    here.panel.locator("[data-name=ex-0]").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "Enter"):
        keys.press(key)
    here.until(lambda: here.query("picture") == "ex-1")


def test_strokes_are_undone_and_erased(visit, shows):
    here = settled(visit("vae"))
    pad = here.pad()

    def stroke(x):
        pad.scroll_into_view_if_needed()
        box = pad.bounding_box()
        here.page.mouse.move(box["x"] + x, box["y"] + 30)
        here.page.mouse.down()
        here.page.mouse.move(box["x"] + x, box["y"] + 190, steps=4)
        here.page.mouse.up()
        return shows(pad)

    blank, first = shows(pad), stroke(60)
    second, undo = stroke(160), here.panel.get_by_role("button", name="Undo")
    assert len({blank, first, second}) == 3
    undo.click()
    assert shows(pad) == first
    here.panel.get_by_role("button", name="Eraser").click()
    assert stroke(60) not in (first, second)
    undo.click()
    undo.click()
    assert shows(pad) == blank
    here.until(lambda: here.query("picture") is None)


def test_clearing_the_pad_leaves_another_picture_alone(visit):
    here = settled(visit("vae", picture="ex-5"))
    here.pad()
    here.panel.get_by_role("button", name="Clear").click()
    here.page.wait_for_timeout(300)
    assert here.query("picture") == "ex-5"
