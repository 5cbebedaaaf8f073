"""Who a visitor is: a random name in a signed cookie; nothing else is known of them."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from anyio.to_thread import run_sync
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.runs.folder import write_whole

COOKIE = "playground-visitor"
YEAR = 365 * 86_400
PERIOD, MOST_SEEN = 60.0, 10_000
"""Seconds after which it is said again that a visitor is here, and of how many visitors it is known when it was."""
LOCAL = ("127.0.0.1", "::1", "localhost")
"""How this machine is called by itself."""
UPLOAD = "/gradio_api/upload"
"""Gradio's own way for files, which no part of the page takes and which knows no limits."""
OWNER = ""
"""The name that runs of the server's owner carry, those of the command line among them."""


@dataclass(frozen=True)
class Identity:
    """Signs and checks the names of visitors.

    Attributes:
        secret: What the signatures are made with.
        public: Whether strangers use the server; if not, a visitor on the same machine is its owner.
        framed: Whether the page is shown within another site's, as a Hugging Face Space is; that needs HTTPS.
    """

    secret: bytes
    public: bool = False
    framed: bool = False

    @classmethod
    def stored(cls, folder: Path, *, public: bool = False, framed: bool = False) -> Identity:
        """With the secret that lies in `folder`, made at the first start, so that visitors outlive a restart."""
        path = folder / ".secret"
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            write_whole(path, secrets.token_bytes(32))
            path.chmod(0o600)
        return cls(path.read_bytes(), public, framed)

    def issue(self, *, secure: bool = False) -> str:
        """The `Set-Cookie` header of a new visitor; `secure` where they came by HTTPS.

        It comes along when another site links here, so that a link leads a visitor to their own runs.
        """
        name = secrets.token_urlsafe(12)
        attributes = f"Path=/; HttpOnly; Max-Age={YEAR}"
        if self.framed:
            attributes += "; SameSite=None; Secure; Partitioned"
        else:
            attributes += "; SameSite=Lax; Secure" if secure else "; SameSite=Lax"
        return f"{COOKIE}={name}.{self._signature(name)}; {attributes}"

    def visitor(self, cookies: Mapping[str, str]) -> str | None:
        """The visitor whose cookie this is; None for none, or one that was not signed here."""
        name, _, signature = cookies.get(COOKIE, "").partition(".")
        genuine = bool(name) and hmac.compare_digest(signature.encode(), self._signature(name).encode())
        return name if genuine else None

    def owns(self, connection: HTTPConnection, owner: str) -> bool:
        """Whether whoever asks may see and change what belongs to `owner`.

        Another site's page cannot act in a visitor's name: `Visitors` refuses what it sends.
        """
        visitor = self.visitor(connection.cookies)
        if visitor is None:
            return False
        if owner == OWNER:
            here = connection.client is not None and connection.client.host in LOCAL
            return here and not self.public and requested_host(connection) in LOCAL
        return hmac.compare_digest(visitor.encode(), owner.encode())

    def _signature(self, name: str) -> str:
        return hmac.new(self.secret, name.encode(), hashlib.sha256).hexdigest()[:32]


class Visitors:
    """Middleware that tells visitors apart, and keeps out who may not come in.

    Every browser gets a cookie with its first answer. What another site's page sends is refused, and so is who has not
    logged in, where there is a login.
    """

    def __init__(
        self, app: ASGIApp, *, identity: Identity, guarded: str, seen: Callable[[str], None] = lambda visitor: None
    ) -> None:
        """Routes below the path `guarded` need the login, as Gradio's own do; `seen` is called with who is here."""
        self.app, self.identity, self.guarded, self.seen = app, identity, guarded, seen
        self._last_seen: dict[str, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        if scope["path"].rstrip("/").endswith(UPLOAD):
            await JSONResponse({"error": "Nothing is uploaded this way."}, 404)(scope, receive, send)
            return
        if self.guarded in scope["path"] and not logged_in(connection):
            await JSONResponse({"error": "Log in first; then reload this page."}, 401)(scope, receive, send)
            return
        if scope["method"] not in ("GET", "HEAD", "OPTIONS") and from_elsewhere(connection):
            await JSONResponse({"error": "Another site's page sent this."}, 403)(scope, receive, send)
            return
        visitor = self.identity.visitor(connection.cookies)
        if visitor is not None:
            await self._note_visitor(visitor)
            await self.app(scope, receive, send)
            return
        cookie = self.identity.issue(secure=scope.get("scheme") == "https")

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        await self.app(scope, receive, send_with_cookie)

    async def _note_visitor(self, visitor: str) -> None:
        """Says who is here, but not at every request."""
        now = time.monotonic()
        if now - self._last_seen.get(visitor, -PERIOD) < PERIOD:
            return
        if len(self._last_seen) >= MOST_SEEN:
            self._last_seen.clear()
        self._last_seen[visitor] = now
        await run_sync(self.seen, visitor)


def from_elsewhere(connection: HTTPConnection) -> bool:
    """Whether another site's page sends a request: browsers say so themselves, older ones by the page's origin."""
    site = connection.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = connection.headers.get("origin")
    try:
        return origin is not None and urlsplit(origin).netloc != connection.headers.get("host")
    except ValueError:  # no address at all
        return True


def requested_host(connection: HTTPConnection) -> str:
    """The name of the host that a browser asks for: that of another site may lead here, too (DNS rebinding)."""
    try:
        return urlsplit(f"//{connection.headers.get('host', '')}").hostname or ""
    except ValueError:
        return ""


def logged_in(connection: HTTPConnection) -> bool:
    """Whether Gradio's own login, where the page was launched with `auth=`, knows whoever asks."""
    app = connection.scope.get("app")
    if getattr(app, "auth", None) is None:
        return True
    names = (f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}")  # type: ignore[union-attr]
    return any(connection.cookies.get(name) in app.tokens for name in names)  # type: ignore[union-attr]
