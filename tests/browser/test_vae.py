"""The VAE tab as a visitor meets it: a plane to drag over, and a place on it for a drawing of one's own."""

import re

import pytest
from playwright.sync_api import expect


def decoded(visit):
    return visit.view.locator(".decoded").first


def place(visit):
    """The point that the view says is decoded; None where it says of none yet."""
    match = re.search(r"at \((\S+), (\S+)\)", visit.view.locator(".plane-side .caption").first.text_content())
    return match and tuple(float(word.replace("−", "-")) for word in match.groups())


def at(visit, x, y):
    """A point of the plane, from -3 to 3 in both directions, on the page."""
    visit.main.scroll_into_view_if_needed()
    box = visit.main.bounding_box()
    return box["x"] + (x + 3) / 6 * box["width"], box["y"] + (3 - y) / 6 * box["height"]


def settled(visit):
    """Waits until the picture stands where the encoder puts it, or the point where the address has it."""
    visit.until(lambda: place(visit) not in (None, (0, 0)) and visit.view.locator(".given").first.is_visible())
    visit.page.wait_for_timeout(200)
    return visit


def test_it_opens_on_a_drawn_plane(visit, shows):
    here = settled(visit("vae"))
    assert here.snapshot == 60 and here.steps == (60, 60)
    assert "20 × 20 decoded points" in here.caption.inner_text()
    assert "297 test pictures of digits" in here.caption.inner_text()
    expect(here.view.locator(".plane-legend span")).to_have_count(10)
    assert decoded(here).evaluate("canvas => canvas.width") == 8
    expect(here.view.locator(".picture-strip button")).to_have_count(24)
    assert here.view.locator(".given").evaluate("image => image.naturalWidth") == 8
    with_dots = shows(here.main)
    here.view.locator(".plane-dots").uncheck()
    assert shows(here.main) != with_dots


def test_dragging_changes_the_picture_and_the_address(visit, shows):
    here = settled(visit("vae"))
    before = shows(decoded(here))
    here.page.mouse.move(*at(here, -2.5, 2.5))
    here.page.mouse.down()
    here.until(lambda: place(here) == pytest.approx((-2.5, 2.5), abs=0.05))
    here.until(lambda: shows(decoded(here)) != before)
    corner = shows(decoded(here))
    here.page.mouse.move(*at(here, 2.5, -2.5), steps=12)
    here.page.mouse.up()
    here.until(lambda: shows(decoded(here)) not in (before, corner))
    here.until(lambda: here.query("view") is not None)
    x, y = map(float, here.query("view").split(","))
    assert (x, y) == pytest.approx((2.5, -2.5), abs=0.05) and (x, y) == place(here)
    here.page.mouse.move(*at(here, 0, 0))
    assert place(here) == (x, y), "the point stays when no button is pressed"


def test_what_is_dragged_out_of_the_plane_stays_on_its_edge(visit):
    here = settled(visit("vae"))
    here.page.mouse.move(*at(here, 2, 0))
    here.page.mouse.down()
    here.page.mouse.move(*at(here, 3.4, 0), steps=4)
    here.until(lambda: place(here)[0] == 3)
    here.page.mouse.up()


def test_arrow_keys_move_the_point(visit, shows):
    here = settled(visit("vae"))
    x, y = place(here)
    here.main.focus()
    for _ in range(5):
        here.page.keyboard.press("ArrowRight")
    here.page.keyboard.press("ArrowUp")
    assert place(here) == pytest.approx((x + 0.5, y + 0.1), abs=0.02)
    here.until(lambda: here.query("view") is not None)


def test_a_picture_takes_the_point_with_it(visit):
    here = settled(visit("vae"))
    here.page.mouse.click(*at(here, -2.5, 2.5))
    here.until(lambda: here.query("view") is not None)
    here.view.locator(".picture-strip button").nth(6).click()
    here.until(lambda: place(here)[0] > -2)
    point = place(here)
    here.until(lambda: here.query("view") is None)
    here.page.reload()
    here.until(lambda: place(settled(here)) == point)


def test_a_place_in_the_address_is_where_the_point_stands(visit):
    here = settled(visit("vae", view="1.50,-1.00"))
    assert place(here) == (1.5, -1)
    here = settled(visit("vae", view="1.50,-1.00", picture="ex-3"))
    assert place(here) == (1.5, -1)


def test_no_key_leads_off_the_plane(visit):
    here = settled(visit("vae"))
    here.page.mouse.click(*at(here, 2.95, 0))
    for _ in range(5):
        here.page.keyboard.press("ArrowRight")
    here.page.wait_for_timeout(100)
    assert place(here)[0] <= 3, "the point cannot be seen out there"


def test_a_reload_brings_everything_back(visit, shows, films):
    here = settled(visit("vae"))
    here.view.locator(".picture-strip button").nth(4).click()
    here.until(lambda: here.query("picture") == "ex-4")
    here.scrub(here.film.locator(".film-range").evaluate("range => Math.floor(range.max / 2)"))
    here.until(lambda: here.snapshot == films["vae"].nearest(here.steps[0]) and here.query("step") is not None)
    here.page.mouse.click(*at(here, 1.5, -1))
    here.page.mouse.move(5, 5)
    here.until(lambda: here.query("view") is not None)
    pictures = here.at_rest(lambda: (shows(decoded(here)), shows(here.main)))
    point, steps = place(here), here.steps
    assert point == pytest.approx((1.5, -1), abs=0.05) and steps[0] < 60
    here.page.reload()
    here.caption.wait_for()
    here.until(lambda: (shows(decoded(here)), shows(here.main)) == pictures)
    assert (place(here), here.steps, here.query("picture")) == (point, steps, "ex-4")
    assert here.query("view") == f"{point[0]:.2f},{point[1]:.2f}"


@pytest.mark.parametrize("view", ["3,-1,9", "1e9,1e9"])
def test_a_place_in_the_address_that_makes_no_sense_still_draws(visit, view):
    here = settled(visit("vae", view=view))
    assert all(abs(value) <= 3 for value in place(here))
    assert "NaN" not in here.view.inner_text()


def test_a_drawing_is_placed_on_the_plane(visit, shows):
    here = settled(visit("vae"))
    before, first = shows(here.main), place(here)
    pad = here.view.locator(".pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    here.page.mouse.move(box["x"] + 112, box["y"] + 30)
    here.page.mouse.down()
    here.page.mouse.move(box["x"] + 112, box["y"] + 190, steps=8)
    here.page.mouse.up()
    here.until(lambda: (here.query("picture") or "").startswith("up-"))
    here.until(lambda: place(here) != first)
    here.until(lambda: shows(here.main) != before)
    assert "the ellipse is one standard deviation" in here.view.locator(".plane-side .caption").first.inner_text()
    assert not here.query("picture").endswith("-inverted"), "the pad is black already"
    given = here.view.locator(".given").first
    here.until(lambda: here.query("picture") in given.get_attribute("src"))
    here.view.get_by_role("button", name="Clear").click()
    here.until(lambda: here.query("picture") is None and place(here) == first)
    here.until(lambda: "ex-0" in given.get_attribute("src"))
    expect(here.view.locator("[data-name=ex-0]")).to_have_attribute("aria-selected", "true")
    expect(here.problem).to_have_count(0)


def test_the_keyboard_draws_and_chooses_as_well(visit, shows):
    here = settled(visit("vae"))
    first, pad, keys = place(here), here.view.locator(".pad"), here.page.keyboard
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
    here.view.locator("[data-name=ex-0]").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "Enter"):
        keys.press(key)
    here.until(lambda: here.query("picture") == "ex-1")


def test_clearing_the_pad_leaves_another_picture_alone(visit):
    here = settled(visit("vae", picture="ex-5"))
    here.view.get_by_role("button", name="Clear").click()
    here.page.wait_for_timeout(300)
    assert here.query("picture") == "ex-5"


def test_a_sentence_about_an_error_goes_with_the_next_success(visit, watch):
    here = settled(visit("vae"))
    error = '{"error": "The decoder rests."}'
    here.page.route("**/views/vae/decode**", lambda route: route.fulfill(status=400, body=error))
    here.main.focus()
    here.page.keyboard.press("ArrowRight")
    expect(here.problem).to_have_text("The decoder rests.")
    here.page.unroute("**/views/vae/decode**")
    here.page.keyboard.press("ArrowRight")
    expect(here.problem).to_have_count(0)
    watch.forget_refusals()


def test_every_frame_shows_its_own_plane(visit, shows, films):
    """However the answers come in, the plane that is drawn is that of the step which the caption names."""
    here = settled(visit("vae"))
    here.view.locator(".plane-dots").uncheck()
    here.page.mouse.click(*at(here, -2.9, -2.9))
    here.scrub(0)
    here.until(lambda: here.snapshot == 0)
    here.page.wait_for_timeout(300)

    late = []
    here.page.route("**/views/vae/plane**", lambda route: late.append(route))
    here.scrub(here.film.locator(".film-range").evaluate("range => Math.floor(range.max / 2)"))
    here.until(lambda: len(late) == 1)
    step = films["vae"].nearest(here.steps[0])
    assert 0 < step < 60
    here.view.locator(".plane-dots").check()
    here.view.locator(".plane-dots").uncheck()
    assert here.snapshot == 0, "it is still the old plane that is drawn"
    here.view.locator(".picture-strip button").nth(7).click()  # its place is asked for, and known sooner
    here.page.wait_for_timeout(500)
    for route in late:
        route.continue_()
    here.page.unroute("**/views/vae/plane**")
    here.until(lambda: here.snapshot == step and "ex-7" in here.view.locator(".given").first.get_attribute("src"))
    here.page.wait_for_timeout(500)
    after = shows(here.main)

    here.page.reload()
    settled(here)
    here.view.locator(".plane-dots").uncheck()
    here.until(lambda: here.snapshot == step)
    here.page.wait_for_timeout(300)
    assert after == shows(here.main)
