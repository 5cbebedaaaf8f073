"""The stage of every lab: each view wholly in sight beside the transport, whatever the screen, and each in a link."""

import json

import pytest
from playwright.sync_api import expect

from playground.labs import views
from playground.page import tabs

from .tiers import standing_for_all
from .visitor import Visit

SIZES = ((1440, 900), (1280, 720), (820, 1180), (390, 844))
DRAWN = [(lab, view.name) for lab in tabs() for view in views()[lab].values() if view.parts]
FIRST = [(lab, next(iter(views()[lab]))) for lab in tabs()]
"""The view that each lab opens on: these are tried at once, the others when there is time."""
EACH = [pytest.param(*one, marks=[] if one in FIRST else pytest.mark.thorough) for one in DRAWN]
SHIFT = 0.1
"""How much of what is in sight may move while a view opens: the sum of all layout shifts, as web vitals count them."""
SHIFTS = """window.shifted = 0;
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) shifted += one.value;
}).observe({ type: "layout-shift", buffered: true });"""
TARGET = 44
"""CSS pixels that a finger needs."""


@pytest.fixture
def staged(open_page, playground):
    """Opens a view of a lab as a link does, on a fresh browser."""

    def opened(lab, view, size=SIZES[0], still=False, **query):
        motion = "reduce" if still else "no-preference"
        page = open_page(viewport={"width": size[0], "height": size[1]}, reduced_motion=motion)
        page.add_init_script(SHIFTS)
        return Visit(page, playground, lab).open(wait=(lab, view) in DRAWN, view=view, **query)

    return opened


MEASURE = """lab => {
  const box = (selector) => {
    const visible = [...document.querySelectorAll(selector)].find((one) => one.offsetParent !== null);
    const { left, top, right, bottom } = visible?.getBoundingClientRect() ?? {};
    return visible ? { left, top, right, bottom } : null;
  };
  const room = `#lab-${lab} `;
  return {
    transport: box(room + "[data-part=transport]"),
    main: box(room + "[data-part=main]"),
    width: document.documentElement.scrollWidth,
    tabs: box("[role=tablist]"),
  };
}"""


@pytest.mark.parametrize(("lab", "view"), EACH)
def test_the_view_and_the_time_are_in_one_sight(staged, lab, view):
    here = staged(lab, view)
    assert here.at_rest(lambda: here.page.evaluate("shifted"), seconds=0.5) < SHIFT
    for width, height in SIZES:
        here.page.set_viewport_size({"width": width, "height": height})
        here.page.wait_for_timeout(400)
        here.page.evaluate("window.scrollTo(0, 0)")
        measured = here.page.evaluate(MEASURE, lab)
        size = f"{lab}/{view} at {width} x {height}: {json.dumps(measured)}"
        transport, main = measured["transport"], measured["main"]
        assert transport["top"] >= 0 and transport["bottom"] <= height + 1, size
        assert measured["width"] <= width, size
        lowest = min(transport["top"], height)
        seen = max(0, min(main["bottom"], lowest) - max(main["top"], 0)) / (main["bottom"] - main["top"])
        assert seen >= (0.9 if width > 960 else 0.75), size
        assert main["left"] >= 0 and main["right"] <= width, size


@pytest.mark.parametrize("size", [(820, 1180), (390, 844)])
def test_fingers_find_every_control_and_every_lab(open_page, playground, size):
    page = open_page(viewport={"width": size[0], "height": size[1]}, has_touch=True)
    here = Visit(page, playground, next(iter(tabs()))).open()
    for lab in tabs():
        page.locator(f"#lab-{lab}-button").click()
        there = Visit(page, playground, lab)
        there.caption.wait_for()
        small = page.evaluate(
            """([lab, target]) => [...document.querySelectorAll(`#lab-${lab} :is(.part, lab-stage) button`)]
              .filter((one) => one.offsetParent !== null && one.getBoundingClientRect().height < target)
              .map((one) => one.textContent || one.ariaLabel)""",
            [lab, TARGET],
        )
        assert small == [], lab
    assert here.page.evaluate("document.documentElement.scrollWidth") <= size[0]


def other(option):
    """Another value than its default, as a link holds it."""
    kind, default = option["kind"], option["default"]
    if kind == "switch":
        return str(not default).lower()
    if kind == "choice":
        return next(value for value in option["names"] if value != default)
    if kind == "class":
        return "1"
    if kind == "picture":
        return "ex-7-inverted"
    if kind == "name":
        return next((value for value in option["names"] if value != default and ":" not in value), default)
    if kind == "text":
        return "dog, flag"
    low, high = option["ge"] or 0, option["le"] if option["le"] is not None else 100
    middle = (low + high) / 2 if default == "" or abs((low + high) / 2 - default) > 1e-3 else (low + 3 * high) / 4
    return f"{middle:.2g}" if kind == "number" else str(max(int(low), min(int(middle), 7)))


@pytest.mark.parametrize(("lab", "view"), EACH)
def test_a_link_shows_the_same_to_everybody(staged, shows, lab, view):
    """Every option is in it, and nothing else decides what is seen."""
    chosen = {
        option["name"]: other(option)
        for option in views()[lab][view].options.declared()
        if option["name"] != "network"  # a network of the Hub is not to be had here
        and (option["label"] or option["kind"] != "text")  # what is painted is tested with its view
        and other(option) != option["default"]  # what a menu learns of an answer, too
    }
    one = staged(lab, view, still=True, **chosen)
    one.settled()
    drawn = one.at_rest(lambda: [shows(canvas) for canvas in one.view.locator("canvas").all()])
    assert one.problem.all_inner_texts() == []
    link = one.page.url
    options = {name: one.query(name) for name in chosen}
    assert options == chosen, link
    another = staged(lab, view, still=True, **options)
    another.settled()
    again = another.at_rest(lambda: [shows(canvas) for canvas in another.view.locator("canvas").all()])
    assert again == drawn and another.caption.inner_text() == one.caption.inner_text()


@pytest.mark.parametrize("lab", standing_for_all(tabs(), "vae", "selfsupervised"))
def test_chips_lead_to_every_view_and_a_run_that_fits(visit, lab):
    here = visit(lab, run="", wait=False)
    here.until(lambda: here.run != "")
    for view in reversed(views()[lab].values()):  # the first one is open already
        chip = here.view.locator(f".stage-views [data-view={view.name}]")
        chip.click()
        expect(chip).to_have_attribute("aria-selected", "true")
        expect(here.view.locator(".question")).to_have_text(view.question)
        here.until(lambda: here.run != "" and here.query("run") == here.run)
        here.until(lambda view=view: here.query("view") in (view.name, None))  # the first that fits need not be named
        expect(here.problem).to_have_count(0)
