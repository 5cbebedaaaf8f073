"""How much memory a process takes and may take: what a step keeps for the backward pass is not known before it."""

from __future__ import annotations

import psutil


def taken() -> int:
    """Bytes of its own that this process has asked for, used or not; 0 where the platform does not count them."""
    return getattr(psutil.Process().memory_info(), "data", 0)


def bound(more: int) -> None:
    """From now on this process may take `more` bytes; beyond that allocations fail, here and in compiled libraries.

    Nothing is bound where the platform does not count them, which is everywhere but on Linux.
    """
    if not taken():
        return
    import resource  # which Windows lacks

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = taken() + more
    resource.setrlimit(resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
