"""Pictures of one's own: a folder is chosen or dropped, trained on, offered in every lab, and deleted."""

import pytest
import torch
from PIL import Image
from playwright.sync_api import expect


@pytest.fixture
def pets(tmp_path):
    """A folder with two classes of ten pictures, and a file that is none."""
    for number, label in enumerate(("cats", "dogs")):
        folder = tmp_path / "pets" / label
        folder.mkdir(parents=True)
        for i in range(10):
            noise = torch.rand(12, 12, 3, generator=torch.Generator().manual_seed(10 * number + i))
            Image.fromarray((noise * 255).byte().numpy()).save(folder / f"{i}.png")
    (tmp_path / "pets" / "cats" / "notes.txt").write_text("not a picture")
    return tmp_path / "pets"


def chosen(here):
    """What the form of the lab says that it learns from."""
    return here.knob("Data").evaluate("({ selectedOptions: [option] }) => option.textContent")


def brought(visit, pets):
    """A visitor in a lab who has brought a folder, and the place where it is listed."""
    here = visit("vae")
    here.turn("Train")
    own = here.page.locator("#lab-vae own-data")
    own.locator("input[webkitdirectory]").set_input_files(pets)
    own.get_by_text("“pets” is here").wait_for()
    return here, own


def learned(server):
    """The runs that learned from somebody's own pictures; others of this server learned from drawings."""
    return [run.id for run in server.store.list() if run.spec.name.startswith("own-") and run.spec.kind == "images"]


def dropped(here, element, path):
    """Drops a folder, as a person does from a file manager."""
    element.scroll_into_view_if_needed()
    box, session = element.bounding_box(), here.page.context.new_cdp_session(here.page)
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        place = {"x": box["x"] + 30, "y": box["y"] + 10}
        session.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})


@pytest.mark.parametrize("way", ["chosen", "dropped"])
def test_a_folder_is_there_to_train_on(visit, server, pets, watch, way):
    here = visit("vae")
    here.turn("Train")
    own = here.page.locator("#lab-vae own-data")
    if way == "chosen":
        own.locator("input[webkitdirectory]").set_input_files(pets)
    else:
        dropped(here, own, pets)
    own.get_by_text("“pets” is here").wait_for()
    here.until(lambda: chosen(here) == "pets (your own)")
    own.locator("summary", has_text="pets").click()
    report = own.locator("pre")
    report.get_by_text("20 pictures were taken, 64 x 64 pixels, color").wait_for()
    assert "cats: 10" in report.inner_text() and "pets/cats/notes.txt" in report.inner_text()
    here.page.locator("#lab-vae .train-button").click()
    here.until(lambda: learned(server))
    (trained,) = learned(server)
    here.until(lambda: here.run == trained)
    here.page.get_by_role("tab", name="Vision").click()
    here.page.locator("#lab-vision").get_by_role("tab", name="Train", exact=True).click()
    elsewhere = here.page.locator("#lab-vision own-data")
    elsewhere.locator("summary", has_text="pets").wait_for()
    elsewhere.get_by_role("button", name="Delete").click()
    elsewhere.get_by_role("button", name="Delete it and its runs?").click()
    elsewhere.get_by_text("“pets” is deleted").wait_for()
    here.until(lambda: not learned(server))
    expect(own.locator("summary")).to_have_count(0)
    here.page.get_by_role("tab", name="VAE").click()
    here.until(lambda: here.run != trained and here.evaluate("film.tracks.length") == 1)
    watch.forget_refusals()  # what the page still asked of the deleted run


def test_a_set_is_still_there_when_the_page_is_opened_again(visit, pets):
    here, own = brought(visit, pets)
    here.until(lambda: "own-" in here.page.url)
    here.page.reload()
    here.turn("Train")
    own.locator("summary", has_text="pets").wait_for()
    here.until(lambda: chosen(here) == "pets (your own)")  # as the address says
    own.get_by_role("button", name="Delete").click()
    own.get_by_role("button", name="Delete it and its runs?").click()
    own.get_by_text("is deleted").wait_for()


def test_a_form_does_not_offer_what_was_deleted_while_it_asked(visit, pets):
    here = visit("vae")
    here.turn("Train")
    expect(here.knob("Data")).to_have_value("fashion")
    late = []
    here.page.route("**/forms/vae", lambda route: late.append((route, route.fetch())))
    own = here.page.locator("#lab-vae own-data")
    own.locator("input[webkitdirectory]").set_input_files(pets)
    here.until(lambda: len(late) == 1)
    own.get_by_role("button", name="Delete").click()
    own.get_by_role("button", name="Delete it and its runs?").click()
    own.get_by_text("is deleted").wait_for()
    here.page.wait_for_timeout(500)
    while late:
        route, answer = late.pop()
        route.fulfill(response=answer)
        here.page.wait_for_timeout(500)
    expect(here.knob("Data").locator("option", has_text="pets")).to_have_count(0)
    expect(here.knob("Data")).to_have_value("fashion")


def test_what_cannot_be_taken_is_said(visit, watch, tmp_path):
    here = visit("vae")
    here.turn("Train")
    own = here.page.locator("#lab-vae own-data")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "one.txt").write_text("words")
    own.locator("input[webkitdirectory]").set_input_files(tmp_path / "notes")
    own.locator(".problem").get_by_text("None of the 1 files").wait_for()
    own.locator("input[accept='.zip']").set_input_files({"name": "x.zip", "mimeType": "", "buffer": b"not a zip"})
    here.until(lambda: "None of" not in own.locator(".problem").inner_text())
    assert own.locator(".problem").inner_text().endswith(".")
    watch.forget_refusals()


def test_a_link_on_another_sites_page_leads_to_ones_own(visit, watch, server, pets):
    here, own = brought(visit, pets)
    elsewhere = "http://elsewhere.test/"
    link = f'<a href="{server.url}?lab=vae">the playground</a>'
    here.page.route(elsewhere, lambda route: route.fulfill(body=link, content_type="text/html"))
    here.page.goto(elsewhere)
    here.page.get_by_text("the playground").click()
    here.turn("Train")
    own.locator("summary", has_text="pets").wait_for()
    assert watch.strangers() == [elsewhere]
    watch.forget()
