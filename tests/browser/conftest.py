"""A headless Chromium, a served playground, and a watch over what their pages ask for and complain about."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import torch
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Playwright,
    Request,
    expect,
    sync_playwright,
)

from playground.labs import recipe
from playground.runs.reader import Run
from playground.runs.store import Store
from training.record import record

from .tiers import QUICK
from .visitor import PATIENCE, Visit

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
HOST = "127.0.0.1"
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
START = 90
"""Seconds that the playground may take until it answers."""
expect.set_options(timeout=1000 * PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("browser")
            if item.path.stem not in QUICK:
                item.add_marker("slow")


class Watch:
    """What some pages asked for and complained about.

    Attributes:
        requested: The address of every request and every websocket.
        errors: Errors on the console, errors nobody caught, and requests that failed; one that the page itself called
            off is no failure.
    """

    def __init__(self) -> None:
        self.requested: list[str] = []
        self.errors: list[str] = []

    def over(self, page: Page) -> None:
        """Begins to watch a page."""
        page.on("request", lambda request: self.requested.append(request.url))
        page.on("websocket", lambda socket: self.requested.append(socket.url))
        page.on("requestfailed", self._failed)
        page.on("console", self._logged)
        page.on("pageerror", lambda error: self.errors.append(f"uncaught: {error}"))

    def strangers(self) -> list[str]:
        """The requests that went to another host."""
        parts = [(url, urlsplit(url)) for url in self.requested]
        return [url for url, part in parts if part.scheme not in ("data", "blob", "about") and part.hostname != HOST]

    def forget(self) -> None:
        """Lets go of all that was seen so far, in a test that brings about errors on purpose."""
        self.requested.clear()
        self.errors.clear()

    def forget_refusals(self) -> None:
        """Lets go of what the browser says of requests that the server answered with a sentence, and of that alone."""
        self.errors = [error for error in self.errors if "responded with a status of 400" not in error]

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":
            self.errors.append(f"failed: {request.url} ({request.failure})")

    def _logged(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"console: {message.text} ({message.location['url']})")


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


class Server:
    """A playground in a process of its own, with one worker.

    Attributes:
        url: Its address.
        runs: The folder of its runs.
        process: The process, while there is one.
    """

    def __init__(self, folder: Path) -> None:
        self.log, self.runs, self.port = folder / "log.txt", folder / "runs", _free_port()
        self.url = f"http://{HOST}:{self.port}/"
        self.start()

    def start(self) -> None:
        """Starts it, at the same address every time, and waits until it answers."""
        options = ["--host", HOST, "--port", str(self.port), "--runs", str(self.runs), "--workers", "1"]
        with open(self.log, "ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "app.py", *options], cwd=ROOT, stdout=out, stderr=out, start_new_session=True
            )
        _wait_until_it_answers(self.url, self.process, self.log)

    def kill(self) -> None:
        """Ends it without a chance to tidy up."""
        self.process.kill()
        self.process.wait()

    @property
    def store(self) -> Store:
        """Its runs, read past it."""
        return Store(self.runs)


@pytest.fixture(scope="session")
def server(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One playground for all tests of this folder, with no runs at first but the shipped ones."""
    started = Server(tmp_path_factory.mktemp("playground"))
    yield started
    _end(started.process)


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
def visit(open_page: Callable[..., Page], server: Server, films: dict[str, Run]) -> Callable[..., Visit]:
    """Sends a visitor to a lab, by default on a page of 1280 x 800 pixels; see `Visit.open`."""

    def sent(lab: str, *, options: dict[str, Any] | None = None, wait: bool = True, **query: object) -> Visit:
        page = open_page(**(options or {}))
        if "run" not in query:
            query["run"] = films[lab].id
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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START
    while time.monotonic() < until:
        with suppress(urllib.error.URLError, ConnectionError, TimeoutError), urllib.request.urlopen(url, timeout=5):
            return
        if process.poll() is not None:
            break
        time.sleep(0.2)
    pytest.fail(f"the playground did not start; its last words:\n{log.read_text()[-3000:]}", pytrace=False)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Asks the server to go, as a container's end does, and makes sure that nothing of it stays."""
    process.terminate()  # what is started in the background of a script hears no SIGINT
    with suppress(subprocess.TimeoutExpired):
        process.wait(15)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
