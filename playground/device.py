"""Where networks are trained."""

from __future__ import annotations

import torch

from playground.errors import PlaygroundError


class NoSuchDevice(PlaygroundError):
    """The machine has no such device."""


def pick(name: str = "auto") -> str:
    """The device to use: "auto" takes the GPU where there is one; "cpu", "cuda", "cuda:1" and "mps" are used as given.

    Raises:
        NoSuchDevice: When the machine lacks it.
    """
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    kind, _, number = name.partition(":")
    counts = {"cpu": 1, "cuda": torch.cuda.device_count(), "mps": int(torch.backends.mps.is_available())}
    if not number.isdecimal() and number or int(number or 0) >= counts.get(kind, 0):
        usable = ", ".join(kind for kind, count in counts.items() if count)
        raise NoSuchDevice(f"This machine has no device “{name}”. It has {usable}.")
    return name
