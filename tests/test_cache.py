"""Answers kept for the next request."""

from dataclasses import dataclass
from threading import Barrier, Thread

import pytest
import torch

from playground.cache import ByteCache, nbytes


def test_what_was_used_last_stays():
    cache = ByteCache(30)
    for key in "abc":
        cache.get(key, lambda: bytes(10))
    cache.get("a", pytest.fail)
    cache.get("d", lambda: bytes(10))
    computed = []
    for key in "acdb":
        cache.get(key, lambda key=key: computed.append(key) or b"")
    assert computed == ["b"]
    assert cache.bytes == 30


def test_what_was_made_last_stays_however_large():
    cache = ByteCache(5)
    cache.get("small", lambda: bytes(5))
    cache.get("large", lambda: bytes(50))
    cache.get("large", pytest.fail)
    assert cache.bytes == 50


def test_threads_that_want_the_same_wait_for_one():
    cache, computed, results, start = ByteCache(100), [], [], Barrier(8)

    def compute():
        computed.append(1)
        return b"made"

    def get():
        start.wait()
        results.append(cache.get("key", compute))

    threads = [Thread(target=get) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(computed) == 1 and results == [b"made"] * 8


def test_what_fails_is_tried_again():
    cache = ByteCache(100)
    with pytest.raises(ZeroDivisionError):
        cache.get("key", lambda: 1 // 0)
    assert cache.get("key", lambda: b"fine") == b"fine"


def test_what_is_dropped_is_made_anew():
    cache = ByteCache(100)
    for key in ("mine", 1), ("mine", 2), ("yours", 1):
        cache.get(key, lambda: bytes(10))
    cache.drop(lambda key: key[0] == "mine")
    assert cache.bytes == 10
    assert cache.get(("mine", 1), lambda: b"new") == b"new"
    cache.get(("yours", 1), pytest.fail)


@dataclass
class Part:
    name: str
    values: torch.Tensor


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"four", 4),
        ({"a": torch.zeros(10), "b": (torch.zeros(5, dtype=torch.uint8), "word")}, 45),
        ([Part("a", torch.zeros(2)), Part("b", torch.zeros(3))], 20),
        (torch.nn.BatchNorm1d(3), 4 * 3 * 4 + 8),
        (None, 0),
    ],
)
def test_the_bytes_of_a_value_are_those_of_its_tensors(value, expected):
    assert nbytes(value) == expected
