"""Answers kept for the next request, bounded in bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")


class ByteCache(Generic[Value]):
    """Keeps what was used last, up to a number of bytes; safe to share between threads.

    Of several threads that ask for the same key at once, one computes and the others wait for it. What fails is not
    kept.
    """

    def __init__(self, most: int, size: Callable[[Value], int]) -> None:
        """`most` bytes in all; `size` says how many a value takes."""
        self._most, self._size, self._bytes = most, size, 0
        self._kept: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._coming: dict[Hashable, Future[Value]] = {}
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value under `key`, made if need be."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][0]
            coming = self._coming.get(key)
            mine = coming is None
            if coming is None:
                coming = self._coming[key] = Future()
        if not mine:
            return coming.result()
        try:
            value = make()
        except BaseException as error:
            with self._lock:
                del self._coming[key]
            coming.set_exception(error)
            raise
        with self._lock:
            del self._coming[key]
            self._put(key, value)
        coming.set_result(value)
        return value

    def _put(self, key: Hashable, value: Value) -> None:
        size = self._size(value)
        self._kept[key] = value, size
        self._bytes += size
        while self._bytes > self._most and self._kept:
            _, (_, gone) = self._kept.popitem(last=False)
            self._bytes -= gone

    @property
    def bytes(self) -> int:
        """How many bytes are kept now."""
        return self._bytes
