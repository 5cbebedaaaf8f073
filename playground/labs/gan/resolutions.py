"""The resolutions of networks that draw from coarse to fine, and how many channels each of them has."""

from __future__ import annotations

from playground.labs.gan.dcgan import doublings

LARGEST_START = 7
"""Pixels of the smallest side at most: 28 starts at 7, 64 at 4."""


def sides(image_size: int) -> list[int]:
    """All sides from the smallest, of 4 to 7 pixels, to the full one, each twice as large as the one before.

    Raises:
        ValueError: In words for a person, when halving does not lead there.
    """
    stages = doublings(image_size)
    start = image_size // 2**stages
    if not 4 <= start <= LARGEST_START:
        raise ValueError(
            f"this network needs pictures whose side is 4 to {LARGEST_START} pixels doubled some times, such as 28, 32 "
            f"or 64, not {image_size}"
        )
    return [start * 2**stage for stage in range(stages + 1)]


def channels_at(side: int, width: int) -> int:
    """Channels of the features of that side: `width` up to 16 pixels, then half as many at every doubling."""
    return max(8, width // 2 ** max(0, (side - 1).bit_length() - 4))
