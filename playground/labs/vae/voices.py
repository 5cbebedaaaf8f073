"""One voice of a frame of music: what it can do, and how likely it does each, given the voices chosen before it.

What a voice does in a frame is one number, here called a sound: nothing is known of it, it is silent, or it sings a
pitch, which goes on or is struck. What it chooses is a token: to hold, to rest, or to strike a pitch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.data import SILENCE

HOLD, REST = 0, 1
"""The tokens of a voice that goes on with what it does, and of one that falls silent; one for each pitch follows."""
UNKNOWN, SILENT = 0, 1
"""The sounds of a voice of which nothing is known, and of a silent one; the pitches that go on follow, then those that
are struck."""
REACH = 24
"""Semitones up or down within which intervals are told apart."""
NONE = 2 * REACH + 1
"""Stands for the interval to what is no pitch."""
OCTAVE = 12
"""Semitones; as an interval within one, it stands for that to what is no pitch."""


@dataclass(frozen=True)
class Vocabulary:
    """What voices can sing: the pitches from `low` to `high`.

    Attributes:
        low: The lowest pitch.
        high: The highest.
    """

    low: int
    high: int

    @property
    def tokens(self) -> int:
        """How many tokens there are; that of a pitch is as many below the sound of striking it."""
        return self.high - self.low + 3

    @property
    def sounds(self) -> int:
        """How many sounds there are."""
        return 2 * self.tokens

    def sounds_of(self, rolls: Tensor, onsets: Tensor) -> Tensor:
        """The sounds of pitches and onsets, integers of the same shape."""
        values = (rolls.long() - self.low + 2).masked_fill(rolls == SILENCE, SILENT)
        return values + self.tokens * ((onsets != 0) & (rolls != SILENCE))

    def rolls_of(self, sounds: Tensor) -> tuple[Tensor, Tensor]:
        """The opposite: pitches and onsets, uint8."""
        values = sounds % self.tokens
        pitches = (values + self.low - 2).masked_fill(values == SILENT, SILENCE)
        return pitches.to(torch.uint8), (sounds >= self.tokens).to(torch.uint8)

    def tokens_of(self, sounds: Tensor, past: Tensor) -> Tensor:
        """What voices chose, if they do `sounds` now and did `past` in the frame before, of the same shape."""
        return (sounds % self.tokens).masked_fill(sounds == past % self.tokens, HOLD)

    def after(self, tokens: Tensor, past: Tensor) -> Tensor:
        """The opposite: the sounds of voices that did `past` and choose `tokens`."""
        return torch.where(tokens > REST, tokens + self.tokens, torch.where(tokens == HOLD, past % self.tokens, tokens))

    def intervals(self) -> Tensor:
        """How far a sound (row) is above another (column), from 0 for -`REACH` to 2 `REACH`; `NONE` without a pitch."""
        values = torch.arange(self.sounds) % self.tokens
        apart = (values[:, None] - values).clamp(-REACH, REACH) + REACH
        return apart.masked_fill(self._mute(), NONE)

    def classes(self) -> Tensor:
        """The same within an octave, from 0 to 11; `OCTAVE` without a pitch."""
        values = torch.arange(self.sounds) % self.tokens
        return (values[:, None] - values).remainder(OCTAVE).masked_fill(self._mute(), OCTAVE)

    def _mute(self) -> Tensor:
        """Where one of two sounds is no pitch."""
        mute = torch.arange(self.sounds) % self.tokens <= SILENT
        return mute[:, None] | mute


class Embeddings(nn.Module):
    """The sum of the embeddings of several numbers, each with a table of its own."""

    def __init__(self, *, sizes: Sequence[int], width: int) -> None:
        """`sizes` are how many values each of the numbers can have."""
        super().__init__()
        self.table = nn.Parameter(torch.randn(sum(sizes), width) / len(sizes) ** 0.5)
        offsets = torch.tensor([0, *sizes[:-1]]).cumsum(0)
        self.register_buffer("offsets", offsets, persistent=False)

    offsets: Tensor

    def forward(self, numbers: Tensor) -> Tensor:
        """Numbers (..., n), int64, to (..., width)."""
        return F.embedding(numbers + self.offsets, self.table).sum(dim=-2)  # (..., width)


class Voice(nn.Module):
    """The logits of one voice's tokens.

    Pitches are judged as such, and by their intervals to what the voice did before and to the voices chosen already: so
    what is learned of a chord in one key is known in all. How the interval to such a voice may go on from that of the
    frame before has a table of its own: whether two voices may move in parallel is a matter of both intervals at once.
    """

    def __init__(self, *, vocabulary: Vocabulary, order: Sequence[int], state: int, hidden: int) -> None:
        """The voice that is chosen last of some.

        Args:
            vocabulary: What it can sing.
            order: Which voices are chosen before it, and this one.
            state: The size of the decoder's state.
            hidden: The size of the hidden layer.
        """
        super().__init__()
        *self.earlier, self.me = order
        sounds, earlier = vocabulary.sounds, len(self.earlier)
        self.given = Embeddings(sizes=[sounds] * (1 + earlier) + [NONE + 1] * (2 * earlier), width=hidden)
        self.state = nn.Linear(state, hidden)
        self.token = nn.Linear(hidden, vocabulary.tokens)
        self.interval = nn.Linear(hidden, (1 + earlier) * (NONE + 1))
        # by whether the other voice moves, the interval before, and the interval now, both within an octave
        self.follows = nn.ParameterList(torch.zeros(2, OCTAVE + 1, OCTAVE + 1) for _ in self.earlier)
        intervals = vocabulary.intervals()
        self.register_buffer("apart", intervals, persistent=False)
        # of holding and resting none, of a pitch that of striking it
        self.register_buffer("chosen", intervals[: vocabulary.tokens].T.contiguous(), persistent=False)
        classes = vocabulary.classes()
        self.register_buffer("class_apart", classes, persistent=False)
        self.register_buffer("class_chosen", classes[: vocabulary.tokens].T.contiguous(), persistent=False)
        barred = torch.zeros(sounds, vocabulary.tokens)
        barred[SILENT, REST] = -torch.inf  # whoever is silent holds
        self.register_buffer("barred", barred, persistent=False)

    apart: Tensor
    chosen: Tensor
    class_apart: Tensor
    class_chosen: Tensor
    barred: Tensor

    def forward(self, state: Tensor, past: Sequence[Tensor], now: Sequence[Tensor]) -> Tensor:
        """The logits (..., tokens).

        Args:
            state: The decoder's, (..., state).
            past: The sounds of all voices in the frame before, (...) each.
            now: Those in this frame, of which only the voices that are chosen before this one are looked at.
        """
        own, others = past[self.me], [past[v] for v in self.earlier]
        references = torch.stack([own, *(now[v] for v in self.earlier)], dim=-1)  # (..., references)
        given = references
        if others:
            above = torch.stack([*[own] * len(others), *references.unbind(dim=-1)[1:]], dim=-1)
            below = torch.stack(others * 2, dim=-1)
            # how far the voice was from each other, and how far each other moved
            given = torch.cat([references, self.apart[above, below]], dim=-1)
        x = F.silu(self.state(state) + self.given(given))  # (..., hidden)
        by_interval = self.interval(x).unflatten(-1, (references.shape[-1], -1))  # (..., references, NONE + 1)
        index = self.chosen[references]  # (..., references, tokens)
        logits = self.token(x) + by_interval.gather(-1, index).sum(dim=-2) + self.barred[own]  # (..., tokens)
        for table, v, other in zip(self.follows, self.earlier, others, strict=True):
            moves = (self.apart[now[v], other] != REACH).long()
            follows = table[moves, self.class_apart[own, other]]  # (..., 13)
            logits = logits + follows.gather(-1, self.class_chosen[now[v]])
        return logits
