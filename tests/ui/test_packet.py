"""Words and raw numbers in one answer."""

import json

import pytest
from playground.ui.packet import packet


@pytest.mark.parametrize("head", [{}, {"a": 1}, {"words": "é ✓ “x”"}, {"long": "x" * 1001}])
@pytest.mark.parametrize("content", [b"", b"\x00\xff", bytes(range(256))])
def test_what_goes_in_comes_out(head, content):
    body = packet(head, content).body
    length = int.from_bytes(body[:4], "little")
    assert json.loads(body[4 : 4 + length]) == head
    assert body[4 + length :] == content
    assert (4 + length) % 4 == 0, "floats that follow are aligned"


def test_a_packet_is_never_kept():
    answer = packet({}, b"")
    assert answer.headers["cache-control"] == "no-store" and answer.media_type == "application/octet-stream"
