"""The view that changes a picture, as a visitor does it: by pointer, keyboard and finger, and in two lanes."""

import pytest
from playwright.sync_api import expect

VIEW = {"view": "what-if", "run": "vit-fashion", "picture": "ex-0"}
LEFT = "2-a"


@pytest.fixture
def here(visit):
    return visit("vision", **VIEW)


def place(here, column, row, grid=7):
    """The middle of a patch of the main canvas, in pixels of the page."""
    here.main.scroll_into_view_if_needed()
    box = here.main.bounding_box()
    return box["x"] + (column + 0.5) * box["width"] / grid, box["y"] + (row + 0.5) * box["height"] / grid


def rows(here):
    """What stands beside each class that is shown: its probability before, after, and the difference."""
    return [
        [float(text.replace("−", "-").rstrip("%")) for text in row.locator("b, em").all_inner_texts()]
        for row in here.view.locator(".paired-row").all()
    ]


def test_nothing_is_changed_at_first(here):
    said = here.view.locator(".what-if-said")
    before, after = (said.locator("span").nth(i).inner_text() for i in (0, 1))
    assert after == f"→ {before}" and before.startswith("T-shirt/top ")
    assert all(one == other and points == 0 for one, other, points in rows(here))
    expect(here.caption).to_contain_text("Nothing is covered yet")
    expect(here.panel.get_by_role("button", name="Reset")).to_be_disabled()


def test_a_stroke_covers_and_the_probabilities_move(here, shows):
    whole, mouse, counted = shows(here.main), here.page.mouse, here.view.locator("figcaption").first
    mouse.move(*place(here, 2, 0))
    mouse.down()
    mouse.move(*place(here, 2, 6))  # at once: what lies between is covered, too
    mouse.up()
    here.until(lambda: here.query("covered") == "7-2040810204080")
    expect(counted).to_have_text("7 of 49 patches covered")
    here.until(lambda: any(points for _, _, points in rows(here)))
    assert shows(here.main) != whole
    for before, after, points in rows(here):
        assert points == pytest.approx(after - before, abs=0.16)
    expect(here.film).to_contain_text("Changed picture")
    here.panel.get_by_role("button", name="Reset").click()
    expect(counted).to_have_text("0 of 49 patches covered")
    here.until(lambda: here.query("covered") is None and shows(here.main) == whole)


def test_what_is_uncovered_again_leaves_the_link_as_it_was(here):
    here.page.mouse.click(*place(here, 3, 3))
    here.until(lambda: here.query("covered") == "7-0000008000000")
    here.page.mouse.click(*place(here, 3, 3))
    here.until(lambda: here.query("covered") is None)
    expect(here.view.locator("figcaption").first).to_have_text("0 of 49 patches covered")


def test_the_keyboard_covers_what_it_stands_on(here):
    here.main.focus()
    for key in ("ArrowLeft", "ArrowDown", "ArrowRight", "Space"):
        here.page.keyboard.press(key)
    here.until(lambda: here.query("covered") == "7-0080000000000")
    here.page.keyboard.press("ArrowUp")
    expect(here.view.locator("figcaption").first).to_have_text("Row 1, column 2: visible")


def test_a_shuffle_has_its_own_order_and_cannot_be_painted_on(here, shows):
    here.control("change").select_option("shuffle")
    here.control("grid").select_option("4")
    counted = here.view.locator("figcaption").first
    expect(counted).to_contain_text("of 16 patches moved")
    expect(here.panel.locator("[data-option=fill]")).to_be_hidden()
    expect(here.panel.get_by_role("button", name="Reset")).to_be_hidden()
    one = here.at_rest(lambda: shows(here.main))
    here.control("seed").fill("5")
    here.control("seed").press("Tab")
    here.until(lambda: here.query("seed") == "5" and shows(here.main) != one)
    here.page.mouse.click(*place(here, 1, 1, grid=4))
    assert here.at_rest(lambda: here.query("covered")) is None


def test_without_position_codes_the_shuffle_changes_nothing(visit):
    here = visit("vision", **VIEW, change="shuffle", seed=1)
    here.until(lambda: max(abs(points) for _, _, points in rows(here)) > 1)
    here.control("codes_off").check()
    expect(here.caption).to_contain_text("All position codes are at their mean")
    here.until(lambda: all(points == 0 for _, _, points in rows(here)))
    expect(here.view.locator("figcaption").first).to_contain_text("of 49 patches moved")


def test_a_convolutional_network_has_no_codes_to_switch_off(visit):
    here = visit("vision", **{**VIEW, "run": "cnn-fashion"}, covered=LEFT)
    expect(here.panel.locator("[data-option=codes_off]")).to_be_hidden()
    here.until(lambda: any(points for _, _, points in rows(here)))


def test_the_training_shows_on_the_stage_and_in_the_link(visit):
    here = visit("vision", **VIEW, covered=LEFT, fill="mean")
    last = rows(here)
    here.scrub(0)
    here.until(lambda: here.snapshot == 0 and rows(here) != last)
    assert all(one == pytest.approx(10, abs=1) for one, _, _ in rows(here)), "at first all classes are as likely"
    assert here.query("covered") == LEFT and here.query("fill") == "mean"


def test_two_lanes_share_what_is_covered(visit):
    here = visit("vision", **VIEW, compare="cnn-fashion", grid=4)
    counted = here.view.locator("figcaption")
    expect(counted).to_have_text(["0 of 16 patches covered"] * 2)
    here.page.mouse.click(*place(here, 1, 1, grid=4))
    expect(counted).to_have_text(["1 of 16 patches covered"] * 2)


def test_a_finger_covers_on_a_phone(visit):
    options = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    here = visit("vision", **VIEW, options=options)
    here.page.touchscreen.tap(*place(here, 0, 0))
    here.until(lambda: here.query("covered") == "7-8000000000000")
    assert here.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_mask_that_is_none_is_told_in_a_sentence(visit, watch):
    here = visit("vision", **VIEW, covered="7-zz", wait=False)
    expect(here.problem).to_contain_text("A mask is written like 2-9")
    here.panel.get_by_role("button", name="Reset").click()
    expect(here.view.locator("figcaption").first).to_have_text("0 of 49 patches covered")
    expect(here.problem).to_have_count(0)
    watch.forget_refusals()  # at the end: the answer for the line under the axis may come after the picture's
