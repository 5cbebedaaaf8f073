"""The emoji as two domains, drawings by Noto and drawings by Twemoji, without a pair to learn from."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from playground.data.columns import Data, Split
from playground.data.sets import emoji
from playground.data.source import Progress, Source

STYLES = ("Noto", "Twemoji")
"""What the columns `images` and `others` hold."""
SPEC = emoji.SPEC.model_copy(update={"name": "emoji-styles"})


def load(progress: Progress) -> Data:
    """Two domains of emoji.

    Returns:
        In `train`, Noto drawings of one half of the training emoji and Twemoji drawings of the other half, so that
        nothing in it has a counterpart; in `test`, both drawings of every held-out emoji, true pairs. Labels and names
        are those of the Noto drawing.
    """
    data = emoji.load(progress)
    noto, twemoji = drawings(data.train)
    mine, theirs = halves(groups(noto["images"], twemoji["images"]))
    train = _paired(noto.at(mine), twemoji["images"][theirs])
    noto, twemoji = drawings(data.test)
    test = _paired(noto, twemoji["images"])
    return Data(spec=SPEC, train=train, test=test, hash=data.hash, examples=data.examples)


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

    def first_of(index: int) -> int:
        while leader[index] != index:
            index = leader[index]
        return index

    seen: dict[bytes, int] = {}
    for images in domains:
        for index, image in enumerate(images):
            one, other = first_of(index), first_of(seen.setdefault(image.numpy().tobytes(), index))
            leader[max(one, other)] = min(one, other)
    found: dict[int, list[int]] = {}
    for index in range(len(leader)):
        found.setdefault(first_of(index), []).append(index)
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


def _paired(noto: Split, others: Tensor) -> Split:
    columns = {"images": noto["images"], "labels": noto["labels"], "others": others}
    return Split({name: values.contiguous() for name, values in columns.items()}, noto.names)


SOURCES = (Source(spec=SPEC, columns=("images", "labels", "others"), load=load),)
