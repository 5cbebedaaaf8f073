"""Keeps other people's packages working together where their builds do not match."""

from __future__ import annotations

import sys
from functools import cache
from threading import Lock

from torch.library import Library

_LOCK = Lock()


def torchvision_operators() -> None:
    """Makes `import torchvision`, and with it `import timm`, work with a torch that its compiled part does not fit.

    torchvision from the package index is compiled for a CUDA build of torch. With a CPU build its operators cannot be
    loaded, and its import fails with "operator torchvision::nms does not exist" where it says how two of them shape
    their results. Once these two are declared, all that is written in Python works; calling them still fails. A
    torchvision that fits is left as it is. To be called right before timm is imported; a second call does nothing.
    """
    with _LOCK:
        try:
            import torchvision  # noqa: F401 (tried, not used)
        except RuntimeError as error:
            if "torchvision::nms" not in str(error):
                raise
            for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
                del sys.modules[name]
            _declared()


@cache
def _declared() -> Library:
    """The declarations; they last as long as the object, which the cache keeps."""
    library = Library("torchvision", "FRAGMENT")
    for operator in ("nms", "qnms"):
        library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return library
