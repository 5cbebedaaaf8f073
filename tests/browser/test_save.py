"""What leaves the page by the stage's menu: a picture, a film, files of the run, and code."""

import io
import re
import zipfile

import pytest
from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import expect

from .tiers import first_for_all


@pytest.fixture
def menu(visit):
    """Opens a lab and gives the visit and what opens its menu."""

    def opened(lab, **query):
        here = visit(lab, options={"viewport": {"width": 1440, "height": 900}}, **query)
        return here, here.view.locator(".stage-save summary")

    return opened


def saved(here, item):
    """The name and the content of what an item of the open menu saves."""
    with here.page.expect_download() as expected:
        item.click()
    path = expected.value.path()
    return expected.value.suggested_filename, path.read_bytes()


def test_the_stage_is_a_picture(menu):
    here, summary = menu("vision", run="vit-fashion", step=378)
    summary.click()
    name, content = saved(here, here.view.get_by_role("button", name="Picture (PNG)"))
    assert name == "vit-fashion-attention-378.png"
    expect(here.view.locator(".stage-save[open]")).to_have_count(0)
    picture, section = Image.open(io.BytesIO(content)).convert("RGB"), here.view.locator(".stage").bounding_box()
    assert picture.width == 2 * round(section["width"])
    main, bar = here.main.bounding_box(), here.view.locator(".stage-bar").bounding_box()
    left, top = main["x"] - section["x"], main["y"] - section["y"] - bar["height"]
    drawn = picture.crop([2 * side for side in (left, top, left + main["width"], top + main["height"])])
    assert len(drawn.getcolors(1 << 24) or []) > 50, "the canvas is in it"


def test_the_files_of_the_run_are_saved(menu):
    here, summary = menu("vae", run="vae-fashion")
    for label, ending in (("Numbers (CSV)", "csv"), ("Run (zip)", "zip")):
        summary.click()
        name, content = saved(here, here.view.get_by_role("link", name=label))
        assert name == f"vae-fashion.{ending}"
        if ending == "zip":
            assert "vae-fashion/run.json" in zipfile.ZipFile(io.BytesIO(content)).namelist()


def test_the_code_is_that_of_what_is_on_the_stage(menu):
    here, summary = menu("diffusion", run="diffusion-fashion", sampler="euler", steps=4)
    summary.click()
    here.view.get_by_role("button", name="Show the code").click()
    code = here.page.locator("dialog code")
    expect(code).to_contain_text('store.get("diffusion-fashion")')
    expect(code).to_contain_text('{"sampler": "euler", "steps": "4"}')
    here.page.get_by_role("button", name="Close", exact=True).click()
    expect(here.page.locator("dialog")).to_have_count(0)


def test_the_menu_closes_without_a_choice(menu):
    here, summary = menu("vae", run="vae-fashion")
    open_menu = here.view.locator(".stage-save[open]")
    summary.click()
    here.page.keyboard.press("Escape")
    expect(open_menu).to_have_count(0)
    summary.click()
    here.view.locator(".question").click()
    expect(open_menu).to_have_count(0)


def film_of(here, summary):
    """The film of the stage: its name, its frames, how long they are shown, and how often it plays."""
    summary.click()
    name, content = saved(here, here.view.get_by_role("button", name="Film (GIF)"))
    with Image.open(io.BytesIO(content)) as gif:
        frames, durations, loop = [], [], gif.info["loop"]
        for i in range(gif.n_frames):
            gif.seek(i)
            frames.append(gif.convert("RGB"))
            durations.append(gif.info["duration"])
    return name, frames, durations, loop


def away(one, other):
    """How much two pictures differ, per pixel and color, where both have something."""
    size = (min(one.width, other.width), min(one.height, other.height))
    difference = ImageChops.difference(*(picture.crop((0, 0, *size)) for picture in (one, other)))
    return sum(ImageStat.Stat(difference).mean)


@pytest.mark.parametrize(
    ("lab", "run", "option"),
    [
        ("vae", None, {"dots": "false"}),
        pytest.param("gan", "point-gan-gaussians", {"view": "dynamics", "arrows": "false"}, marks=pytest.mark.thorough),
    ],
)
def test_the_film_is_what_the_stage_shows_at_every_frame(menu, server, films, lab, run, option):
    steps = server.store.get(run or films[lab].id).snapshots
    middle = len(steps) // 2
    here, summary = menu(lab, run=run or films[lab].id, step=steps[middle], **option)
    name, frames, durations, loop = film_of(here, summary)
    assert name == f"{run or films[lab].id}-{here.view.locator('.stage-lanes').get_attribute('data-view')}.gif"
    assert len(frames) == len(steps) and len({frame.tobytes() for frame in frames}) == len(steps)
    assert durations == [250] * (len(steps) - 1) + [2000] and loop == 0
    assert here.steps == (steps[middle], steps[-1]), "it is back where the visitor was"
    here.until(lambda: here.snapshot == steps[middle])
    assert all(here.query(key) == value for key, value in option.items() if key != "view")
    for frame in (0, middle, len(steps) - 1):
        here.scrub(frame)
        here.until(lambda step=steps[frame]: here.snapshot == step)
        here.page.wait_for_timeout(500)
        summary.click()
        _, content = saved(here, here.view.get_by_role("button", name="Picture (PNG)"))
        picture = Image.open(io.BytesIO(content)).convert("RGB").reduce(2)
        distances = [away(picture, one) for one in frames]
        assert min(range(len(steps)), key=distances.__getitem__) == frame, distances


@pytest.mark.thorough
def test_run_step_and_value_stand_below_every_frame(menu, films):
    here, summary = menu("vae", step=5)
    _, frames, _, _ = film_of(here, summary)
    lines = [frame.crop((0, frame.height - 34, frame.width, frame.height)) for frame in frames]
    assert len({line.tobytes() for line in lines}) == len(frames)
    assert all(line.convert("L").getextrema()[0] < 60 for line in lines), "dark words"
    heights = [frame.height for frame in frames]
    here.film.locator(".film-compare").select_option("vae-fashion")
    expect(here.view.locator(".lane .caption").filter(has_text="snapshot of step")).to_have_count(2)
    _, compared, _, _ = film_of(here, summary)
    assert len(compared) == len(frames) and len(set(heights)) == 1
    for frame in compared:
        line = frame.crop((0, frame.height - 54, frame.width, frame.height)).getcolors(1 << 16)
        ink = {color: number for number, color in line}
        assert ink[0x0F, 0x76, 0x6E] > 20 and ink[0xB4, 0x53, 0x09] > 20, "both runs are named, in their colors"


@pytest.fixture
def held(menu):
    """A film of the VAE lab whose frame 3 waits for the server for ever; and what was downloaded."""
    here, summary = menu("vae")
    downloads = []
    here.page.on("download", lambda download: downloads.append(download))

    def answer(route):
        if "step=10&" not in route.request.url:
            route.continue_()

    here.page.route("**/views/vae/plane/**", answer)
    summary.click()
    here.view.get_by_role("button", name="Film (GIF)").click()
    expect(here.view.locator(".stage-recording")).to_contain_text("Frame 3 of 8 …")
    expect(summary).to_be_hidden()
    yield here, downloads
    here.page.unroute("**/views/vae/plane/**")


@pytest.mark.parametrize("way", first_for_all(zip(["Escape", "button", "scrub", "option", "lab"])))
def test_a_film_is_canceled(held, way):
    here, downloads = held
    expect(here.film.locator(".film-follow")).to_have_attribute("aria-pressed", "false")
    if way == "Escape":
        here.page.keyboard.press("Escape")
    elif way == "button":
        here.view.get_by_role("button", name="Cancel the film").click()
    elif way == "scrub":
        here.scrub(5)
    elif way == "option":
        here.page.get_by_label("Test pictures as dots").uncheck()
    else:
        here.page.get_by_role("tab", name="Vision").click()
        here.page.wait_for_timeout(300)
        here.page.get_by_role("tab", name="VAE").click()
    expect(here.view.locator(".stage-recording")).to_have_count(0)
    expect(here.view.locator(".stage-save summary")).to_be_visible()
    if way in ("Escape", "button"):
        expect(here.view.locator(".stage-save summary")).to_be_focused()
    following = "false" if way == "scrub" else "true"
    expect(here.film.locator(".film-follow")).to_have_attribute("aria-pressed", following)
    assert here.steps == (33 if way == "scrub" else 60, 60)
    here.until(lambda: here.snapshot == here.steps[0])
    if way == "option":
        expect(here.view.locator(".stage-problem")).to_contain_text("something on the stage was changed meanwhile")
    expect(here.view.locator(".stage-lanes")).not_to_have_attribute("inert", "")
    assert downloads == []


def test_a_frame_that_cannot_be_drawn_ends_the_film(menu, watch):
    here, summary = menu("vae")
    refusal = {"status": 400, "json": {"error": "The snapshot is damaged."}}
    here.page.route(re.compile(r"/views/vae/plane/plane\?.*step=10\b"), lambda route: route.fulfill(**refusal))
    summary.click()
    here.view.get_by_role("button", name="Film (GIF)").click()
    expect(here.view.locator(".stage-problem")).to_have_text(
        "The film was not saved, as a frame of it could not be drawn."
    )
    assert here.steps == (60, 60)
    watch.forget_refusals()
