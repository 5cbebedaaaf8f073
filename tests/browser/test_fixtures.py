"""What the other tests of this folder rest on: that pages open, and that nothing wrong with them goes unseen."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

ICON = '<link rel="icon" href="data:,">'


class Handler(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def site(tmp_path):
    """A folder, and the address that it is served at."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=tmp_path)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield tmp_path, f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def shown(page, site, body):
    folder, url = site
    (folder / "index.html").write_text(f"<!doctype html><title>A page</title>{ICON}{body}")
    page.goto(url)
    page.wait_for_load_state("networkidle")


def test_a_quiet_page_is_seen_as_quiet(page, site, watch):
    shown(page, site, "<script>document.title += ' with a script'</script>")
    assert page.title() == "A page with a script"
    assert site[1] in watch.requested
    assert watch.strangers() == [] and watch.errors == []


def test_a_request_to_another_host_is_seen(page, site, watch):
    shown(page, site, '<img src="http://example.org/picture.png">')
    assert watch.strangers() == ["http://example.org/picture.png"]
    assert any(error.startswith("failed: http://example.org/picture.png") for error in watch.errors)
    watch.forget()


def test_a_websocket_to_another_host_is_seen(page, site, watch):
    shown(page, site, "<script>new WebSocket('ws://example.org/')</script>")
    page.wait_for_timeout(100)
    assert watch.strangers() == ["ws://example.org/"]
    watch.forget()


@pytest.mark.parametrize(
    ("script", "seen"),
    [
        ("console.error('words on the console')", "console: words on the console"),
        ("throw new Error('nobody catches this')", "uncaught: "),
        ("fetch('missing.json')", "console: Failed to load resource"),
    ],
)
def test_what_goes_wrong_is_seen(page, site, watch, script, seen):
    shown(page, site, f"<script>{script}</script>")
    page.wait_for_timeout(100)
    assert [error for error in watch.errors if error.startswith(seen)]
    watch.forget()


def test_a_request_that_the_page_calls_off_is_no_error(page, site, watch):
    (site[0] / "large.bin").write_bytes(bytes(20_000_000))
    call_off = "const c = new AbortController(); fetch('large.bin', {signal: c.signal}).catch(() => 0); c.abort()"
    shown(page, site, f"<script>{call_off}</script>")
    assert watch.errors == []


def test_pages_take_the_options_of_a_context(open_page, site):
    phone = open_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    shown(phone, site, "")
    assert phone.evaluate("innerWidth") == 390
    assert phone.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")


def test_the_served_playground_opens_quietly(page, playground):
    page.goto(playground)
    page.get_by_role("tab").first.wait_for()
    page.wait_for_load_state("networkidle")
    assert page.title() == "Playground"
