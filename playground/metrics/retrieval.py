"""How well one thing finds another by their similarity: recall among the first few."""

from __future__ import annotations

from torch import Tensor


def ranks(scores: Tensor, right: Tensor) -> Tensor:
    """How many wrong candidates come before the best right one, (Q,), int64; what is as similar counts as before.

    So a network to which all is alike finds nothing.

    Args:
        scores: (Q, N), the similarity of each query to each candidate.
        right: (Q, N), bool, at least one for each query.
    """
    best = scores.masked_fill(~right, float("-inf")).amax(dim=1, keepdim=True)  # (Q, 1)
    return ((scores >= best) & ~right).sum(dim=1)


def recall(scores: Tensor, right: Tensor, k: int) -> float:
    """The share of queries that have a right candidate among their `k` most similar ones; arguments as `ranks`."""
    return float((ranks(scores, right) < k).float().mean())
