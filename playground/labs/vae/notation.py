"""One phrase of music as a text that a link holds: a character for each voice in each frame."""

from __future__ import annotations

from string import ascii_letters
from typing import NamedTuple

import torch
from torch import Tensor

from playground.data import SILENCE
from playground.data.sets.chorales import SPEC

HOLD, REST = "-", "."
"""What a frame says in which a note goes on, and one in which a voice is silent."""
_PITCHES = "".join(sorted(ascii_letters))[: SPEC.high - SPEC.low + 1]
"""What a frame says in which a note is struck, from the lowest pitch on: A to Z, then a to t."""
CELLS = SPEC.frames * len(SPEC.voices)
PATTERN = f"[A-Z{_PITCHES[26]}-{_PITCHES[-1]}.-]{{{CELLS}}}"
"""Any text of this form is a phrase: first all frames of the highest voice, then those of the next one."""


class Phrase(NamedTuple):
    """Pitches `rolls` and `onsets`, (frames, voices), uint8, see `RollSpec`."""

    rolls: Tensor
    onsets: Tensor


def as_text(phrase: Phrase) -> str:
    """A phrase as a text, see `PATTERN`; a pitch that changes is struck, whatever its onset says."""
    rolls, onsets = (values.T.tolist() for values in phrase)  # voices of frames
    return "".join(_written(*voice) for voice in zip(rolls, onsets, strict=True))


def _written(pitches: list[int], onsets: list[int]) -> str:
    letters, before = [], SILENCE
    for pitch, onset in zip(pitches, onsets, strict=True):
        held = HOLD if pitch == before and not onset else _PITCHES[pitch - SPEC.low] if pitch else REST
        letters.append(REST if pitch == SILENCE else held)
        before = pitch
    return "".join(letters)


def parsed(text: str) -> Phrase:
    """The phrase that a text of the form `PATTERN` stands for; what is held after silence is silence."""
    rolls, onsets = torch.zeros(2, CELLS, dtype=torch.uint8)
    pitch = SILENCE
    for i, letter in enumerate(text):
        if i % SPEC.frames == 0 or letter == REST:
            pitch = SILENCE
        if struck := letter not in (HOLD, REST):
            pitch = SPEC.low + _PITCHES.index(letter)
        rolls[i], onsets[i] = pitch, struck
    shape = (len(SPEC.voices), SPEC.frames)
    return Phrase(rolls.view(shape).T, onsets.view(shape).T)  # (frames, voices)
