"""The probe of motion as a visitor meets it: a compass that is turned, a speed that is moved, and how right it is."""

import re

import pytest
from playwright.sync_api import expect

from playground.labs import recipe
from training.record import record

from .tiers import first_for_all

RUN = {"run": "frames-moving", "view": "motion"}
STILL = {"reduced_motion": "reduce", "viewport": {"width": 1280, "height": 800}}


@pytest.fixture
def still(visit):
    here = visit("selfsupervised", options=STILL, **RUN)
    expect(here.view.locator(".label-table td")).to_have_count(8)
    return here


def said(here):
    """What the probes say of direction and speed."""
    return here.view.locator(".motion-said").all_inner_texts()


def drag(here, *places):
    """Presses at the first place on the compass and drags over the others; shares of it from its upper left corner."""
    box = here.main.bounding_box()
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in places]
    here.page.mouse.move(*points[0])
    here.page.mouse.down()
    for point in points[1:]:
        here.page.mouse.move(*point)
    here.page.mouse.up()


def test_the_compass_is_turned_by_dragging(still, shows):
    before = shows(still.main)
    drag(still, (0.8, 0.5), (0.7, 0.3), (0.5, 0.2), (0.3, 0.3))
    still.until(lambda: still.query("direction") == "up and left")
    still.until(lambda: "up and left" in said(still)[0] and shows(still.main) != before)
    expect(still.control("direction")).to_have_value("up and left")
    drag(still, (0.5, 0.5), (0.51, 0.5))
    assert still.query("direction") == "up and left", "the middle has no direction"


def test_the_keys_turn_it_and_change_the_speed(still):
    still.main.focus()
    for key in ("ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowRight"):
        still.page.keyboard.press(key)
        still.settled()
    still.until(lambda: still.query("direction") == "up")
    for key in ("ArrowRight",) * 3:
        still.page.keyboard.press(key)
        still.settled()
    still.until(lambda: still.query("direction") == "down and right")
    for _ in range(4):
        still.page.keyboard.press("ArrowUp")
    still.until(lambda: still.query("speed") == "3")
    still.until(lambda: said(still)[1].startswith("3 pixels a frame"))
    for _ in range(20):
        still.page.keyboard.press("ArrowDown")
    still.until(lambda: still.query("speed") == "0")


def test_the_speed_is_moved_along_its_axis(still, shows):
    chart = still.view.locator(".motion-speeds")
    before = shows(chart)
    box = chart.bounding_box()
    still.page.mouse.click(box["x"] + 16 + (box["width"] - 32) / 4, box["y"] + 60)
    still.until(lambda: still.query("speed") == "1" and shows(chart) != before)
    still.until(lambda: said(still)[1].startswith("1 pixel a frame"))


def test_an_answer_comes_while_it_is_dragged(still):
    """The probes are there; what takes time is the clip, its features, and the way to the page and back."""
    script = """async (part) => {
      const times = [];
      for (const direction of ["up", "down", "left", "up and right", "down and left", "right"]) {
        const start = performance.now();
        const query = new URLSearchParams({ run: "frames-moving", step: 7270, direction, picture: "ex-5" });
        await (await fetch(`${part}?${query}`)).arrayBuffer();
        times.push(performance.now() - start);
      }
      return times.sort((a, b) => a - b)[2];
    }"""
    address = "/playground/views/selfsupervised/motion/motion"
    assert still.page.evaluate(script, address) < 180, "three times as long on a busy machine"


def test_how_right_the_probes_are_stands_beside_chance_and_the_start(still):
    def cells():
        return [float(text) for text in still.view.locator(".label-table td").all_inner_texts()]

    direction, speed = cells()[::2], cells()[1::2]
    assert direction[2] == 12.5 and speed[2] == 25 and speed[0] > 90 > speed[1] and direction[3] > 90 > direction[0]
    names = still.view.locator(".label-table tbody th")
    expect(names).to_have_text(["step 7,270", "untrained", "chance", "supervised"])
    expect(still.caption).to_contain_text("python -m training supervised frames-moving")
    still.scrub(0)
    still.until(lambda: still.snapshot == 0 and cells()[1] == speed[1])
    text = still.view.locator(".motion-confusion p").first
    expect(text).to_have_text(re.compile(r"Of the \d+ test clips that move right, the probe calls \d+ “"))
    still.control("direction").select_option("down")
    expect(text).to_contain_text("test clips that move down")


def test_the_clip_plays_in_a_loop_where_motion_is_welcome(visit, shows):
    here = visit("selfsupervised", **RUN)
    here.view.locator(".label-table td").first.wait_for()
    seen = set()
    here.until(lambda: seen.add(shows(here.main)) or len(seen) == 5)
    for _ in range(20):
        seen.add(shows(here.main))
        here.page.wait_for_timeout(60)
    assert len(seen) == 5, "a frame each"


def test_where_motion_is_not_welcome_it_rests(still, shows):
    before = shows(still.main)
    still.page.wait_for_timeout(700)
    assert shows(still.main) == before


@pytest.mark.thorough
@pytest.mark.parametrize("size", first_for_all(zip([(390, 844), (820, 1180), (1440, 900)])))
def test_the_compass_is_in_sight_and_nothing_is_wider_than_the_page(visit, size):
    options = {"viewport": {"width": size[0], "height": size[1]}, "reduced_motion": "reduce"}
    here = visit("selfsupervised", options=options, **RUN)
    here.view.locator(".label-table td").first.wait_for()
    box = here.main.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= size[0] and box["height"] == pytest.approx(box["width"], abs=1)
    assert here.page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert box["y"] + box["height"] < here.film.bounding_box()["y"]
    lane = here.view.locator(".lane-side").bounding_box()
    for name in (".motion-strip", ".motion-speeds", ".label-table", ".motion-confusion"):
        part = here.view.locator(name).bounding_box()
        assert part["x"] + part["width"] <= lane["x"] + lane["width"] + 1, name


@pytest.mark.thorough
def test_two_runs_are_turned_together(visit, server):
    chosen = recipe("frames-moving").changed(seconds=None, steps=4, width=4, hidden=8, depth=1)
    other = server.store.create("frames-moving", chosen, data_hash=server.store.data.card("moving").hash)
    for _ in record(other, store=server.store):
        pass
    here = visit("selfsupervised", compare=other.id, options=STILL, **RUN)
    expect(here.view.locator(".label-table td")).to_have_count(14)
    assert len(set(said(here))) == 4, "two networks say two things"
    here.view.locator("[data-part=main]").nth(1).focus()
    here.page.keyboard.press("ArrowRight")
    here.until(lambda: here.query("direction") == "down and right")
    words = here.view.locator(".motion-confusion p:first-child")
    here.until(lambda: all("that move down and right" in text for text in words.all_inner_texts()))
