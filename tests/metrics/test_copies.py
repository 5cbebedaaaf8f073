"""Memorized or not: sets whose answer is known by construction."""

import pytest
import torch

from playground.metrics.copies import copied


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def test_copies_lie_nearer_to_training_pictures_than_held_out_ones():
    train, held_out, fresh = (torch.randn(200, 4, generator=rng(seed)) for seed in range(3))
    assert copied(train[:50], held_out, train) == 1
    assert copied(fresh + 20, held_out, train) == 0
    assert copied(held_out, held_out, train) == 0.5
    assert copied(fresh, held_out, train) == pytest.approx(0.5, abs=0.1), "five standard errors"
    ours, theirs = (torch.cdist(one[:5], train).min(dim=1).values for one in (fresh, held_out))
    pairs = [float(a < b) for a in ours for b in theirs]
    assert copied(fresh[:5], held_out[:5], train) == pytest.approx(sum(pairs) / 25)
