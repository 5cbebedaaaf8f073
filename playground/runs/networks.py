"""The networks that views look at, built from snapshots and cached."""

from __future__ import annotations

from torch import nn

from playground.cache import ByteCache
from playground.runs.reader import Run

MAX_BYTES = 256_000_000
"""Bytes of weights that are cached."""


class Networks:
    """Networks by the fingerprints of their snapshots, shared by threads: nobody may change one, hooks included."""

    def __init__(self) -> None:
        """Starts empty."""
        self._cache: ByteCache[str, nn.Module] = ByteCache(MAX_BYTES)

    def at(self, run: Run, step: int) -> nn.Module:
        """The network of `run` at exactly `step`, in evaluation mode on the CPU, without gradients."""
        return self._cache.get(run.fingerprint(step), lambda: run.network(step))

    def forget(self, prefixes: tuple[str, ...]) -> None:
        """Drops those whose snapshots' fingerprints begin with one of `prefixes`."""
        self._cache.drop(lambda fingerprint: fingerprint.startswith(prefixes))

    def __len__(self) -> int:
        """How many are cached."""
        return len(self._cache)
