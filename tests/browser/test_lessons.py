"""A lesson's cards: a visitor predicts, the stage shows what a card says, and what was predicted stays."""

import re

import pytest
from playwright.sync_api import expect

from playground.labs import lessons, views

from .visitor import Visit

LABS = list(lessons())
OUTCOME = ".card [role=status]"


@pytest.fixture
def lesson(open_page, playground):
    """Opens a card as a link does, on a fresh browser where nothing plays of itself."""

    def opened(lab, number=1, **options):
        page = open_page(viewport={"width": 1440, "height": 900}, reduced_motion="reduce", **options)
        page.goto(f"{playground}?lesson={lab}.{number}")
        here = Visit(page, playground, lab)
        here.panel.locator(".card h3").wait_for()
        return here

    return opened


@pytest.mark.parametrize("lab", LABS)
def test_every_card_shows_what_it_says(lesson, lab):
    here = lesson(lab)
    for number, card in enumerate(lessons()[lab], 1):
        expect(here.panel.locator("h3")).to_have_text(card.question)
        if card.region:
            predict_a_place(here, card)
        else:
            predict_the_first(here, card)
        is_shown(here, card)
        assert here.query("lesson") == f"{lab}.{number}"
        if number < len(lessons()[lab]):
            here.panel.locator(".card-bar").get_by_role("button", name="Next question").click()


def predict_the_first(here, card):
    """Commits to the first answer, without which nothing is shown, and reads what happened."""
    show = here.panel.get_by_role("button", name="Show me", exact=True)
    expect(show).to_be_disabled()
    expect(here.panel.locator(OUTCOME)).to_have_count(0)
    here.panel.get_by_label(card.answers[0], exact=True).check()
    show.click()
    verdict = "As you predicted." if card.right == 0 else "Not what you predicted."
    expect(here.panel.locator(OUTCOME)).to_contain_text(f"{verdict} {card.happened}")


def predict_a_place(here, card):
    """Marks the middle of where it was measured on the stage, which shows what it is asked on."""
    here.until(lambda: here.query("strength") == card.ask["strength"])
    place = here.view.locator(".place")
    left, top, right, bottom = card.region
    here.until(lambda: here.run == card.ask["run"] and place.is_visible())
    box, main = here.at_rest(lambda: [place.bounding_box(), here.main.bounding_box()])
    assert {key: round(value) for key, value in box.items()} == {key: round(value) for key, value in main.items()}
    middle = {"x": box["width"] * (left + right) / 2, "y": box["height"] * (top + bottom) / 2}
    place.click(position=middle)
    expect(here.panel.locator(".card-where")).to_have_text(
        re.compile(r"Marked: \d+% from the left, \d+% from the top\.")
    )
    here.panel.get_by_role("button", name="Show me", exact=True).click()
    expect(here.panel.locator(OUTCOME)).to_contain_text(f"As you predicted. {card.happened}")
    expect(here.view.locator(".place-region")).to_have_text("measured")


def is_shown(here, card):
    """Waits until the stage and the address show what the card says."""
    chip = here.view.locator(f"[role=tab][data-view={card.show['view']}]")
    expect(chip).to_have_attribute("aria-selected", "true")
    here.until(lambda: here.run == card.show["run"] and here.steps[1] > 0)
    if card.play:
        here.until(lambda: here.steps[0] < here.steps[1])
        here.until(lambda: here.steps[0] == here.steps[1])
    goal = int(card.show.get("step", here.steps[1]))
    here.until(lambda: here.steps[0] == goal)
    here.caption.wait_for()
    expect(here.problem).to_have_count(0)
    options = views()[here.lab][card.show["view"]].options.model_fields
    for key in card.show.keys() & options.keys():
        usual = str(options[key].default).lower() == card.show[key]
        here.until(lambda key=key, usual=usual: here.query(key) == (None if usual else card.show[key]))


def test_a_place_is_marked_by_keys_dragged_and_measured(lesson):
    number = 1 + next(i for i, card in enumerate(lessons()["vision"]) if card.region)
    here = lesson("vision", number, permissions=["clipboard-read", "clipboard-write"])
    place, where = here.view.locator(".place"), here.panel.locator(".card-where")
    ask = lessons()["vision"][number - 1].ask
    here.until(lambda: here.run == ask["run"] and here.query("picture") == ask["picture"])
    here.caption.wait_for()
    expect(here.panel.get_by_role("button", name="Show me", exact=True)).to_be_disabled()
    place.focus()
    here.page.keyboard.press("ArrowLeft")
    here.page.keyboard.press("ArrowUp")
    expect(where).to_have_text("Marked: 45% from the left, 45% from the top.")
    box = place.bounding_box()
    here.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    here.page.mouse.down()
    here.page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] - 50)
    here.page.mouse.up()
    expect(where).to_have_text("Marked: 10% from the left, 0% from the top.")
    here.panel.get_by_role("button", name="Show me", exact=True).click()
    expect(here.panel.locator(OUTCOME)).to_contain_text("Not what you predicted.")
    here.panel.get_by_role("button", name="Copy my predictions").click()
    line = here.page.evaluate("navigator.clipboard.readText()").splitlines()[number - 1]
    assert "Predicted: 10% from the left, 0% from the top (measured: 39% from the left, 32% from the top to " in line
    here.view.get_by_role("tab", name="Attention").click()
    expect(place).to_be_hidden()
    here.view.get_by_role("tab", name="Relevance").click()
    here.turn("Inspect")
    expect(place).to_have_count(0)
    here.turn("Lesson")
    here.panel.get_by_role("button", name="Show me again").click()
    expect(here.view.locator(".place-region")).to_be_visible()


def test_predictions_stay_and_can_be_copied(lesson):
    here = lesson("vae", permissions=["clipboard-read", "clipboard-write"])
    first, second = lessons()["vae"][:2]
    here.panel.get_by_label(first.answers[first.right], exact=True).check()
    here.panel.get_by_role("button", name="Show me", exact=True).click()
    here.page.reload()
    expect(here.panel.locator(OUTCOME)).to_contain_text("As you predicted.")
    here.panel.get_by_role("button", name="Copy my predictions").click()
    expect(here.panel.get_by_role("button", name="Copied")).to_be_visible()
    lines = here.page.evaluate("navigator.clipboard.readText()").splitlines()
    assert lines[0] == f"1. {first.question} Predicted: {first.answers[first.right]} (as measured)."
    assert lines[1] == f"2. {second.question} Not answered yet." and len(lines) == len(lessons()["vae"])
    here.panel.get_by_role("button", name="Ask me again").click()
    expect(here.panel.get_by_role("button", name="Show me", exact=True)).to_be_disabled()


@pytest.mark.parametrize(("link", "named"), [("vae.99", "99"), ("vae.x", "x"), ("vae.", "")])
def test_a_card_that_there_is_not_is_a_sentence(open_page, playground, link, named):
    page = open_page()
    page.goto(f"{playground}?lesson={link}")
    here = Visit(page, playground, "vae")
    expect(here.problem).to_have_text(f"This lesson has no card “{named}”; it has cards 1 to {len(lessons()['vae'])}.")
    expect(here.panel.locator("h3")).to_have_text(lessons()["vae"][0].question)


def test_the_link_of_a_card_is_in_the_address_while_it_is_open(lesson):
    here = lesson("gan", 2)
    here.panel.get_by_role("button", name=re.compile("Next question")).first.click()
    here.until(lambda: here.query("lesson") == "gan.3")
    here.turn("Inspect")
    here.until(lambda: here.query("lesson") is None)
    here.turn("Lesson")
    here.until(lambda: here.query("lesson") == "gan.3")


def test_it_opens_at_what_is_on_the_stage(visit):
    here = visit("frontiers", run="finetune-fashion", view="forgetting")
    here.turn("Lesson")
    card = next(card for card in lessons()["frontiers"] if card.show["view"] == "forgetting")
    expect(here.panel.locator("h3")).to_have_text(card.question)
