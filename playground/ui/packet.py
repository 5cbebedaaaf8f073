"""One HTTP answer that carries both words and raw numbers: a JSON head, then bytes. `server.js` reads it."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response


def packet(head: dict[str, Any], content: bytes) -> Response:
    """Four bytes of the head's length (little-endian), the head as JSON, then `content`."""
    words = json.dumps(head).encode()
    words += b" " * (-len(words) % 4)  # so that what follows is aligned for floats
    body = len(words).to_bytes(4, "little") + words + content
    return Response(body, media_type="application/octet-stream", headers={"Cache-Control": "no-store"})
