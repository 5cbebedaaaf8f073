"""What a visitor feels: how soon the page answers and draws, how soon a training shows, how smoothly a drag goes."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from playground.errors import PlaygroundError
from playground.runs.store import ROOT, Store
from training.benchmarks import Row

TIMES = 5
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
_DRAWN = """() => {
  const captions = [...document.querySelectorAll("lab-stage[lab=LAB] .caption")];
  return captions.some(({ textContent }) => textContent.includes("snapshot of step"));
}"""
_LABELS = {
    "vision": "attention maps",
    "vae": "manifold",
    "gan": "square of seeds",
    "diffusion": "sampling",
    "translation": "translation",
}
_SCRUB = """async () => {
  const track = document.querySelector("film-transport[lab=gan] .film-track");
  const { left, width } = track.getBoundingClientRect();
  const times = [];
  let before = "";
  for (let x = width - 1; x > 0; x -= 2) {
    const began = performance.now();
    track.dispatchEvent(new PointerEvent("pointermove", { clientX: left + x }));
    const image = track.querySelector(".film-preview img");
    if (!image || image.src === before) continue;
    before = image.src;
    if (!image.complete) await new Promise((done) => image.addEventListener("load", done, { once: true }));
    times.push(performance.now() - began);
  }
  return times;
}"""
_DRAG = """async (lab) => {
  const stage = document.querySelector(`lab-stage[lab=${lab}]`);
  const plane = stage.querySelector("[data-part=main]");
  const { left, top, width } = plane.getBoundingClientRect();
  const times = [];
  stage.view.painter.measured = (milliseconds) => times.push(milliseconds);
  const began = performance.now();
  let moves = 0;
  for (let share = 0; share < 1; share = (performance.now() - began) / 5000) {
    const [x, y] = [0.1 + 0.8 * share, 0.5 + 0.3 * ((moves++ % 40) / 40 - 0.5)];
    const where = { clientX: left + x * width, clientY: top + y * width, buttons: 1, pointerId: 1 };
    plane.dispatchEvent(new PointerEvent("pointermove", where));
    await new Promise(requestAnimationFrame);
  }
  await new Promise((done) => setTimeout(done, 200));
  return times.sort((a, b) => a - b);
}"""
_PHRASES = """async (moves) => {
  const { painter } = document.querySelector("lab-stage[lab=vae]").view;
  const [{ roll, square }] = painter.lanes;
  const { left, top, width } = square.canvas.getBoundingClientRect();
  let drawn = () => {};
  const show = roll.show.bind(roll);
  let last = null;
  roll.show = (notes) => {
    show(notes);
    if (notes !== last) drawn();
    last = notes;
  };
  const send = (kind, at) => {
    const where = { clientX: left + at * width, clientY: top + (1 - at) * width, buttons: 1, pointerId: 1 };
    square.canvas.dispatchEvent(new PointerEvent(kind, where));
  };
  const times = [];
  for (let i = 1; i <= moves; i++) {
    const phrase = new Promise((done) => { drawn = done; });
    const began = performance.now();
    send("pointermove", i / (moves + 1));
    await phrase;
    times.push(performance.now() - began);
  }
  return times;
}"""
_FILM = "document.querySelector('film-transport[lab=vae]').view.film"
_STARTED = """(before) => {
  const { track } = document.querySelector("film-transport[lab=vae]").view.film;
  return track.id !== before && (track.terms.get("loss") ?? []).length > 0;
}"""


class NoBrowser(PlaygroundError):
    """These measurements drive a Chromium through Playwright."""


def rows() -> Iterator[Row]:
    """Seconds to open, to draw and to learn, and the images a second of a drag."""
    starts = []
    for _ in range(3):
        with served() as (_, seconds):
            starts.append(seconds)
    yield Row("`python app.py` to a page that answers", starts, "s", "<= 15", "a new process, polled; files are cached")
    with served() as (url, _), chromium() as browser:
        for lab, what in _LABELS.items():
            times = [_first_picture(browser, f"{url}?lab={lab}", lab) for _ in range(TIMES)]
            yield Row(f"page opened to the first {what}", times, "s", "<= 3", "a new browser context each time")
        page = browser.new_page(viewport={"width": 1280, "height": 1400})
        page.goto(f"{url}?lab=vae")
        page.wait_for_function(_DRAWN.replace("LAB", "vae"))
        yield from _drags(page, "latent drag", "vae")
        page.goto(f"{url}?lab=vae&view=hear&run=musicvae-chorales")
        page.wait_for_function(_DRAWN.replace("LAB", "vae"))
        page.wait_for_timeout(2000)
        how = "40 moves along the diagonal between four phrases, each answered before the next"
        yield Row("drag to the new phrase (musicvae-chorales)", page.evaluate(_PHRASES, 40), "ms", "<= 150", how)
        page.goto(f"{url}?lab=vae")
        page.wait_for_function(_DRAWN.replace("LAB", "vae"))
        page.locator("lab-panel[lab=vae] [data-section=train]").click()
        times = [_first_point(page) for _ in range(TIMES)]
        yield Row("Train pressed to the first point (vae-fashion)", times, "s", "<= 1", "a warm worker, in the browser")
        page.goto(f"{url}?lab=gan")
        page.wait_for_function(_DRAWN.replace("LAB", "gan"))
        times = page.evaluate(_SCRUB)
        yield Row("scrubbing: from the slider to the preview (cgan-fashion)", times, "ms", "<= 60", "each frame once")
        yield from _drags(page, "drag over seeds", "gan")
        for run in ("point-gan-gaussians", "point-diffusion-moons"):
            lab = Store(Path("none")).get(run).recipe.lab
            page.goto(f"{url}?lab={lab}&run={run}")
            page.wait_for_function(_DRAWN.replace("LAB", lab))
            how = "played at normal speed for 5 s, three times; answers that were drawn"
            goal = ">= 20" if lab == "gan" else ""
            yield Row(f"{run}: redraws", [_redraws(page, lab) for _ in range(3)], "/s", goal, how)


@contextmanager
def served(runs: Path | None = None, variables: Mapping[str, str] | None = None) -> Iterator[tuple[str, float]]:
    """The playground in a process of its own: its address, and how soon it answered.

    Args:
        runs: Its runs, if it has any.
        variables: Of its environment, besides those of this process.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as empty:
        start = time.perf_counter()
        command = [sys.executable, "app.py", "--port", str(port), "--runs", str(runs or empty), "--device", "cpu"]
        environment = {**os.environ, **(variables or {})}
        null = subprocess.DEVNULL
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=null, stderr=null)
        try:
            url = f"http://127.0.0.1:{port}/"
            while True:
                with suppress(OSError), urllib.request.urlopen(url, timeout=5) as response:
                    if response.status == 200:
                        break
                time.sleep(0.05)
            yield url, time.perf_counter() - start
        finally:
            server.terminate()
            server.wait(timeout=20)
            time.sleep(1)  # an idle worker leaves a moment after its server


@contextmanager
def chromium() -> Iterator[Any]:
    """A headless Chromium of this machine."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise NoBrowser("The measurements of the page need Playwright: pip install -r requirements-dev.txt.") from error
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        raise NoBrowser("The measurements of the page need a Chromium on this machine.")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def _first_picture(browser: Any, url: str, lab: str) -> float:
    with browser.new_context() as context:
        page = context.new_page()
        start = time.perf_counter()
        page.goto(url, wait_until="commit")
        page.wait_for_function(_DRAWN.replace("LAB", lab), polling=20)
        return time.perf_counter() - start


def _drags(page: Any, what: str, lab: str) -> Iterator[Row]:
    drags = [page.evaluate(_DRAG, lab) for _ in range(3)]
    how = "a move in each of the browser's frames, 60 a second, three times 5 s over the plane of the shipped run"
    late, middle = ([times[int(share * len(times))] for times in drags] for share in (0.95, 0.5))
    yield Row(f"{what}: pictures that reach the page", [len(times) / 5 for times in drags], "/s", ">= 50", how)
    yield Row(f"{what}: pointer to picture, 95th percentile", late, "ms", "<= 60", how)
    yield Row(f"{what}: pointer to picture, median", middle, "ms", "", how)


def _redraws(page: Any, lab: str) -> float:
    """How many answers a second are drawn while a small network is trained step by step."""
    play = page.locator(f"lab-panel[lab={lab}] .toy-play")
    play.scroll_into_view_if_needed()
    if play.get_attribute("aria-label") == "Train":
        play.click()
    page.wait_for_timeout(1000)
    answers = "performance.getEntriesByType('resource').filter((one) => one.name.includes('/live/')).length"
    page.evaluate("performance.setResourceTimingBufferSize(100000)")
    before, start = page.evaluate(answers), time.perf_counter()
    page.wait_for_timeout(5000)
    return (page.evaluate(answers) - before) / (time.perf_counter() - start)


def _first_point(page: Any) -> float:
    """Seconds from the click on Train to a point on the curve; the run is stopped and its worker warm again after."""
    before = page.evaluate(f"{_FILM}.track.id")
    page.wait_for_timeout(1500)
    start = time.perf_counter()
    page.locator(".train-button:visible").click()
    page.wait_for_function(_STARTED, arg=before, polling=20)
    seconds = time.perf_counter() - start
    page.locator("[data-verb=stop]:visible").click()
    page.wait_for_function(f"{_FILM}.track.info.status.state === 'cancelled'")
    return seconds
