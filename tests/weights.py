"""Weights compared."""

import torch


def same(a, b):
    """Whether two state dicts hold the same, bit for bit."""
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)
