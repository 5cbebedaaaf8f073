"""A queue in which nobody starves: visitors take turns, and each visitor's own runs keep their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from typing import Generic, TypeVar

T = TypeVar("T")


class FairQueue(Generic[T]):
    """Round robin between visitors; the order of the dictionary is the order of their turns."""

    def __init__(self) -> None:
        """Starts empty."""
        self._waiting: dict[str, deque[T]] = {}

    def add(self, visitor: str, item: T, *, served: Collection[str] = ()) -> None:
        """Queues `item` of `visitor`; a visitor new to the queue goes ahead of the last ones if those are `served` now.

        Only the tail of the queue is overtaken, and only as long as it is served; so the wait stays bounded.
        """
        if visitor in self._waiting:
            self._waiting[visitor].append(item)
            return
        turns = list(self._waiting)
        overtaken: list[str] = []
        while turns and turns[-1] in served and visitor not in served:
            overtaken.insert(0, turns.pop())
        self._waiting[visitor] = deque([item])
        for other in overtaken:
            self._waiting[other] = self._waiting.pop(other)

    def pop(self) -> T:
        """Takes out the next item; its visitor's next turn comes after everybody else's."""
        visitor = next(iter(self._waiting))
        items = self._waiting.pop(visitor)
        item = items.popleft()
        if items:
            self._waiting[visitor] = items
        return item

    def remove(self, unwanted: Callable[[T], bool]) -> list[T]:
        """Takes out all items that are `unwanted`."""
        removed = [item for items in self._waiting.values() for item in items if unwanted(item)]
        remaining = {visitor: deque(i for i in items if i not in removed) for visitor, items in self._waiting.items()}
        self._waiting = {visitor: items for visitor, items in remaining.items() if items}
        return removed

    def order(self) -> list[T]:
        """All items in the order in which `pop` would give them."""
        turns = [list(items) for items in self._waiting.values()]
        longest = max(map(len, turns), default=0)
        return [items[index] for index in range(longest) for items in turns if index < len(items)]

    def __len__(self) -> int:
        """How many items there are."""
        return sum(map(len, self._waiting.values()))
