"""The dialog of the Hub; what the server does is tested in `tests/ui/test_hub.py`, and here its lines are set."""

import json

import pytest
from playwright.sync_api import expect


@pytest.fixture
def here(visit):
    return visit("frontiers", run="maml-omniglot", view="signs")


@pytest.fixture
def dialog(here):
    here.view.locator(".stage-save summary").click()
    here.page.get_by_role("button", name="Hub …").click()
    shown = here.page.get_by_role("dialog", name="The Hub")
    expect(shown).to_be_visible()
    return shown


def answered(page, path, *lines):
    """Lets the server answer so; what it was asked."""
    asked = []

    def answer(route):
        asked.append(json.loads(route.request.post_data))
        route.fulfill(body="".join(json.dumps(line) + "\n" for line in lines), content_type="application/x-ndjson")

    page.route(f"**{path}", answer)
    return asked


def test_a_run_is_given_with_a_token_that_is_not_shown(here, dialog):
    give = dialog.locator("form").first
    expect(give).to_contain_text("Give maml-omniglot")
    asked = answered(here.page, "/hub/maml-omniglot", {"part": 0.5}, {"part": 1}, {"url": "http://hub/somebody/film"})
    give.get_by_label("Repository", exact=True).fill("somebody/film")
    give.get_by_label("Token").fill("hf_secret")
    assert give.get_by_label("Token").get_attribute("type") == "password"
    give.get_by_role("button", name="Push").click()
    expect(dialog.get_by_role("link", name="http://hub/somebody/film")).to_be_visible()
    assert asked == [{"repo": "somebody/film", "token": "hf_secret", "private": True}]
    expect(give.get_by_label("Token")).to_have_value("")
    assert "hf_secret" not in here.page.url


def test_a_run_is_fetched_and_leads_to_its_lab(here, dialog):
    asked = answered(here.page, "/hub", {"part": 0.1}, {"run": "film-hub-1a2b3c4d", "lab": "vae"})
    take = dialog.locator("form").last
    take.get_by_label("Repository", exact=True).fill("somebody/film")
    take.get_by_role("button", name="Fetch").click()
    link = dialog.get_by_role("link", name="film-hub-1a2b3c4d")
    expect(link).to_have_attribute("href", f"{here.page.url.partition('?')[0]}?lab=vae&run=film-hub-1a2b3c4d")
    assert asked == [{"repo": "somebody/film", "token": ""}]


def test_what_goes_wrong_is_said_and_can_be_tried_again(here, dialog):
    answered(here.page, "/hub", {"part": 0.1}, {"error": "The Hub does not serve it."})
    take = dialog.locator("form").last
    take.get_by_label("Repository", exact=True).fill("somebody/film")
    take.get_by_role("button", name="Fetch").click()
    expect(dialog.get_by_role("status")).to_have_text("The Hub does not serve it.")
    expect(take.get_by_role("button", name="Fetch")).to_be_enabled()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
