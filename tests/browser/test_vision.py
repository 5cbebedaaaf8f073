"""The vision tab as a visitor meets it: a picture, its attention, and pictures of their own."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect


def maps(visit):
    return visit.view.locator(".attention-maps canvas")


def all_maps(visit, shows):
    return [shows(canvas) for canvas in maps(visit).all()]


def patch(visit, row, column, grid=4):
    """The middle of a patch of the large picture, on the page."""
    visit.main.scroll_into_view_if_needed()
    box = visit.main.bounding_box()
    return box["x"] + (column + 0.5) * box["width"] / grid, box["y"] + (row + 0.5) * box["height"] / grid


def selected(visit):
    return visit.view.locator(".attention-maps canvas[aria-selected=true]").get_attribute("aria-label")


def test_it_opens_on_a_drawn_picture(visit, shows):
    here = visit("vision")
    assert maps(here).count() == 4 * 5, "four blocks of four heads and their mean"
    assert len(set(all_maps(here, shows))) > 10
    assert here.snapshot == 60 and here.steps == (60, 60)
    assert here.status.startswith("Accuracy ") and "297 test pictures of digits" in here.status
    expect(here.view.locator(".bar")).to_have_count(5)
    expect(here.panel.locator(".picture-strip button")).to_have_count(24)
    assert here.query("run") is not None


def test_without_an_address_something_is_drawn_too(visit, open_page, playground, shows):
    here = visit("vision", wait=False)
    here.page.goto(playground)
    here.caption.wait_for()
    here.until(lambda: len(set(all_maps(here, shows))) > 10)


def test_the_patch_under_the_pointer_asks(visit, shows):
    here = visit("vision")
    resting, picture = all_maps(here, shows), shows(here.main)
    assert "all patches attend to on average" in here.caption.inner_text()
    here.page.mouse.move(*patch(here, 1, 2))
    expect(here.caption).to_contain_text("What patch 7 attends to")
    before = all_maps(here, shows)
    assert sum(one != other for one, other in zip(resting, before, strict=True)) > 10
    assert shows(here.main) != picture
    here.page.mouse.move(*patch(here, 3, 0))
    expect(here.caption).to_contain_text("What patch 13 attends to")
    assert all_maps(here, shows) != before
    here.page.mouse.move(5, 5)
    expect(here.caption).to_contain_text("all patches attend to on average")
    assert all_maps(here, shows) == resting


def test_a_pressed_patch_is_held_until_it_is_let_go(visit, shows):
    here = visit("vision")
    here.page.mouse.click(*patch(here, 2, 1))
    here.page.mouse.move(*patch(here, 0, 0))
    expect(here.caption).to_contain_text("What patch 10 attends to")
    here.page.mouse.move(5, 5)
    expect(here.caption).to_contain_text("What patch 10 attends to")
    here.until(lambda: here.query("query") == "9")
    here.panel.get_by_role("button", name="All patches").click()
    expect(here.caption).to_contain_text("all patches attend to on average")


def test_a_map_can_be_chosen_by_mouse_and_by_keyboard(visit, shows):
    here = visit("vision")
    before = shows(here.main)
    assert selected(here) == "Block 4, mean of its heads"
    here.view.get_by_label("Block 2, head 3", exact=True).click()
    assert selected(here) == "Block 2, head 3"
    expect(here.caption).to_contain_text("block 2, head 3")
    chosen = shows(here.main)
    assert chosen != before
    here.view.get_by_label("Block 1, head 1", exact=True).focus()
    here.page.keyboard.press("Enter")
    assert selected(here) == "Block 1, head 1" and shows(here.main) != chosen


def test_arrow_keys_move_the_patch_and_escape_lets_it_go(visit):
    here = visit("vision")
    here.main.focus()
    for key, number in (("ArrowRight", 2), ("ArrowDown", 6), ("ArrowLeft", 5), ("ArrowUp", 1), ("ArrowUp", 1)):
        here.page.keyboard.press(key)
        expect(here.caption).to_contain_text(f"What patch {number} attends to")
    here.page.keyboard.press("Escape")
    expect(here.caption).to_contain_text("all patches attend to on average")


def test_a_reload_brings_everything_back(visit, shows, films):
    here = visit("vision")
    here.panel.locator(".picture-strip button").nth(5).click()
    here.scrub(here.film.locator(".film-range").evaluate("range => Math.floor(range.max / 2)"))
    here.view.get_by_label("Block 2, head 3", exact=True).click()
    here.page.mouse.click(*patch(here, 2, 1))
    here.page.mouse.move(5, 5)
    held = {"view": "attention", "layer": "1", "head": "2", "query": "9"}
    here.until(
        lambda: (
            all(here.query(key) == value for key, value in held.items())
            and here.query("picture") == "ex-5"
            and here.query("step")
        )
    )
    step = here.steps[0]
    assert step < 60 and here.query("step") == str(step)
    here.until(lambda: here.snapshot == films["vision"].nearest(step))
    before = shows(here.main), here.caption.inner_text(), here.steps
    here.page.reload()
    here.caption.wait_for()
    here.until(lambda: shows(here.main) == before[0])
    assert (here.caption.inner_text(), here.steps) == before[1:]
    assert {key: here.query(key) for key in held} == held
    assert (here.query("picture"), here.query("step")) == ("ex-5", str(step))
    assert selected(here) == "Block 2, head 3"


NONSENSE = (
    ({"view": "1,2,9"}, "There is no view “1,2,9” in this lab."),
    ({"view": "attention", "layer": 100}, "The link's “layer” must be a whole number from 0 to 99."),
    ({"view": "attention", "strength": "much", "head": 0.5}, "“strength” must be a number from 0 to 1."),
    ({"view": "attention", "network": "no one"}, "There is no trained network “no one”"),
    ({"view": "attention", "layer": 99, "head": 99, "query": 9999}, ""),
)


@pytest.mark.parametrize(("query", "sentence"), NONSENSE)
def test_a_link_that_makes_no_sense_is_told_and_still_draws(visit, shows, watch, query, sentence):
    here = visit("vision", **query)
    here.until(lambda: len(set(all_maps(here, shows))) > 10)
    expect(here.problem).to_have_count(1 if sentence else 0)
    if sentence:
        expect(here.problem).to_contain_text(sentence)
    assert re.search(
        r"attends? to (on average )?in block [1-4], (head [1-4]|mean of its heads),", here.caption.inner_text()
    )
    expect(here.view.locator(".attention-maps canvas[aria-selected=true]")).to_have_count(1)
    assert "NaN" not in here.view.inner_text()
    watch.forget_refusals()


# Pictures that visitors bring


def encoded(picture, kind="PNG", **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def bands(mode="RGB", size=(60, 60)):
    """Red above, blue below."""
    picture = Image.new("RGB", size, "blue")
    picture.paste("red", (0, 0, size[0], size[1] // 2))
    return picture.convert(mode)


def rotated():
    """Lies on its side, and its EXIF data say so: upright, red is above."""
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    return encoded(bands().transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif, quality=95, subsampling=0)


def see_through():
    """Opaque above, clear below."""
    picture = bands("RGBA")
    picture.putalpha(Image.new("L", picture.size, 0))
    picture.paste((255, 0, 0, 255), (0, 0, 60, 30))
    return encoded(picture)


def bring(visit, content, name="picture.png"):
    """Uploads a file and waits for the answer."""
    with visit.page.expect_response("**/playground/pictures") as answer:
        visit.panel.locator(".picture-strip ~ input[type=file]").set_input_files(
            {"name": name, "mimeType": "image/png", "buffer": content}
        )
    return answer.value


def test_pictures_that_were_brought_stay_in_every_lab_of_the_session(visit, shows):
    here = visit("vision")
    files = here.panel.locator(".picture-strip ~ input[type=file]")
    pictures = [encoded(Image.new("RGB", (60, 60), color)) for color in ("red", "blue")]
    files.set_input_files(
        [{"name": f"{i}.png", "mimeType": "image/png", "buffer": content} for i, content in enumerate(pictures)]
    )
    own = here.panel.locator(".picture-strip [data-name^=up-]")
    expect(own).to_have_count(2)
    here.until(lambda: (here.query("picture") or "").startswith(own.first.get_attribute("data-name")))
    expect(own.first).to_have_attribute("aria-selected", "true")
    newest = here.at_rest(lambda: shows(here.main))
    own.last.click()
    expect(own.last).to_have_attribute("aria-selected", "true")
    here.until(lambda: shows(here.main) != newest)
    here.page.reload()
    here.caption.wait_for()
    expect(own).to_have_count(2)
    here.page.get_by_role("tab", name="VAE", exact=True).click()
    expect(here.page.locator("#lab-vae .picture-strip [data-name^=up-]")).to_have_count(2)


def test_one_picture_that_is_taken_does_not_hide_one_that_is_not(visit, watch):
    here = visit("vision")
    files = [b"no picture", encoded(Image.new("RGB", (60, 60), "red"))]
    here.panel.locator(".picture-strip ~ input[type=file]").set_input_files(
        [{"name": f"{i}.png", "mimeType": "image/png", "buffer": content} for i, content in enumerate(files)]
    )
    expect(here.panel.locator(".picture-strip [data-name^=up-]")).to_have_count(1)
    expect(here.problem).to_contain_text("not a picture")
    watch.forget_refusals()


def test_what_cannot_be_used_is_told_and_the_view_stays(visit, shows, watch):
    here = visit("vision")
    before = here.at_rest(lambda: (shows(here.main), all_maps(here, shows)))
    for content, words in (
        (b"This is no picture.", "not a picture"),
        (b"", "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
        (encoded(bands())[:60], "torn"),
        (encoded(Image.new("1", (20_000, 20_000))), "too large"),
        (encoded(Image.new("RGB", (1, 1))), "too small"),
    ):
        if content:
            assert bring(here, content).status == 400
        else:
            here.panel.locator(".picture-strip ~ input[type=file]").set_input_files(
                {"name": "empty.png", "mimeType": "image/png", "buffer": content}
            )
        expect(here.problem).to_contain_text(words)
        assert here.problem.inner_text().endswith(".") and "\n" not in here.problem.inner_text()
        assert here.query("picture") is None
    assert (shows(here.main), all_maps(here, shows)) == before
    here.panel.locator(".picture-strip [data-name=ex-3]").click()
    expect(here.problem).to_have_count(0)
    here.until(lambda: shows(here.main) != before[0])
    watch.forget_refusals()


def deep():
    """16 bits deep, bright above."""
    values = np.full((60, 60), 50 * 257, dtype=np.uint16)
    values[:30] = 200 * 257
    return values


FORMS = {
    "RGB": (encoded(bands()), (255, 0, 0), (0, 0, 255)),
    "RGBA": (see_through(), (255, 0, 0), (255, 255, 255)),
    "16 bits": (encoded(Image.fromarray(deep())), (200, 200, 200), (50, 50, 50)),
    "CMYK": (encoded(bands("CMYK"), "JPEG", quality=95), (255, 0, 0), (0, 0, 255)),
    "animation": (
        encoded(bands(), "GIF", save_all=True, append_images=[Image.new("RGB", (60, 60), "green")]),
        (255, 0, 0),
        (0, 0, 255),
    ),
    "EXIF": (rotated(), (255, 0, 0), (0, 0, 255)),
    "palette": (encoded(bands("P")), (255, 0, 0), (0, 0, 255)),
}
"""File, color above, color below."""


def test_every_form_of_picture_is_taken_as_it_is_meant(visit, shows):
    here = visit("vision")
    for form, (content, above, below) in FORMS.items():
        here.panel.locator(".picture-strip [data-name=ex-3]").click()
        here.until(lambda: here.query("picture") == "ex-3")
        name = bring(here, content).json()["picture"]
        here.until(lambda name=name: (here.query("picture") or "").startswith(name))
        expect(here.problem).to_have_count(0)
        response = here.page.request.get(f"{here.url}playground/pictures/{name}.png?data=emoji&size=32")
        picture = Image.open(io.BytesIO(response.body())).convert("RGB")
        for at, color in ((8, above), (24, below)):
            pixel = picture.getpixel((16, at))
            assert max(abs(one - other) for one, other in zip(pixel, color, strict=True)) < 12, (form, at, pixel)


def test_a_picture_that_was_brought_is_looked_at(visit, shows):
    here = visit("vision")
    before = shows(here.main), all_maps(here, shows)
    name = bring(here, encoded(bands())).json()["picture"]
    here.until(lambda: all_maps(here, shows) != before[1] and shows(here.main) != before[0])
    expect(here.panel.locator(".picture-strip button[aria-selected=true]")).to_have_attribute("data-name", name)
    expect(here.view.locator(".bar.right")).to_have_count(0)
    here.page.reload()
    here.caption.wait_for()
    assert (here.query("picture") or "").startswith(name)


def test_a_picture_that_is_no_longer_here_is_told_and_the_page_works_on(visit, shows, watch):
    here = visit("vision", wait=False, picture="up-of-another-time")
    expect(here.problem).to_contain_text("no longer here")
    here.panel.locator(".picture-strip [data-name=ex-3]").click()
    here.until(lambda: len(set(all_maps(here, shows))) > 10)
    expect(here.problem).to_have_count(0)
    watch.forget_refusals()


def test_light_and_dark_can_be_swapped(visit, shows):
    here = visit("vision")
    bring(here, encoded(Image.new("L", (40, 40), "white")))
    swap = here.panel.get_by_text("swap light and dark")
    expect(swap).to_be_visible()
    here.until(lambda: (here.query("picture") or "").endswith("-inverted"))
    before = shows(here.main)
    swap.click()
    here.until(lambda: not (here.query("picture") or "").endswith("-inverted"))
    here.until(lambda: shows(here.main) != before)
