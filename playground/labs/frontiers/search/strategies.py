"""Which cell to try next: at random, or by evolution. No cell is tried twice, under whatever name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from playground.labs.frontiers.search.cells import Cell, canonical, drawn, mutated, pruned

ATTEMPTS = 1000
"""How often a cell that was tried already is replaced, before it is tried again after all."""


class Proposal(NamedTuple):
    """A cell by its canonical name, and the place of its parent among those tried; -1 where it has none."""

    cell: Cell
    parent: int


Strategy = Callable[[Sequence[Cell], Tensor, Generator], Proposal]
"""Given the cells tried so far, how good each was (n,), and randomness."""


def fresh(tried: Collection[Cell], make: Callable[[Cell | None], Cell]) -> Cell:
    """The first cell that is not among those tried and not without any way through it; `make` is given the last one."""
    cell: Cell | None = None
    for _ in range(ATTEMPTS):
        cell = make(cell)
        named = canonical(cell)
        if named not in tried and any(pruned(named)):
            break
    return named


def at_random(tried: Sequence[Cell], rewards: Tensor, rng: Generator) -> Proposal:
    """Random search (Li & Talwalkar, "Random Search and Reproducibility for Neural Architecture Search", 2019)."""
    return Proposal(fresh(set(tried), lambda _: drawn(rng)), -1)


def evolved(tried: Sequence[Cell], rewards: Tensor, rng: Generator, *, population: int, tournament: int) -> Proposal:
    """Regularized evolution: the best of a few members of the population has a child, and the oldest member dies.

    Real et al., "Regularized Evolution for Image Classifier Architecture Search", 2019 (arXiv 1802.01548), algorithm 1.
    A step adds one member and removes the oldest, so the population is always the last `population` cells tried (P),
    of which `tournament` (S) are drawn with replacement. The first P are random. A child that was tried already mutates
    once more.
    """
    if len(tried) < population:
        return at_random(tried, rewards, rng)
    oldest = len(tried) - population
    drawn_places = oldest + torch.randint(population, (tournament,), generator=rng, device=rng.device)
    parent = int(drawn_places[rewards[drawn_places.to(rewards.device)].argmax()])
    return Proposal(fresh(set(tried), lambda last: mutated(last or tried[parent], rng)), parent)
