"""Whether two numbers put the same things in the same order."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from playground.metrics.intervals import LEVEL, RESAMPLES, Interval


def ranks(values: Tensor) -> Tensor:
    """The ranks of values (..., N) along the last dimension, float64; equal ones share the mean of theirs."""
    sorted_values, order = values.sort(dim=-1)
    n = values.shape[-1]
    first = torch.searchsorted(sorted_values, sorted_values)  # of its equals
    last = torch.searchsorted(sorted_values, sorted_values, right=True) - 1
    return (
        torch.empty(values.shape, dtype=torch.double).scatter_(-1, order, (first + last).double() / 2) if n else order
    )


def spearman(one: Tensor, other: Tensor) -> Tensor:
    """Spearman's rank correlation along the last dimension of (..., N), in [-1, 1]; 0 where all values are equal."""
    a, b = (ranks(values) - (values.shape[-1] - 1) / 2 for values in (one, other))
    norms = a.norm(dim=-1) * b.norm(dim=-1)
    return (a * b).sum(dim=-1) / norms.clamp(min=1e-12)


def spearman_interval(one: Tensor, other: Tensor, *, seed: int = 0) -> Interval:
    """Spearman's rank correlation of (N,) and (N,), and its percentile bootstrap interval over pairs."""
    n = len(one)
    rows = torch.randint(n, (RESAMPLES, n), generator=Generator().manual_seed(seed))
    tail = (1 - LEVEL) / 2
    found = spearman(one[rows], other[rows])
    low, high = torch.quantile(found, torch.tensor([tail, 1 - tail], dtype=torch.double))
    return Interval(spearman(one, other), low, high)
