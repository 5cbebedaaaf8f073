"""The networks that views look at, built from snapshots and kept for the next request."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from torch import nn

from playground.runs.reader import Run

MOST = 64


class Networks:
    """At most `MOST` networks by (run, step), the least recently used dropped first; safe to share between threads."""

    def __init__(self) -> None:
        """Starts empty."""
        self._kept: OrderedDict[tuple[str, float, int], nn.Module] = OrderedDict()
        self._lock = Lock()

    def at(self, run: Run, step: int) -> nn.Module:
        """The network of `run` with the weights of its snapshot at exactly `step`, in evaluation mode on the CPU."""
        key = (str(run.path), run.info.created, step)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        network = run.recipe.network(run.info.spec)
        network.load_state_dict(run.weights(step))
        network.eval().requires_grad_(False)
        with self._lock:
            self._kept[key] = network
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return network
