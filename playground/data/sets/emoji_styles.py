"""The emoji as two domains, drawings by Noto and drawings by Twemoji, without a pair to learn from."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from playground.data.columns import Data, Split
from playground.data.sets import emoji
from playground.data.source import Progress, Source

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
    noto_rows, twemoji_rows = halves(groups(noto["images"], twemoji["images"]))
    train = _domains(noto.at(noto_rows), twemoji["images"][twemoji_rows])
    noto, twemoji = drawings(data.test)
    test = _domains(noto, twemoji["images"])
    return Data(spec=SPEC, train=train, test=test, hash=data.hash, examples=data.examples)


def drawings(split: Split) -> tuple[Split, Split]:
    """The Noto and the Twemoji drawings of a split in which they come by turns."""
    return split.at(slice(0, None, 2)), split.at(slice(1, None, 2))


def groups(*domains: Tensor) -> list[list[int]]:
    """Groups of emoji that share a drawing, in whichever domain.

    Some flags and families have several codes and one drawing. If they were split, one code's drawing and another
    code's would make a true pair.

    Args:
        domains: (N, C, H, W), uint8, the drawings of the same N emoji in each domain.

    Returns:
        Ascending indices, each emoji in one group; the groups in the order of their first members.
    """
    parent = list(range(len(domains[0])))

    def find_root(index: int) -> int:
        while parent[index] != index:
            index = parent[index]
        return index

    first_index: dict[bytes, int] = {}
    for images in domains:
        for index, image in enumerate(images):
            root, other_root = find_root(index), find_root(first_index.setdefault(image.numpy().tobytes(), index))
            parent[max(root, other_root)] = min(root, other_root)
    members: dict[int, list[int]] = {}
    for index in range(len(parent)):
        members.setdefault(find_root(index), []).append(index)
    return list(members.values())


def halves(groups: list[list[int]]) -> tuple[Tensor, Tensor]:
    """Deals groups out to two sides, always in the same way, each to the side that is smaller at its turn.

    Returns:
        Two equally long lists of indices in shuffled order; of the larger side the last ones are dropped.
    """
    sides: tuple[list[int], list[int]] = ([], [])
    for group in torch.randperm(len(groups), generator=Generator().manual_seed(0)).tolist():
        min(sides, key=len).extend(groups[group])
    n = min(map(len, sides))
    first, second = (torch.tensor(side[:n]) for side in sides)
    return first, second


def _domains(noto: Split, others: Tensor) -> Split:
    columns = {"images": noto["images"], "labels": noto["labels"], "others": others}
    return Split({name: values.contiguous() for name, values in columns.items()}, noto.names)


SOURCES = (Source(spec=SPEC, columns=("images", "labels", "others"), load=load),)
