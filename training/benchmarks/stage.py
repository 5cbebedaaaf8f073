"""The stage of every view: what shifts while it opens, what holds the page up, and how soon another frame is on it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playground.labs import views
from playground.page import tabs
from playground.view import View
from training.benchmarks import Row
from training.benchmarks.page import chromium, served

OPENINGS, ROUNDS = 5, 3
LIGHT, HEAVY = 60, 300
"""Milliseconds from the playhead to the view's new frame: of answers that are seen at once, and of whole samplings."""
_OBSERVED = """
window.observed = { shift: 0, tasks: [], drawn: null };
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) observed.shift += one.value;
}).observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) observed.tasks.push(one.duration);
}).observe({ type: "longtask", buffered: true });
requestAnimationFrame(function look() {
  const visible = [...document.querySelectorAll("lab-stage .caption")].filter((one) => one.offsetParent);
  if (!visible.some((one) => one.textContent.includes("snapshot of step"))) return requestAnimationFrame(look);
  observed.drawn = performance.now();
});
"""
_SCRUB = """async ([lab, frame]) => {
  const range = document.querySelector(`film-transport[lab=${lab}] .film-range`);
  const { film } = document.querySelector(`film-transport[lab=${lab}]`).view;
  const step = film.track.snapshot(film.track.steps[frame]).toLocaleString("en-US");
  const shows = () => [...document.querySelectorAll(`lab-stage[lab=${lab}] .caption`)]
    .some((one) => new RegExp(`snapshot of step ${step}(?!,?\\\\d)`).test(one.textContent));
  const began = performance.now();
  range.value = frame;
  range.dispatchEvent(new Event("input", { bubbles: true }));
  while (!shows()) {
    await new Promise((done) => requestAnimationFrame(done));
    if (performance.now() - began > 20_000) throw new Error(`step ${step} is never drawn`);
  }
  return performance.now() - began;
}"""


def rows() -> Iterator[Row]:
    """Layout shift, the longest task and the first picture as each view opens; then its frames in random order."""
    with served() as (url, _), chromium() as browser:
        for lab in tabs():
            for view in views()[lab].values():
                if view.parts:
                    yield from _of(browser, url, lab, view)


def _of(browser: Any, url: str, lab: str, view: View) -> Iterator[Row]:
    """What one view does, in browsers that were nowhere before."""
    what = f"{lab}/{view.name}"
    drawn: list[float] = []
    tasks: list[float] = []
    for _ in range(OPENINGS):
        with _opened(browser, url, lab, view) as page:
            opened = page.evaluate("observed")
            drawn.append(opened["drawn"] / 1000)
            tasks.append(max(opened["tasks"], default=0))
    yield Row(f"{what}: opened to drawn", drawn, "s", "<= 2", "new browser contexts")
    yield Row(f"{what}: longest task as it opens", tasks, "ms", "<= 100", "tasks below 50 ms count as 0")
    with _opened(browser, url, lab, view) as page:
        page.evaluate("observed.tasks = []")
        count = page.evaluate(
            "lab => document.querySelector(`film-transport[lab=${lab}]`).view.film.track.steps.length", lab
        )
        order, rounds = random.Random(0), []
        for _ in range(ROUNDS):
            frames = order.sample(range(count - 1), count - 1)
            page.evaluate("lab => document.querySelector(`film-transport[lab=${lab}]`).view.film.follow()", lab)
            page.wait_for_timeout(500)  # no round begins where the one before it ended
            rounds.append([_scrubbed(page, lab, frame) for frame in frames])
        goal = f"<= {HEAVY if any(part.heavy for part in view.parts.values()) else LIGHT}"
        first, again = rounds[0], sorted(time for times in rounds[1:] for time in times)
        yield Row(f"{what}: playhead to drawn, at each frame for the first time", first, "ms", goal, "in random order")
        yield Row(
            f"{what}: and later, 95th percentile", [again[int(0.95 * len(again))]], "ms", goal, f"{len(again)} times"
        )
        scrubbed = page.evaluate("observed")
        yield Row(f"{what}: longest task while scrubbing", [max(scrubbed["tasks"], default=0)], "ms", "<= 100", "")
        yield Row(f"{what}: layout shift, all in all", [scrubbed["shift"]], "", "<= 0.1", "no session windows: a sum")


@contextmanager
def _opened(browser: Any, url: str, lab: str, view: View) -> Iterator[Any]:
    """A page that shows a view, a while after it was drawn."""
    with browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce") as context:
        page = context.new_page()
        page.add_init_script(_OBSERVED)
        page.goto(f"{url}?lab={lab}&view={view.name}")
        page.wait_for_function("observed.drawn !== null", polling=50)
        page.wait_for_timeout(1500)
        yield page


def _scrubbed(page: Any, lab: str, frame: int) -> float:
    """Milliseconds from the playhead moved to the view drawn."""
    time: float = page.evaluate(_SCRUB, [lab, frame])
    page.wait_for_timeout(120)
    return time
