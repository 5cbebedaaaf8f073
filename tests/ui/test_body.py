"""Bodies of requests: whole as long as they come in time, and a sentence where they do not."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.requests import Request

from playground.ui import body
from playground.ui.body import BadBody, received


def sent(*parts, pause=0.0):
    """A request whose parts come after a pause each; after the last one nothing comes any more."""
    left = list(parts)

    async def receive():
        await asyncio.sleep(pause if left else 60)
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left) or parts[-1] != b""}

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


def finished(coroutine):
    """What a coroutine returns; its loop is in a thread, as that of a browser's tests may run in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def test_a_body_comes_as_it_was_sent():
    assert finished(received(sent(b"one", b" two", b""))) == b"one two"


def test_a_body_that_does_not_end_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(body, "PATIENCE", 0.1)
    with pytest.raises(BadBody, match="more slowly than the 100 kB a second"):
        finished(received(sent(b"one")))


def test_what_comes_slowly_has_as_much_time_as_its_size_needs(monkeypatch):
    monkeypatch.setattr(body, "PATIENCE", 0.2)
    large, small = bytes(200_000), b"x"
    assert len(finished(received(sent(*[large] * 4, b"", pause=0.1)))) == 800_000
    with pytest.raises(BadBody, match="more slowly"):
        finished(received(sent(*[small] * 4, b"", pause=0.1)))
