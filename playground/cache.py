"""A cache for answers, bounded in bytes."""

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
    """Keeps the most recently used values, up to a number of bytes; safe to share between threads.

    Of several threads that ask for the same key at once, one computes and the others wait for it. A failure is not
    cached; the newest value is, however large.
    """

    def __init__(self, max_bytes: int) -> None:
        """`max_bytes` in all, as `nbytes` counts them."""
        self._max_bytes, self._bytes = max_bytes, 0
        self._entries: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._pending: dict[Key, Future[Value]] = {}
        self._lock = Lock()

    def get(self, key: Key, compute: Callable[[], Value]) -> Value:
        """The value under `key`, computed if need be."""
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
                return self._entries[key][0]
            pending = self._pending.get(key)
            is_first = pending is None
            if pending is None:
                pending = self._pending[key] = Future()
        if not is_first:
            return pending.result()
        try:
            value = compute()
        except BaseException as error:
            with self._lock:
                del self._pending[key]
            pending.set_exception(error)
            raise
        with self._lock:
            del self._pending[key]
            self._put(key, value)
        pending.set_result(value)
        return value

    def drop(self, condition: Callable[[Key], bool]) -> None:
        """Drops the entries whose keys meet a condition."""
        with self._lock:
            for key in [key for key in self._entries if condition(key)]:
                self._bytes -= self._entries.pop(key)[1]

    def _put(self, key: Key, value: Value) -> None:
        size = nbytes(value)
        self._entries[key] = value, size
        self._bytes += size
        while self._bytes > self._max_bytes and len(self._entries) > 1:
            _, (_, freed) = self._entries.popitem(last=False)
            self._bytes -= freed

    def __len__(self) -> int:
        """How many values are kept now."""
        return len(self._entries)

    @property
    def bytes(self) -> int:
        """How many bytes are cached now."""
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
        return sum(nbytes(getattr(value, item.name)) for item in fields(value))
    return 0
