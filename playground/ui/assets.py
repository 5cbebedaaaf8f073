"""The page's modules and styles, and where they are served: no build step, one file one address."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from playground.ui.routes import BASE

PACKAGE = Path(__file__).parents[1]
SHARED = PACKAGE / "ui" / "static"
ENTRIES = tuple(SHARED / name for name in ("stage.js", "transport.js", "train-form.js", "lesson.js", "own-data.js"))
"""The modules of the elements that every lab has."""
MEDIA = {".js": "text/javascript", ".css": "text/css"}


@dataclass(frozen=True)
class Assets:
    """What the browser loads besides Gradio's own.

    Attributes:
        files: Contents by their paths within the package `playground`, whose shape the addresses keep, so that modules
            import one another by relative paths.
    """

    files: dict[str, bytes]

    @classmethod
    def read(cls) -> Assets:
        """All modules and styles of the package, in the order of their paths."""
        paths = sorted(path for path in PACKAGE.glob("**/*") if path.suffix in MEDIA)
        return cls({path.relative_to(PACKAGE).as_posix(): path.read_bytes() for path in paths})

    @cached_property
    def base(self) -> str:
        """The address of the package. It holds a hash of all files: a browser may keep them for ever."""
        digest = hashlib.sha256()
        for path, content in self.files.items():
            digest.update(f"{path} {len(content)} ".encode() + content)
        return f"{BASE}/static/{digest.hexdigest()[:12]}"

    def head(self) -> str:
        """Tags for all styles and for the modules `ENTRIES`.

        What they import, the labs' painters among it, is asked for at once and not level by level. Addresses are
        relative to the page, which may be served below a path.
        """
        tags = []
        for path in reversed(self.files):  # the shared styles before those of labs
            rel = {".css": "stylesheet", ".js": "modulepreload"}[Path(path).suffix]
            tags.append(f'<link rel="{rel}" href=".{self.base}/{path}">')
        for script in ENTRIES:
            path = script.relative_to(PACKAGE).as_posix()
            tags.append(f'<script type="module" src=".{self.base}/{path}"></script>')
        return "".join(tags)

    def route(self) -> Route:
        """Where they are served."""

        async def serve(request: Request) -> Response:
            path = request.path_params["path"]
            if path not in self.files:
                return Response("There is no such file; reload the page.", status_code=404)
            headers = {"Cache-Control": "public, max-age=31536000, immutable"}
            return Response(self.files[path], media_type=MEDIA[Path(path).suffix], headers=headers)

        return Route(self.base + "/{path:path}", serve)
