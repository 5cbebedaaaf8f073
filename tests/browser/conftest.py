"""A headless Chromium, a served playground, and a watch over what their pages ask for and complain about."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import torch
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from playground.labs import recipe
from playground.runs.reader import Run
from training.record import record

from .server import Server, end
from .tiers import QUICK
from .visitor import PATIENCE, Visit
from .watch import HOST, Watch

HERE = Path(__file__).resolve().parent
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {HOST}",
)
SIZE = {"width": 1280, "height": 800}
"""Of a page, if nobody says another one, in CSS pixels."""
MEDIA = ("color_scheme", "reduced_motion", "forced_colors", "contrast")
KEPT = "local_storage,indexeddb,cache_storage,service_workers,websql,file_systems"
"""What a site may keep in a browser besides cookies, as the DevTools protocol names it."""
expect.set_options(timeout=1000 * PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("browser")
            if item.path.stem not in QUICK:
                item.add_marker("slow")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium: what the environment variable CHROMIUM names, or one on the path."""
    named = os.environ.get("CHROMIUM")
    path = next(filter(None, map(shutil.which, [named] if named else NAMES)), None)
    if path is None:
        searched = f"CHROMIUM={named}" if named else ", ".join(NAMES)
        reason = f"there is no browser ({searched}); install Chromium or name one in CHROMIUM"
        if os.environ.get("PLAYGROUND_REQUIRE_BROWSER"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return path


# As long as Playwright runs, the main thread has its event loop: other tests start theirs in threads.
@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives the browsers of this folder."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    """A headless browser for all visitors who come to somebody else's, each as if they had never been there."""
    launched = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
    yield launched
    launched.close()


@pytest.fixture(scope="session")
def profile(
    playwright: Playwright, chromium: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrowserContext]:
    """A headless browser that keeps what it has loaded and compiled: a page opens in half of the processor's time."""
    folder = tmp_path_factory.mktemp("profile")
    context = playwright.chromium.launch_persistent_context(folder, executable_path=chromium, args=list(ARGUMENTS))
    yield context
    context.close()


@pytest.fixture
def watch() -> Watch:
    """What the pages of this test asked for and complained about."""
    return Watch()


@pytest.fixture
def open_page(request: pytest.FixtureRequest, watch: Watch) -> Iterator[Callable[..., Page]]:
    """Opens empty pages, with the options of Playwright's `Browser.new_context`, such as `viewport` and `color_scheme`.

    Each is another visitor's, without cookies and what else a site may keep; only the first one may have a warm cache.
    The test fails at its end if a page complained or asked another host than this one for anything.
    """
    contexts: list[BrowserContext] = []
    kept: list[Page] = []

    def opened(**options: Any) -> Page:
        if not kept and options.keys() <= {"viewport", *MEDIA}:
            profile: BrowserContext = request.getfixturevalue("profile")
            page = profile.new_page()
            kept.append(page)
            page.set_viewport_size(options.pop("viewport", None) or SIZE)
            page.emulate_media(**{"color_scheme": "light", **options})
        else:
            browser: Browser = request.getfixturevalue("browser")
            context = browser.new_context(**{"viewport": SIZE, **options})
            contexts.append(context)
            page = context.new_page()
        watch.over(page)
        return page

    yield opened
    for context in contexts:
        context.close()
    for page in kept:
        _forget(page)
    assert watch.strangers() == []
    assert watch.errors == []


def _forget(page: Page) -> None:
    """Closes a page and makes its browser forget all that sites keep, but not its cache."""
    context, origin = page.context, "{0.scheme}://{0.netloc}".format(urlsplit(page.url))
    page.goto("about:blank")  # where nothing writes any more
    if origin.startswith("http"):
        session = context.new_cdp_session(page)
        session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": KEPT})
    page.close()
    context.clear_cookies()


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """One empty page of 1280 x 800 pixels."""
    return open_page()


@pytest.fixture(scope="session")
def server(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One playground for all tests of this folder, with no runs at first but the shipped ones."""
    started = Server(tmp_path_factory.mktemp("playground"))
    yield started
    end(started.process)


@pytest.fixture(scope="session")
def playground(server: Server) -> str:
    """The address of the playground."""
    return server.url


@pytest.fixture(scope="session")
def films(server: Server) -> dict[str, Run]:
    """By lab, a run of 8 frames, trained for this."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    trained = {}
    for lab, name in (("vision", "vit-digits"), ("vae", "vae-digits")):
        chosen = recipe(name).changed(seconds=None, steps=60)
        data_hash = server.store.data.card(chosen.data).hash
        trained[lab] = server.store.create(name, chosen, data_hash=data_hash)
        for _ in record(trained[lab], store=server.store):
            pass
        assert trained[lab].status.state == "done", trained[lab].status.message
    torch.set_num_threads(threads)
    return trained


@pytest.fixture
def visit(open_page: Callable[..., Page], server: Server, request: pytest.FixtureRequest) -> Callable[..., Visit]:
    """Sends a visitor to a lab, by default on a page of 1280 x 800 pixels; see `Visit.open`."""

    def sent(lab: str, *, options: dict[str, Any] | None = None, wait: bool = True, **query: object) -> Visit:
        page = open_page(**(options or {}))
        if "run" not in query:
            query["run"] = request.getfixturevalue("films")[lab].id
        return Visit(page, server.url, lab).open(wait=wait, **query)

    return sent


@pytest.fixture
def quiet(server: Server) -> Iterator[None]:
    """No training goes on before or after."""
    yield
    for run in server.store.list():
        if run.status.state in ("running", "queued"):
            (run.path / "stop").write_text("cancelled")
    until = time.monotonic() + 20
    while any(run.status.state in ("running", "queued") for run in server.store.list()):
        assert time.monotonic() < until, "a training does not end"
        time.sleep(0.05)


@pytest.fixture
def shows() -> Callable[[Locator], str]:
    """What a canvas shows, to be compared."""
    return lambda canvas: str(canvas.evaluate("canvas => canvas.toDataURL()"))
