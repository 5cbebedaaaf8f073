"""Randomness as a function: the same words give the same numbers, whatever was drawn before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from threading import RLock

import torch
from torch import Generator

_AMBIENT = RLock()


def mixed(*words: int | str) -> int:
    """A seed of 63 bits that depends on every word; seeds of neighboring steps have nothing in common."""
    return int.from_bytes(blake2b(repr(words).encode(), digest_size=8).digest(), "little") >> 1


@contextmanager
def ambient(seed: int, device: torch.device) -> Iterator[None]:
    """While this lasts, torch's own randomness, as dropout uses it, starts from `seed`; afterwards it is as before.

    There is one such source for all threads of a process, so one of them uses it at a time.
    """
    with _AMBIENT:
        if device.type != "cpu":
            with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
                torch.manual_seed(seed)
                yield
            return
        state = torch.default_generator.get_state()
        torch.default_generator.manual_seed(seed)  # torch.manual_seed takes 0.3 ms for devices that are not there
        try:
            yield
        finally:
            torch.default_generator.set_state(state)


def seeded(rng: Generator, *words: int | str) -> Generator:
    """`rng`, reseeded from the words."""
    return rng.manual_seed(mixed(*words))
