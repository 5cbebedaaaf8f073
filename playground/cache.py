"""Answers kept for the next request, bounded in bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import Future
from dataclasses import fields, is_dataclass
from threading import Lock
from typing import Any, Generic, TypeVar

from torch import Tensor, nn

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class ByteCache(Generic[Key, Value]):
    """Keeps what was used last, up to a number of bytes; safe to share between threads.

    Of several threads that ask for the same key at once, one computes and the others wait for it. What fails is not
    kept, what was made last is, however large.
    """

    def __init__(self, most: int) -> None:
        """`most` bytes in all, as `nbytes` counts them."""
        self._most, self._bytes = most, 0
        self._kept: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._coming: dict[Key, Future[Value]] = {}
        self._lock = Lock()

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
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

    def drop(self, condition: Callable[[Key], bool]) -> None:
        """Forgets what is kept under the keys that meet a condition."""
        with self._lock:
            for key in [key for key in self._kept if condition(key)]:
                self._bytes -= self._kept.pop(key)[1]

    def _put(self, key: Key, value: Value) -> None:
        size = nbytes(value)
        self._kept[key] = value, size
        self._bytes += size
        while self._bytes > self._most and len(self._kept) > 1:
            _, (_, gone) = self._kept.popitem(last=False)
            self._bytes -= gone

    def __len__(self) -> int:
        """How many values are kept now."""
        return len(self._kept)

    @property
    def bytes(self) -> int:
        """How many bytes are kept now."""
        return self._bytes


def nbytes(value: Any) -> int:
    """The bytes of a value: of all tensors in networks, tuples, mappings and dataclasses; of bytes themselves."""
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, Tensor):
        return value.nbytes
    if isinstance(value, nn.Module):
        return sum(map(nbytes, (*value.parameters(), *value.buffers())))
    if isinstance(value, Mapping):
        return sum(map(nbytes, value.values()))
    if isinstance(value, tuple | list):
        return sum(map(nbytes, value))
    if is_dataclass(value) and not isinstance(value, type):
        return sum(nbytes(getattr(value, one.name)) for one in fields(value))
    return 0
