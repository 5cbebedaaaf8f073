"""The prediction of frames as a visitor meets it: a player that loops, a strip, and one's own picture that moves."""

import re

import pytest
from playwright.sync_api import expect

from playground.labs import recipe
from training.record import record

RUN = {"run": "frames-moving", "view": "next"}
STILL = {"reduced_motion": "reduce", "viewport": {"width": 1280, "height": 800}}


@pytest.fixture
def still(visit):
    return visit("selfsupervised", options=STILL, **RUN)


def players(here):
    """What is, and what is predicted."""
    return here.view.locator(".next-pair canvas").nth(0), here.view.locator(".next-pair canvas").nth(1)


def frame(here):
    """What the slider says."""
    return here.view.locator(".next-range").first.get_attribute("aria-valuetext")


def test_it_plays_in_a_loop_until_it_is_paused(visit):
    here = visit("selfsupervised", **RUN)
    seen = set()
    here.until(lambda: seen.add(frame(here)) or len(seen) == 15, seconds=30)
    here.view.get_by_role("button", name="Pause the clip").click()
    rests = frame(here)
    here.until(lambda: here.query("frame") == re.search(r"\d+", rests)[0])
    here.page.wait_for_timeout(600)
    assert frame(here) == rests
    here.view.get_by_role("button", name="Play the clip").click()
    here.until(lambda: frame(here) != rests)
    here.until(lambda: here.query("frame") is None)


def test_where_motion_is_not_welcome_it_rests_at_the_first_predicted_frame(still, shows):
    assert frame(still) == "frame 6 of 15, predicted"
    real, made = players(still)
    before = shows(made)
    still.page.wait_for_timeout(600)
    assert shows(made) == before != shows(real)
    still.main.focus()
    still.page.keyboard.press("ArrowLeft")
    assert frame(still) == "frame 5 of 15, given" and shows(made) == shows(real)
    still.page.keyboard.press("ArrowRight")
    still.page.keyboard.press("ArrowRight")
    still.until(lambda: still.query("frame") == "7")
    still.page.reload()
    still.until(lambda: frame(still) == "frame 7 of 15, predicted")
    box = still.main.bounding_box()
    still.page.mouse.click(box["x"] + box["width"] - 4, box["y"] + 4)
    assert frame(still) == "frame 15 of 15, predicted"


def test_the_picture_moves_as_it_is_set_and_is_predicted_further(still, shows):
    strip = shows(still.main)
    still.control("direction").select_option("up and left")
    still.until(lambda: shows(still.main) != strip)
    still.control("horizon").fill("20")
    still.until(lambda: frame(still) == "frame 6 of 25, predicted")
    still.until(lambda: still.query("direction") == "up and left" and still.query("horizon") == "20")
    moving = still.at_rest(lambda: shows(still.main))
    still.panel.get_by_role("option", name="hot dog").click()
    still.until(lambda: shows(still.main) != moving)


def test_early_in_the_training_the_prediction_is_another(still, shows):
    _, made = players(still)
    last, words = shows(made), still.view.locator(".same-words").inner_text()
    still.scrub(0)
    still.until(lambda: still.snapshot == 0)
    assert shows(made) != last and still.view.locator(".same-words").inner_text() != words


def test_it_is_said_how_sharp_predicted_frames_are(still):
    assert re.search(r"Edges are \d+% as sharp as the true ones", still.view.locator(".same-words").inner_text())
    caption = still.view.locator(".next-pair figcaption").nth(1)
    still.main.focus()
    still.page.keyboard.press("ArrowLeft")
    expect(caption).to_have_text("given")
    shares = []
    for _ in range(10):
        still.page.keyboard.press("ArrowRight")
        shares.append(int(re.fullmatch(r"predicted, (\d+)% as sharp", caption.inner_text())[1]))
    assert len(set(shares)) > 3 and 0 < min(shares) < max(shares) <= 120


def test_a_branch_with_the_other_loss_is_one_press_away(still):
    expect(still.view.locator(".next-loss")).to_contain_text("the absolute error (L1); it asks for the median")
    still.view.get_by_role("button", name="Branch with the squared error (MSE)").click()
    expect(still.branching).to_contain_text("Branches off frames-moving")
    expect(still.knob("Loss")).to_have_value("mse")


@pytest.mark.thorough
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_all_of_the_strip_is_in_sight_and_nothing_is_wider_than_the_page(visit, size):
    options = {"viewport": {"width": size[0], "height": size[1]}, "reduced_motion": "reduce"}
    here = visit("selfsupervised", options=options, **RUN)
    expect(here.main).to_be_visible()
    box = here.main.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= size[0]
    assert here.page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert box["y"] + box["height"] < here.film.bounding_box()["y"]


@pytest.mark.thorough
def test_two_runs_play_in_step(visit, server):
    chosen = recipe("frames-moving").changed(seconds=None, steps=4, width=4, hidden=8, depth=1)
    other = server.store.create("frames-moving", chosen, data_hash=server.store.data.card("moving").hash)
    for _ in record(other, store=server.store):
        pass
    here = visit("selfsupervised", compare=other.id, **RUN)
    expect(here.view.locator(".lane-frame")).to_have_count(2)
    sliders = here.view.locator(".next-range")
    here.until(lambda: sliders.nth(1).get_attribute("max") == "15")
    script = "all => all.map((one) => one.value)"
    seen = {tuple(sliders.evaluate_all(script)) for _ in range(10) if not here.page.wait_for_timeout(150)}
    assert len(seen) > 2 and all(one == two for one, two in seen)
    here.view.get_by_role("button", name="Pause the clip").nth(1).click()
    expect(here.view.get_by_role("button", name="Play the clip")).to_have_count(2)
