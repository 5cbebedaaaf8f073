"""Bach's four-part chorales as phrases of two bars of 4/4, a frame a sixteenth, with every note's beginning.

Boulanger-Lewandowski et al., "Modeling Temporal Dependencies in High-Dimensional Sequences", 2012 (arXiv 1206.6392),
chose the pieces to learn from, to validate and to test on. `test` holds phrases of their test pieces alone; `train`
those of both other parts, which the column `part` tells from each other.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from playground.data.cards import read_pack
from playground.data.columns import N_EXAMPLES, Data, Split
from playground.data.source import Progress, Source
from playground.data.spec import SILENCE, RollSpec

FILE = "chorales.json.gz"
PARTS = ("train", "valid", "test")
VOICES = ("soprano", "alto", "tenor", "bass")
BAR, BARS = 16, 2
"""Frames of a bar, and bars of a phrase."""
SPEC = RollSpec(name="chorales", voices=VOICES, frames=BARS * BAR, beat=4, low=36, high=81)
COLUMNS = ("rolls", "onsets", "piece", "bar", "part")


@dataclass(frozen=True)
class Passage:
    """Bars of 4/4 that follow one another in a piece; a phrase is one of two bars.

    Attributes:
        piece: Its name, such as "BWV 269".
        part: Of `PARTS`, the one that it is in.
        bar: The number of the first bar; a piece's first whole one has the number 1.
        rolls: (T, 4), uint8, 16 frames a bar: pitches, see `RollSpec`.
        onsets: (T, 4), uint8: 1 where a note is struck.
    """

    piece: str
    part: str
    bar: int
    rolls: Tensor
    onsets: Tensor


def load(progress: Progress) -> Data:
    """The phrases of the pack, none twice in whatever key."""
    (content,), hash = read_pack(FILE)
    phrases = distinct([phrase for passage in passages(content) for phrase in cut(passage)])
    pieces = tuple(dict.fromkeys(phrase.piece for phrase in phrases))
    train, test = (
        split([phrase for phrase in phrases if (phrase.part == "test") == held_out], pieces)
        for held_out in (False, True)
    )
    starts = [i for i, piece in enumerate(test["piece"]) if i == 0 or piece != test["piece"][i - 1]]
    last = max(phrase.bar for phrase in phrases)
    return Data(
        spec=SPEC,
        train=train,
        test=test,
        hash=hash,
        meanings={
            "piece": pieces,
            "bar": tuple(f"bars {bar} and {bar + 1}" for bar in range(1, last + 1)),
            "part": PARTS,
        },
        examples=test.at(torch.tensor(starts[:N_EXAMPLES])),
    )


def passages(content: bytes) -> list[Passage]:
    """All that is in the pack's file."""
    found = []
    for row in json.loads(gzip.decompress(content)):
        voices = [notes(numbers) for numbers in row["voices"]]
        rolls, onsets = (torch.stack(column, dim=1) for column in zip(*voices, strict=True))  # (T, 4)
        found.append(Passage(row["piece"], row["part"], row["bar"], rolls, onsets))
    return found


def notes(numbers: Sequence[int]) -> tuple[Tensor, Tensor]:
    """A voice that is written as pitch, frames, pitch, frames, ...: what is heard and what is struck, each (T,)."""
    pitches, lengths = torch.tensor(numbers).view(-1, 2).unbind(dim=1)
    rolls = pitches.repeat_interleave(lengths)
    onsets = torch.zeros_like(rolls)
    onsets[lengths.cumsum(0) - lengths] = (pitches != SILENCE).long()
    return rolls.to(torch.uint8), onsets.to(torch.uint8)


def written(rolls: Tensor, onsets: Tensor) -> list[int]:
    """What `notes` reads: a voice, both (T,), as pitch, frames, pitch, frames, ..."""
    before = torch.cat([rolls[:1], rolls[:-1]])
    starts = ((onsets == 1) | (rolls != before)).nonzero()[:, 0].tolist()
    starts = sorted({0, *starts})
    ends = [*starts[1:], len(rolls)]
    return [number for start, end in zip(starts, ends, strict=True) for number in (int(rolls[start]), end - start)]


def cut(passage: Passage) -> list[Passage]:
    """The phrases of two bars, one from each bar on, in which every voice is heard in both bars.

    A note that began before a phrase is struck in its first frame.
    """
    phrases = []
    for start in range(0, len(passage.rolls) - SPEC.frames + 1, BAR):
        rolls, onsets = (values[start : start + SPEC.frames].clone() for values in (passage.rolls, passage.onsets))
        if (rolls.view(BARS, BAR, -1) == SILENCE).all(dim=1).any():
            continue
        onsets[0] = rolls[0] != SILENCE
        bar = passage.bar + start // BAR
        phrases.append(replace(passage, bar=bar, rolls=rolls, onsets=onsets))
    return phrases


def distinct(phrases: Sequence[Passage]) -> list[Passage]:
    """The phrases without those whose pitches another one has, be it in another key.

    One of the test part stays before one of the validation part, and that before one to learn from: the literature's
    parts share some chorales that Bach used twice, and nothing that is tested on is learned from.
    """
    seen: set[bytes] = set()
    kept = []
    for i in sorted(range(len(phrases)), key=lambda i: (-PARTS.index(phrases[i].part), i)):
        if (key := intervals(phrases[i].rolls)) not in seen:
            seen.add(key)
            kept.append(i)
    return [phrases[i] for i in sorted(kept)]


def intervals(rolls: Tensor) -> bytes:
    """What a phrase (32, 4) has in common with itself in any other key."""
    heard = rolls != SILENCE
    above = rolls.int() - rolls[heard].min().int() + 1
    return (above * heard).numpy().tobytes()


def split(phrases: Sequence[Passage], pieces: Sequence[str]) -> Split:
    """The phrases as columns; `piece` counts in `pieces`, `bar` from 0 on and `part` in `PARTS`."""
    index = {piece: i for i, piece in enumerate(pieces)}
    return Split(
        {
            "rolls": torch.stack([phrase.rolls for phrase in phrases]),  # (N, 32, 4)
            "onsets": torch.stack([phrase.onsets for phrase in phrases]),
            "piece": torch.tensor([index[phrase.piece] for phrase in phrases]),
            "bar": torch.tensor([phrase.bar - 1 for phrase in phrases]),
            "part": torch.tensor([PARTS.index(phrase.part) for phrase in phrases]),
        },
        tuple(f"{phrase.piece}, bars {phrase.bar} and {phrase.bar + 1}" for phrase in phrases),
    )


SOURCES = (Source(spec=SPEC, columns=COLUMNS, load=load),)
