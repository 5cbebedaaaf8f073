"""About 1,900 emoji at 64 pixels, each drawn twice, by Noto and by Twemoji, with name, keywords and groups."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from playground.data.cards import read_pack
from playground.data.columns import Data, Split
from playground.data.sheet import read_sheet
from playground.data.source import Progress, Source
from playground.data.spec import ImageSpec
from playground.data.texts import captions

FILES = ("emoji.json", "emoji-noto.webp", "emoji-twemoji.webp")
DRAWINGS = ("noto", "twemoji")
GROUPS = (
    "Smileys & Emotion",
    "People & Body",
    "Animals & Nature",
    "Food & Drink",
    "Travel & Places",
    "Activities",
    "Objects",
    "Symbols",
    "Flags",
)
SPEC = ImageSpec(name="emoji", channels=3, size=64, classes=GROUPS)


@dataclass(frozen=True)
class Emoji:
    """What is known of one emoji.

    Attributes:
        code: Its code points in hex, such as `1F98C` or `2764-FE0F-200D-1F525`.
        name: In plain words, such as "deer".
        keywords: Further words for it.
        group: One of `GROUPS`.
        subgroup: A finer group, such as "animal-mammal".
        held_out: Whether both its drawings are test images.
    """

    code: str
    name: str
    keywords: tuple[str, ...]
    group: str
    subgroup: str
    held_out: bool


class Pairs(NamedTuple):
    """The two drawings of every emoji, in one order.

    Attributes:
        noto: (N, 3, 64, 64), uint8, on white.
        twemoji: (N, 3, 64, 64), uint8, on white.
        metadata: What is known of each of the N.
    """

    noto: Tensor
    twemoji: Tensor
    metadata: tuple[Emoji, ...]


def emoji_pairs() -> Pairs:
    """Both drawings of every emoji and what is known of it; a true pair, so translation can be measured."""
    return _read()[0]


def load(progress: Progress) -> Data:
    """Both drawings of each emoji, one after the other; the label is its group, the captions its name and keywords.

    Emoji whose drawings agree in every pixel (some flags, some families) are on the same side of the split.
    """
    pairs, hash = _read()
    subgroups = tuple(sorted({emoji.subgroup for emoji in pairs.metadata}))
    chosen = {side: [i for i, emoji in enumerate(pairs.metadata) if emoji.held_out == side] for side in (False, True)}
    return Data(
        spec=SPEC,
        train=_split(pairs, chosen[False], subgroups),
        test=_split(pairs, chosen[True], subgroups),
        hash=hash,
        meanings={"drawing": DRAWINGS, "subgroup": subgroups},
    )


def drawings_of(classes: Sequence[tuple[str, str]], names: Sequence[str]) -> Split:
    """Both drawings of some emoji under other labels.

    Args:
        classes: Pairs of an emoji's code and the class that it stands for.
        names: The classes; a label is an index into them.

    Returns:
        Two images for each pair, at 64 pixels, named like "deer (noto)".
    """
    pairs = emoji_pairs()
    at = {emoji.code: i for i, emoji in enumerate(pairs.metadata)}
    chosen = _split(pairs, [at[code] for code, _ in classes], ())
    labels = torch.tensor([names.index(name) for _, name in classes]).repeat_interleave(len(DRAWINGS))
    titles = tuple(f"{name} ({drawing})" for _, name in classes for drawing in DRAWINGS)
    return Split({"images": chosen["images"], "labels": labels}, titles)


def _split(pairs: Pairs, indices: list[int], subgroups: tuple[str, ...]) -> Split:
    images = torch.stack([pairs.noto[indices], pairs.twemoji[indices]], dim=1).flatten(0, 1)
    emojis = [pairs.metadata[i] for i in indices for _ in DRAWINGS]
    columns = {
        "images": images,
        "labels": torch.tensor([GROUPS.index(entry.group) for entry in emojis]),
        "identities": torch.tensor(indices).repeat_interleave(len(DRAWINGS)),
        "drawing": torch.arange(len(DRAWINGS)).repeat(len(indices)),
    }
    if subgroups:
        columns["subgroup"] = torch.tensor([subgroups.index(entry.subgroup) for entry in emojis])
        columns["captions"] = captions([(entry.name, *entry.keywords) for entry in emojis])
    return Split(columns, tuple(entry.name for entry in emojis))


@lru_cache(maxsize=1)
def _read() -> tuple[Pairs, str]:
    (facts, *sheets), hash = read_pack(*FILES)
    rows = json.loads(facts)
    metadata = tuple(Emoji(**{**row, "keywords": tuple(row["keywords"])}) for row in rows)
    noto, twemoji = (read_sheet(sheet, len(rows), SPEC.size, SPEC.channels) for sheet in sheets)
    return Pairs(noto=noto, twemoji=twemoji, metadata=metadata), hash


SOURCES = (Source(spec=SPEC, columns=("images", "labels", "identities", "drawing", "subgroup", "captions"), load=load),)
