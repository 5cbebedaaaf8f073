"""Blind games of two things, one of them real: what a round is drawn from."""

from __future__ import annotations

import torch
from torch import Generator

from playground.view import Options, option

CHOICES = ("first", "second")
"""What can be chosen, by place."""


class Round(Options):
    """One round of a game."""

    round: int = option(0, "The number that a round is drawn from.", label="Round", ge=0, le=999_999, control="seed")

    def drawn(self, count: int) -> tuple[int, int, Generator]:
        """The place of the real thing, 0 or 1, its number among `count`, and what the other one is drawn by."""
        rng = Generator().manual_seed(self.round)
        place, number = (int(torch.randint(n, (), generator=rng)) for n in (len(CHOICES), count))
        return place, number, rng
