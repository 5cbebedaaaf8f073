"""Who a visitor is: a random name in a signed cookie; nothing else is known of them."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.runs.folder import write_whole

COOKIE = "playground-visitor"
YEAR = 365 * 86_400
OWNER = ""
"""The name that runs of the server's owner carry, those of the command line among them."""


@dataclass(frozen=True)
class Identity:
    """Signs and checks the names of visitors.

    Attributes:
        secret: What the signatures are made with.
        public: Whether strangers use the server; if not, a visitor on the same machine is its owner.
    """

    secret: bytes
    public: bool = False

    @classmethod
    def stored(cls, folder: Path, *, public: bool = False) -> Identity:
        """With the secret stored in `folder`, created at the first start, so that cookies outlive a restart."""
        path = folder / ".secret"
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            write_whole(path, secrets.token_bytes(32))
            path.chmod(0o600)
        return cls(path.read_bytes(), public)

    def issue(self) -> str:
        """The cookie of a new visitor."""
        name = secrets.token_urlsafe(12)
        return f"{name}.{self._signature(name)}"

    def visitor(self, cookies: Mapping[str, str]) -> str | None:
        """The visitor whose cookie this is; None for none, or one that was not signed here."""
        name, _, signature = cookies.get(COOKIE, "").partition(".")
        genuine = bool(name) and hmac.compare_digest(signature.encode(), self._signature(name).encode())
        return name if genuine else None

    def owns(self, connection: HTTPConnection, owner: str) -> bool:
        """Whether whoever asks may see and change what belongs to `owner`.

        The cookie is never sent by another site's page, so none can act in a visitor's name.
        """
        visitor = self.visitor(connection.cookies)
        if visitor is None:
            return False
        if owner == OWNER:
            here = connection.client is not None and connection.client.host in ("127.0.0.1", "::1", "localhost")
            return here and not self.public
        return hmac.compare_digest(visitor.encode(), owner.encode())

    def _signature(self, name: str) -> str:
        return hmac.new(self.secret, name.encode(), hashlib.sha256).hexdigest()[:32]


class Visitors:
    """Middleware that gives every browser a cookie with its first answer, and asks for the login where there is one."""

    def __init__(self, app: ASGIApp, *, identity: Identity, guarded: str) -> None:
        """Routes below the path `guarded` are refused to who has not logged in, as Gradio does for its own."""
        self.app, self.identity, self.guarded = app, identity, guarded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        if self.guarded in scope["path"] and not logged_in(connection):
            await JSONResponse({"error": "Log in first; then reload this page."}, 401)(scope, receive, send)
            return
        if self.identity.visitor(connection.cookies) is not None:
            await self.app(scope, receive, send)
            return
        cookie = f"{COOKIE}={self.identity.issue()}; Path=/; HttpOnly; SameSite=Strict; Max-Age={YEAR}"
        if scope.get("scheme") == "https":
            cookie += "; Secure"

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        await self.app(scope, receive, send_with_cookie)


def logged_in(connection: HTTPConnection) -> bool:
    """Whether Gradio's own login, where the page was launched with `auth=`, knows whoever asks."""
    app = connection.scope.get("app")
    if getattr(app, "auth", None) is None:
        return True
    names = (f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}")  # type: ignore[union-attr]
    return any(connection.cookies.get(name) in app.tokens for name in names)  # type: ignore[union-attr]
