"""What pages ask for and complain about."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request

HOST = "127.0.0.1"
"""Where the playground is served; nothing else may be asked."""


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
