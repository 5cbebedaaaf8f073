"""What leaves the page by the stage's menu: a picture, files of the run, and code."""

import io
import zipfile

import pytest
from PIL import Image
from playwright.sync_api import expect


@pytest.fixture
def menu(visit):
    """Opens a lab and gives the visit and what opens its menu."""

    def opened(lab, **query):
        here = visit(lab, options={"viewport": {"width": 1440, "height": 900}, "accept_downloads": True}, **query)
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
    for label, ending in (("Numbers (CSV)", "csv"), ("Film (GIF)", "gif"), ("Run (zip)", "zip")):
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
