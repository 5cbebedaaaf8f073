"""Intervals of a mean over few trials, and of a share."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Generator, Tensor

RESAMPLES, LEVEL = 2_000, 0.95
Z = 1.959964
"""The standard normal quantile of intervals that hold in 95 of 100 cases."""


class Interval(NamedTuple):
    """A mean and the ends of its interval, of the same shape each; the ends are no numbers where one trial is all."""

    mean: Tensor
    low: Tensor
    high: Tensor


def wilson(right: int, n: int) -> tuple[float, float]:
    """The ends of the 95 % interval of a share, of which `right` of `n` trials are known.

    Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
    """
    share, spread = right / n, Z**2 / n
    center = (share + spread / 2) / (1 + spread)
    half = Z / (1 + spread) * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    return max(0.0, center - half), min(1.0, center + half)


def bootstrap(values: Tensor, *, resamples: int = RESAMPLES, level: float = LEVEL, seed: int = 0) -> Interval:
    """The mean of trials (N, ...) and its percentile bootstrap interval, (...) each.

    Efron & Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13. Of few trials it is too narrow: of three,
    its ends are hardly further out than the trials themselves.

    Raises:
        ValueError: When there is no trial.
    """
    if not len(values):
        raise ValueError("an interval needs at least one trial")
    values = values.double()
    mean = values.mean(dim=0)
    if len(values) == 1:
        return Interval(mean, torch.full_like(mean, math.nan), torch.full_like(mean, math.nan))
    rows = torch.randint(len(values), (resamples, len(values)), generator=Generator().manual_seed(seed))
    means = values[rows].mean(dim=1)  # (resamples, ...)
    tail = (1 - level) / 2
    low, high = torch.quantile(means, torch.tensor([tail, 1 - tail], dtype=torch.double), dim=0)
    return Interval(mean, low, high)
