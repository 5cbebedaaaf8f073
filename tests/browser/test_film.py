"""The transport as a visitor meets it: moving through time, runs side by side, and deleting one."""

import re
import shutil

import pytest
from playwright.sync_api import expect

from playground.media import Text

LABS = ("vision", "vae")


@pytest.mark.parametrize("lab", LABS)
def test_the_slider_moves_everything_through_time(visit, films, shows, lab):
    here = visit(lab)
    frames = here.film.locator(".film-range")
    chart = here.film.locator(".film-chart")
    steps = films[lab].snapshots
    assert frames.get_attribute("max") == str(len(steps) - 1), "a frame is what the view can show"
    drawings = set()
    for frame in (0, len(steps) // 2, len(steps) - 1):
        here.scrub(frame)
        assert here.steps == (steps[frame], 60)
        here.until(lambda step=steps[frame]: here.snapshot == step)
        here.page.wait_for_timeout(300)
        drawings.add((shows(here.main), shows(chart)))
    assert len({view for view, _ in drawings}) == len({curve for _, curve in drawings}) == 3
    assert frames.get_attribute("aria-valuetext").startswith("step 60, ")


def test_hovering_shows_the_frame_below_the_pointer(visit, films):
    here = visit("vision", step=0)
    box = here.film.locator(".film-track").bounding_box()
    hover = here.film.locator(".film-hover")
    expect(hover).to_be_hidden()
    here.page.mouse.move(box["x"] + box["width"] - 20, box["y"] + 30)
    expect(hover.locator("figcaption")).to_have_text(re.compile(r"^step 60 · Accuracy \d+\.\d% · best Accuracy$"))
    image = hover.locator("img")
    here.until(lambda: image.evaluate("image => image.complete && image.naturalWidth") > 0)
    assert f"/previews/{films['vision'].previews[-1]}" in image.get_attribute("src")
    assert here.steps[0] == 0, "hovering does not move"
    here.page.mouse.move(box["x"] + 200, box["y"] - 300)
    expect(hover).to_be_hidden()


def test_hovering_shows_a_text_that_was_written_at_the_frame(visit, server, films):
    written = server.store.runs / "vae-digits-texts"
    shutil.copytree(films["vae"].path, written)
    for preview in (written / "previews").iterdir():
        preview.with_suffix(".txt").write_bytes(Text(f"<b>step {int(preview.stem)}</b>").encode())
        preview.unlink()
    here = visit("vae", run=written.name, step=0)
    box = here.film.locator(".film-track").bounding_box()
    hover = here.film.locator(".film-hover pre")
    here.page.mouse.move(box["x"] + box["width"] - 20, box["y"] + 30)
    expect(hover).to_have_text("<b>step 60</b>")
    here.page.mouse.move(box["x"] + 20, box["y"] + 30)
    expect(hover).to_have_text("<b>step 0</b>")
    shutil.rmtree(written)


def test_a_step_can_be_typed(visit, films):
    here = visit("vision")
    typed = here.film.locator(".film-typed")
    typed.fill("7")
    typed.press("Enter")
    expect(typed).to_have_value("5")  # the frame before it
    here.until(lambda: here.snapshot == 5)
    typed.fill("x")
    typed.press("Enter")
    here.film.locator(".film-play").focus()
    expect(typed).to_have_value("5")


def test_the_keys_move_through_time(visit, films):
    here = visit("vision", step=0)
    steps = films["vision"].snapshots
    here.page.locator("body").press("ArrowRight")
    assert here.steps[0] == steps[1]
    here.page.locator("body").press("Shift+ArrowRight")
    assert here.steps[0] == steps[3]
    here.page.locator("body").press("Home")
    assert here.steps[0] == 0
    here.page.locator("body").press(" ")
    expect(here.film.locator(".film-play")).to_have_attribute("aria-label", "Pause the film")
    here.page.locator("body").press("End")
    expect(here.film.locator(".film-play")).to_have_attribute("aria-label", "Play the film")
    expect(here.film.locator(".film-follow")).to_have_attribute("aria-pressed", "true")
    assert here.steps[0] == 60


def test_one_frame_on_and_one_frame_back(visit, films):
    here = visit("vision")
    steps = films["vision"].snapshots
    here.film.get_by_label("One frame back").click()
    here.film.get_by_label("One frame back").click()
    assert here.steps[0] == steps[-3]
    here.film.get_by_label("One frame on").click()
    assert here.steps[0] == steps[-2]
    here.until(lambda: here.query("step") == str(steps[-2]))
    here.film.locator(".film-range").focus()
    here.page.keyboard.press("Home")
    assert here.steps[0] == 0


def test_the_film_plays_and_pauses(visit):
    here = visit("vision")
    play = here.film.locator(".film-play")
    play.click()
    expect(play).to_have_attribute("aria-label", "Pause the film")
    assert here.steps[0] < 60, "at the end it begins anew"
    here.until(lambda: 5 <= here.steps[0] < 60)
    play.click()
    expect(play).to_have_attribute("aria-label", "Play the film")
    held = here.steps
    here.page.wait_for_timeout(900)
    assert here.steps == held
    play.click()
    here.until(lambda: here.steps[0] == 60)
    expect(play).to_have_attribute("aria-label", "Play the film")


def test_the_chart_can_be_dragged_through(visit, shows):
    here = visit("vae")
    box = here.film.locator(".film-track").bounding_box()
    here.page.mouse.move(box["x"] + 60, box["y"] + 40)
    here.page.mouse.down()
    assert here.steps[0] < 5
    here.page.mouse.move(box["x"] + box["width"] - 5, box["y"] + 40, steps=4)
    here.page.mouse.up()
    assert here.steps[0] == 60
    chart = shows(here.film.locator(".film-chart"))
    terms = here.film.locator(".film-terms")
    assert terms.locator("option:checked").inner_text() == "Negative ELBO (nats)"
    terms.select_option(label="Reconstruction (nats)")
    assert shows(here.film.locator(".film-chart")) != chart


@pytest.mark.parametrize("lab", LABS)
def test_two_runs_lie_side_by_side(visit, films, lab):
    twin = films[lab].path.with_name(films[lab].id + "-twin")
    shutil.copytree(films[lab].path, twin)
    here = visit(lab)
    here.film.locator(".film-compare").select_option(twin.name)
    expect(here.view.locator(".lane")).to_have_count(2)
    names = here.view.locator(".lane-name")
    expect(names.first).to_have_text(re.compile(r", step 60$"))
    here.until(lambda: here.query("compare") == twin.name)
    here.page.reload()
    expect(here.view.locator(".lane .caption").filter(has_text="snapshot of step 60")).to_have_count(2)
    here.film.locator(".film-compare").select_option("")
    expect(here.view.locator(".lane")).to_have_count(1)
    here.until(lambda: here.query("compare") is None)
    shutil.rmtree(twin)


def test_a_run_is_deleted_after_a_question(visit, films, watch):
    twin = films["vae"].path.with_name(films["vae"].id + "-twin")
    shutil.copytree(films["vae"].path, twin)
    here = visit("vae", run=twin.name)
    delete = here.film.get_by_role("button", name="Delete")
    delete.dblclick()
    expect(here.film.get_by_role("button", name="Delete for good?")).to_be_visible()
    here.film.locator(".film-run").focus()
    expect(here.film.get_by_role("button", name="Delete", exact=True)).to_be_visible()
    assert twin.exists(), "what is no answer to the question deletes nothing"
    delete.click()
    here.film.get_by_role("button", name="Delete for good?").click()
    here.until(lambda: here.run != twin.name)
    assert not twin.exists()
    watch.forget_refusals()  # what was asked of the run when it went away


def test_a_lab_that_was_opened_while_the_server_was_gone_goes_on_once_it_is_back(visit, watch):
    here = visit("vision")
    here.page.route("**/playground/runs?lab=vae", lambda route: route.abort())
    here.page.route("**/playground/data", lambda route: route.abort())
    here.page.get_by_role("tab", name="VAE").click()
    expect(here.page.locator("#lab-vae .film-problem")).to_contain_text("this page continues once it is back")
    here.page.unroute("**/playground/runs?lab=vae")
    here.page.unroute("**/playground/data")
    here.page.locator("#lab-vae .caption", has_text="snapshot of step").first.wait_for()
    expect(here.page.locator("#lab-vae .problem:not([hidden])")).to_have_count(0)
    watch.forget()  # what failed while the server was gone
