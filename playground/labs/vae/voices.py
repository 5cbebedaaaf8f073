"""One voice of a frame of music: what it can do, and how likely it does each, given the voices chosen before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.data import SILENCE

UNKNOWN = 255
"""Stands in a roll where nothing is known of a voice."""
HOLD, REST = 0, 1
"""The tokens of a voice that goes on with what it does, and of one that falls silent; one for each pitch follows."""
REACH = 24
"""Semitones up or down within which intervals are told apart."""
NONE = 2 * REACH + 1
"""Stands for the interval to a voice that is silent or unknown."""


class Frame(NamedTuple):
    """What is heard, (..., V) each.

    Attributes:
        values: Counted as in a `Vocabulary`, int64.
        onsets: Where a note is struck, bool.
    """

    values: Tensor
    onsets: Tensor


@dataclass(frozen=True)
class Vocabulary:
    """What a voice can sing: the pitches from `low` to `high` have the values from 0 on; two more follow.

    Attributes:
        low: The lowest pitch.
        high: The highest.
    """

    low: int
    high: int

    @property
    def silent(self) -> int:
        """The value of silence; also how many pitches there are."""
        return self.high - self.low + 1

    @property
    def unknown(self) -> int:
        """The value of a voice of which nothing is known."""
        return self.silent + 1

    @property
    def values(self) -> int:
        """How many values there are; and how many tokens, too."""
        return self.silent + 2

    def of(self, rolls: Tensor) -> Tensor:
        """Pitches, `SILENCE` and `UNKNOWN`, int64, to values."""
        values = (rolls - self.low).masked_fill(rolls == SILENCE, self.silent)
        return values.masked_fill(rolls == UNKNOWN, self.unknown)

    def pitches(self, values: Tensor) -> Tensor:
        """The opposite of `of`, of what is known."""
        return (values + self.low).masked_fill(values == self.silent, SILENCE)

    def tokens(self, now: Frame, past: Tensor) -> Tensor:
        """What voices do that leads from the values `past` to what is heard now, all of the same shape."""
        struck = now.values + 2
        token = struck.masked_fill(now.values == self.silent, REST)
        return token.masked_fill((now.values == past) & ~now.onsets, HOLD)

    def heard(self, tokens: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        """The opposite: values and onsets of what is heard if voices that did `past` do `tokens`."""
        values = torch.where(tokens == HOLD, past, (tokens - 2).masked_fill(tokens == REST, self.silent))
        return values, tokens > REST

    def interval(self, values: Tensor, reference: Tensor) -> Tensor:
        """How far values are above others, from 0 for -`REACH` to 2 `REACH`; `NONE` where one is no pitch."""
        apart = (values - reference).clamp(-REACH, REACH) + REACH
        return apart.masked_fill((values >= self.silent) | (reference >= self.silent), NONE)


class Voice(nn.Module):
    """The logits of one voice's tokens.

    Pitches are judged as such, and by their intervals to what the voice did before and to the voices chosen already: so
    what is learned of a chord in one key is known in all.
    """

    def __init__(self, *, vocabulary: Vocabulary, earlier: int, state: int, width: int, hidden: int) -> None:
        """One that is chosen after `earlier` others.

        Args:
            vocabulary: What it can sing.
            earlier: How many voices are chosen before it.
            state: The size of the decoder's state.
            width: The size of a pitch's embedding.
            hidden: The size of the hidden layer.
        """
        super().__init__()
        self.vocabulary = vocabulary
        self.pitch = nn.ModuleList(nn.Embedding(vocabulary.values, width) for _ in range(1 + earlier))
        self.apart, self.motion = (
            nn.ModuleList(nn.Embedding(NONE + 1, width // 2) for _ in range(earlier)) for _ in range(2)
        )
        self.hidden = nn.Linear(state + (1 + earlier) * (width + 1) + 2 * earlier * (width // 2), hidden)
        self.token = nn.Linear(hidden, vocabulary.values)
        self.intervals = nn.Linear(hidden, (1 + earlier) * NONE)
        self.register_buffer("all", torch.arange(vocabulary.silent), persistent=False)

    all: Tensor

    def forward(self, state: Tensor, past: Frame, now: Frame, order: tuple[int, ...]) -> Tensor:
        """The logits (..., tokens) of the last voice of `order`.

        Args:
            state: The decoder's, (..., state).
            past: The frame before, (..., V).
            now: This frame, (..., V), of which only the voices before the last one of `order` are looked at.
            order: Which voices were chosen so far, and this one.
        """
        *earlier, me = order
        own, far = past.values[..., me], self.vocabulary.interval
        references = [own, *(now.values[..., v] for v in earlier)]  # (...) each
        strikes = [past.onsets[..., me], *(now.onsets[..., v] for v in earlier)]
        given = [state, *(table(values) for table, values in zip(self.pitch, references, strict=True))]
        for apart, motion, v in zip(self.apart, self.motion, earlier, strict=True):
            given += [apart(far(own, past.values[..., v])), motion(far(now.values[..., v], past.values[..., v]))]
        x = F.gelu(self.hidden(torch.cat([*given, torch.stack(strikes, dim=-1).to(state)], dim=-1)))  # (..., hidden)
        by_interval = F.pad(self.intervals(x).unflatten(-1, (len(references), NONE)), (0, 1))  # 0 for no interval
        index = far(self.all, torch.stack(references, dim=-1)[..., None])  # (..., references, pitches)
        pitches = by_interval.gather(-1, index).sum(dim=-2)  # (..., pitches)
        return self.token(x) + F.pad(pitches, (2, 0))  # (..., tokens)
