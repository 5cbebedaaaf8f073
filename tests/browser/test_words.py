"""Words and pictures as a visitor meets them: any words find emoji, and are the classes of a picture."""

import re

from playwright.sync_api import expect


def bars(here):
    """The probability of each word in percent, of those that are told."""
    return {
        name: float(share.rstrip("%"))
        for name, share in (bar.split("\n") for bar in here.view.locator(".bars .bar").all_inner_texts() if "\n" in bar)
    }


def test_words_find_pictures_while_they_are_typed(visit, shows):
    here = visit("selfsupervised", run="clip-emoji", view="words")
    chosen = here.view.locator(".words-chosen")
    expect(chosen).to_contain_text("number 1 for “cat”")
    before = shows(here.main)
    here.control("words").fill("dog")
    expect(chosen).to_contain_text("number 1 for “dog”")
    here.until(lambda: shows(here.main) != before and "words=dog" in here.page.url)
    here.main.focus()
    here.page.keyboard.press("ArrowRight")
    expect(chosen).to_contain_text("number 2 for “dog”")


def test_prompts_are_the_classes_of_the_picture(visit):
    here = visit("selfsupervised", run="clip-emoji", view="words", words="flag, smiling face")
    here.until(lambda: set(bars(here)) == {"flag", "smiling face"})
    assert sum(bars(here).values()) == 100
    assert bars(here)["smiling face"] > 90, "the first example is one"
    here.scrub(0)
    here.until(lambda: here.snapshot == 0 and bars(here).get("smiling face", 100) < 90)


def test_no_words_and_words_of_any_script_have_an_answer(visit):
    here = visit("selfsupervised", run="clip-emoji", view="words")
    here.control("words").fill("")
    expect(here.view.locator(".words-chosen")).to_contain_text("Type some words to look for")
    for words in ("кошка", "猫", "c" * 200, "cat, cat, cat", "😀"):
        here.control("words").fill(words)
        expect(here.view.locator(".words-chosen")).to_contain_text(re.compile("number 1 for|Type some words"))
    expect(here.view.locator(".stage-problem")).to_be_hidden()


def test_test_pictures_alone_can_be_looked_through(visit):
    here = visit("selfsupervised", run="clip-emoji", view="words")
    expect(here.caption).to_contain_text("1,906 pictures")
    here.control("held_out").check()
    expect(here.caption).to_contain_text("202 pictures")
