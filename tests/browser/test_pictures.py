"""Pictures that visitors bring: every form is taken as it is meant, and what cannot be used is said."""

import io

import numpy as np
from PIL import Image
from playwright.sync_api import expect

from .attention import all_maps


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


def choose(visit, *contents):
    """Chooses files to upload."""
    visit.panel.locator(".picture-strip ~ input[type=file]").set_input_files(
        [{"name": f"{i}.png", "mimeType": "image/png", "buffer": content} for i, content in enumerate(contents)]
    )


def bring(visit, content):
    """Uploads a file and waits for the answer."""
    with visit.page.expect_response("**/playground/pictures") as answer:
        choose(visit, content)
    return answer.value


def test_pictures_that_were_brought_stay_in_every_lab_of_the_session(visit, shows):
    here = visit("vision")
    choose(here, *(encoded(Image.new("RGB", (60, 60), color)) for color in ("red", "blue")))
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
    choose(here, b"no picture", encoded(Image.new("RGB", (60, 60), "red")))
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
            choose(here, content)
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
    sides = "all => all.map(({ naturalWidth }) => naturalWidth)"
    here.until(lambda: here.panel.locator(".picture-pair img").evaluate_all(sides) == [256, 8])
    here.panel.locator(".picture-strip [data-name=ex-3]").click()
    expect(here.panel.locator(".picture-pair")).to_be_hidden()
    here.panel.locator(f".picture-strip [data-name={name}]").click()
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


def test_a_picture_that_was_brought_can_lie_under_the_map_as_it_is(visit, shows):
    here = visit("vision")
    control = here.panel.locator("[data-option=seen]")
    expect(control).to_be_hidden()
    before = shows(here.main)
    bring(here, encoded(bands()))
    here.until(lambda: shows(here.main) != before)
    expect(control).to_be_visible()
    gray = shows(here.main)
    control.locator("select").select_option("original")
    here.until(lambda: shows(here.main) != gray)
    here.until(lambda: here.query("seen") == "original")
    here.panel.locator(".picture-strip [data-name=ex-3]").click()
    expect(control).to_be_hidden()
