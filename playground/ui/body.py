"""The body of a request, taken in as long as it is neither too large nor too slow; what JSON it holds."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from typing import Any

from anyio import fail_after
from starlette.requests import Request

from playground.errors import PlaygroundError

MAX_BYTES = 10_000_000
PATIENCE, SLOWEST = 20.0, 100_000
"""Seconds that every body may take, and bytes a second that more time is given for."""


class BadBody(PlaygroundError):
    """What is sent is too large, comes too slowly, or makes no sense."""


async def parts(request: Request) -> AsyncIterator[bytes]:
    """The parts of a body as they come.

    Raises:
        BadBody: When they come so slowly that others would have to wait for their turn.
    """
    stream, size, began = request.stream(), 0, time.monotonic()
    while True:
        left = began + PATIENCE + size / SLOWEST - time.monotonic()
        try:
            with fail_after(left):
                part = await anext(stream, None)
        except TimeoutError:
            raise BadBody(
                f"This came more slowly than the {SLOWEST // 1000} kB a second that are needed here; try again with "
                "less, or over a faster connection."
            ) from None
        if part is None:
            return
        size += len(part)
        yield part


async def received(request: Request) -> bytes:
    """The whole body, as long as it is no larger than `MAX_BYTES`.

    Raises:
        BadBody: When it is larger, or comes too slowly.
    """
    content = bytearray()
    async for part in parts(request):
        content += part
        if len(content) > MAX_BYTES:
            raise BadBody(f"The file is larger than {MAX_BYTES // 1_000_000} MB. Choose a smaller one.")
    return bytes(content)


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object that a request carries.

    Raises:
        BadBody: When it carries something else.
    """
    try:
        parsed = json.loads(body or b"{}")
    except (ValueError, RecursionError):  # nested too deeply
        parsed = None
    if not isinstance(parsed, dict):
        raise BadBody("The page sent something that is no JSON object; reload it.")
    return parsed


def part(parent: dict[str, Any], name: str) -> dict[str, Any]:
    """An object within an object; empty where there is none."""
    values = parent.get(name) or {}
    if not isinstance(values, dict):
        raise BadBody(f"“{name}” must be names with values; reload the page.")
    return values
