"""The VAE tab as a visitor meets it: a plane to drag over, and a place on it for a drawing of one's own."""

import pytest
from playwright.sync_api import expect

from .plane import at, decoded, linked, place, settled
from .tiers import first_for_all


def test_it_opens_on_a_drawn_plane(visit, shows):
    here = settled(visit("vae"))
    assert here.snapshot == 60 and here.steps == (60, 60)
    assert "20 × 20 decoded points" in here.caption.inner_text()
    assert "297 test pictures of digits" in here.caption.inner_text()
    expect(here.panel.locator(".class-legend span")).to_have_count(10)
    assert decoded(here).evaluate("canvas => canvas.width") == 8
    expect(here.panel.locator(".picture-strip button")).to_have_count(24)
    assert here.view.locator(".given").evaluate("image => image.naturalWidth") == 8
    with_dots = shows(here.main)
    here.control("dots").uncheck()
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
    here.until(lambda: linked(here) == pytest.approx((2.5, -2.5), abs=0.05))
    point = place(here)
    assert point == pytest.approx(linked(here), abs=0.006)
    here.page.mouse.move(*at(here, 0, 0))
    assert place(here) == point, "the point stays when no button is pressed"


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
    here.until(lambda: linked(here) == pytest.approx(place(here), abs=0.006))


def test_a_picture_takes_the_point_with_it(visit):
    here = settled(visit("vae"))
    here.page.mouse.click(*at(here, -2.5, 2.5))
    here.until(lambda: here.query("moved") == "true")
    here.panel.locator(".picture-strip button").nth(6).click()
    here.until(lambda: place(here)[0] > -2)
    point = place(here)
    here.until(lambda: all(here.query(key) is None for key in ("x", "y", "moved")))
    here.page.reload()
    here.until(lambda: place(settled(here)) == point)


def test_a_place_in_the_address_is_where_the_point_stands(visit):
    point = {"view": "plane", "x": 1.5, "y": -1, "moved": "true"}
    assert place(settled(visit("vae", **point))) == (1.5, -1)
    assert place(settled(visit("vae", picture="ex-3", **point))) == (1.5, -1)


def test_no_key_leads_off_the_plane(visit):
    here = settled(visit("vae"))
    here.page.mouse.click(*at(here, 2.95, 0))
    for _ in range(5):
        here.page.keyboard.press("ArrowRight")
    here.page.wait_for_timeout(100)
    assert place(here)[0] <= 3, "the point cannot be seen out there"


def test_a_reload_brings_everything_back(visit, shows, films):
    here = settled(visit("vae"))
    here.panel.locator(".picture-strip button").nth(4).click()
    here.until(lambda: here.query("picture") == "ex-4")
    here.scrub(here.film.locator(".film-range").evaluate("range => Math.floor(range.max / 2)"))
    here.until(lambda: here.snapshot == films["vae"].nearest(here.steps[0]) and here.query("step") is not None)
    here.page.mouse.click(*at(here, 1.5, -1))
    here.page.mouse.move(5, 5)
    here.until(lambda: here.query("moved") == "true")
    pictures = here.at_rest(lambda: (shows(decoded(here)), shows(here.main)))
    point, steps = place(here), here.steps
    assert point == pytest.approx((1.5, -1), abs=0.05) and steps[0] < 60
    here.page.reload()
    here.caption.wait_for()
    here.until(lambda: (shows(decoded(here)), shows(here.main)) == pictures)
    assert (place(here), here.steps, here.query("picture")) == (point, steps, "ex-4")
    assert linked(here) == pytest.approx(point, abs=0.006)


@pytest.mark.parametrize(
    ("query", "sentence"),
    first_for_all(
        [
            ({"x": "3,-1,9"}, "The link's “x” must be a number from -3 to 3."),
            ({"y": "1e9"}, "The link's “y” must be a number from -3 to 3."),
            ({"moved": "perhaps"}, "The link's “moved” must be true or false."),
        ]
    ),
)
def test_a_place_in_the_address_that_makes_no_sense_is_told_and_still_draws(visit, query, sentence):
    here = settled(visit("vae", **{"view": "plane", "x": 1, "y": 1, "moved": "true"} | query))
    expect(here.problem).to_have_text(sentence)
    assert all(abs(value) <= 3 for value in place(here))
    assert "NaN" not in here.view.inner_text()


def test_a_sentence_about_an_error_goes_with_the_next_success(visit, watch):
    here = settled(visit("vae"))
    error = '{"error": "The decoder rests."}'
    here.page.route("**/views/vae/plane/decode**", lambda route: route.fulfill(status=400, body=error))
    here.main.focus()
    here.page.keyboard.press("ArrowRight")
    expect(here.problem).to_have_text("The decoder rests.")
    here.page.unroute("**/views/vae/plane/decode**")
    here.page.keyboard.press("ArrowRight")
    expect(here.problem).to_have_count(0)
    watch.forget_refusals()


def test_every_frame_shows_its_own_plane(visit, shows, films):
    """However the answers come in, the plane that is drawn is that of the step which the caption names."""
    here = settled(visit("vae"))
    here.control("dots").uncheck()
    here.page.mouse.click(*at(here, -2.9, -2.9))
    here.scrub(0)
    here.until(lambda: here.snapshot == 0)
    here.page.wait_for_timeout(300)

    late = []
    here.page.route("**/views/vae/plane/plane**", lambda route: late.append(route))
    here.scrub(here.film.locator(".film-range").evaluate("range => Math.floor(range.max / 2)"))
    here.until(lambda: len(late) == 1)
    step = films["vae"].nearest(here.steps[0])
    assert 0 < step < 60
    here.control("dots").check()
    here.control("dots").uncheck()
    assert here.snapshot == 0, "it is still the old plane that is drawn"
    here.panel.locator(".picture-strip button").nth(7).click()  # its place is asked for, and known sooner
    here.page.wait_for_timeout(500)
    for route in late:
        route.continue_()
    here.page.unroute("**/views/vae/plane/plane**")
    here.until(lambda: here.snapshot == step and "ex-7" in here.view.locator(".given").first.get_attribute("src"))
    here.page.wait_for_timeout(500)
    after = shows(here.main)

    here.page.reload()
    settled(here)
    here.control("dots").uncheck()
    here.until(lambda: here.snapshot == step)
    here.page.wait_for_timeout(300)
    assert after == shows(here.main)


def test_a_picture_is_pinned_as_the_other_end_and_stays_in_the_link(visit, shows):
    here = visit("vae", view="walk")
    pin = here.panel.locator("[data-option=b]")
    here.panel.locator(".picture-strip [data-name=ex-6]").click()
    before = here.at_rest(lambda: shows(here.main))
    pin.get_by_role("button", name="Pin the picture on the stage as b").click()
    here.until(lambda: here.query("b") == "ex-6" and shows(here.main) != before)
    expect(pin.get_by_role("button")).to_be_disabled()
    here.panel.locator(".picture-strip [data-name=ex-2]").click()
    here.until(lambda: here.query("picture") == "ex-2")
    walked = here.at_rest(lambda: shows(here.main))
    assert "ex-6" in pin.locator("img").get_attribute("src")
    here.page.reload()
    here.until(lambda: shows(here.main) == walked)


def test_a_link_that_pins_nonsense_is_told_and_still_draws(visit):
    here = visit("vae", view="walk", b="nobody")
    expect(here.problem).to_have_text("The link's “b” must be the name of a picture, such as ex-3.")


def test_an_autoencoder_leaves_holes_in_the_prior(visit):
    here = visit("vae", view="prior", run="ae-fashion", compare="vae-fashion", align="end")
    here.until(lambda: here.view.locator(".bar b").count() == 4 and all(here.view.locator(".bar b").all_inner_texts()))
    shares = [float(text.rstrip("%")) for text in here.view.locator(".bar b").all_inner_texts()]
    (covered, density), (vae_covered, vae_density) = shares[:2], shares[2:]
    assert covered < 25 and density < 0.2 and vae_covered > 75 and vae_density > 0.7
    assert "it would be 96.9%" in here.caption.inner_text()


@pytest.mark.parametrize("view", ["gradient", "walk"])
def test_a_trace_says_all_of_its_words_on_a_phone(visit, view):
    here = visit("vae", wait=False, view=view, run="vae-fashion")
    here.page.set_viewport_size({"width": 390, "height": 844})
    here.caption.wait_for()
    words = here.film.locator(".film-trace")
    here.until(lambda: words.inner_text() != "")
    here.page.wait_for_timeout(200)
    assert words.evaluate("e => e.scrollWidth <= e.clientWidth && e.scrollHeight <= e.clientHeight + 1")
