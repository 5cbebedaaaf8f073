"""Emoji as two domains: A holds drawings by Noto, B drawings by Twemoji, and no two of them show the same emoji."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Generator, Tensor

from playground.data import Data, Split, TwoDomains, load

STYLES = ("Noto", "Twemoji")
"""What the domains A and B are."""


def unpaired_emoji(size: int) -> Data:
    """The emoji as two domains, at `size` x `size` pixels.

    Returns:
        In `train`, Noto drawings of one half of the training emoji and Twemoji drawings of the other half, so that
        nothing in it has a counterpart; in `test`, both drawings of every held-out emoji, true pairs.
    """
    data = load("emoji")
    noto, twemoji = drawings(data.train)
    mine, theirs = halves(groups(noto.images, twemoji.images))
    train = TwoDomains(**vars(noto.at(mine)), others=twemoji.images[theirs])
    noto, twemoji = drawings(data.test)
    test = TwoDomains(**vars(noto), others=twemoji.images)
    return replace(data, train=train, test=test).resized(size)


def drawings(split: Split) -> tuple[Split, Split]:
    """The Noto and the Twemoji drawings of a split in which they come by turns."""
    return split.at(slice(0, None, 2)), split.at(slice(1, None, 2))


def groups(*domains: Tensor) -> list[list[int]]:
    """Which emoji hang together because they share a drawing, in whichever domain.

    Some flags and families have several codes and one drawing. Were they taken apart, one code's drawing and another
    code's would make a true pair.

    Args:
        domains: (N, C, H, W), uint8, the drawings of the same N emoji in each domain.

    Returns:
        Ascending indices, each emoji in one group; the groups in the order of their first members.
    """
    leader = list(range(len(domains[0])))

    def first_of(emoji: int) -> int:
        while leader[emoji] != emoji:
            emoji = leader[emoji]
        return emoji

    seen: dict[bytes, int] = {}
    for images in domains:
        for emoji, image in enumerate(images):
            one, other = first_of(emoji), first_of(seen.setdefault(image.numpy().tobytes(), emoji))
            leader[max(one, other)] = min(one, other)
    found: dict[int, list[int]] = {}
    for emoji in range(len(leader)):
        found.setdefault(first_of(emoji), []).append(emoji)
    return list(found.values())


def halves(groups: list[list[int]]) -> tuple[Tensor, Tensor]:
    """Deals groups out to two sides, always in the same way, each to the side that is smaller at its turn.

    Returns:
        Two equally long lists of indices in shuffled order; of the larger side the last ones are dropped.
    """
    sides: tuple[list[int], list[int]] = ([], [])
    for group in torch.randperm(len(groups), generator=Generator().manual_seed(0)).tolist():
        min(sides, key=len).extend(groups[group])
    n = min(map(len, sides))
    mine, theirs = (torch.tensor(side[:n]) for side in sides)
    return mine, theirs
