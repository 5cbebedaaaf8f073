"""Ridge regression in closed form: many targets at once, and how well it does on examples that it has not seen.

Hoerl & Kennard, "Ridge Regression: Biased Estimation for Nonorthogonal Problems", 1970, equation 2.1.
"""

from __future__ import annotations

from typing import NamedTuple, Self

import torch
from torch import Tensor


class Ridge(NamedTuple):
    """K targets as lines in D features: (x - mean) weight + offset.

    Attributes:
        weight: (D, K), float32.
        mean: Of the features, (D,), float32.
        offset: The targets' means, (K,), float32.
    """

    weight: Tensor
    mean: Tensor
    offset: Tensor

    @classmethod
    def fit(cls, x: Tensor, y: Tensor, *, penalty: float) -> Self:
        """Minimizes |y - (x - mean) weight - offset|^2 + lambda |weight|^2.

        With more features than examples it is solved in its dual form, of N instead of D unknowns a target, which is
        the same: (X'X + lambda)^-1 X'y = X'(XX' + lambda)^-1 y.

        Args:
            x: Features (N, D).
            y: Targets (N, K).
            penalty: lambda as a part of the mean, over the features, of their sums of squares.
        """
        mean, offset = x.mean(dim=0), y.double().mean(dim=0)
        x, y = x - mean, y.double() - offset
        if len(x) < x.shape[1]:
            dual = torch.cholesky_solve(y, _factor(x.T, penalty * len(x) / x.shape[1]))  # (N, K)
            weight = x.T @ dual.to(x.dtype)  # (D, K)
        else:
            x = x.double()
            weight = torch.cholesky_solve(x.T @ y, _factor(x, penalty))  # (D, K)
        return cls(weight.float(), mean.float(), offset.float())

    def predict(self, x: Tensor) -> Tensor:
        """Features (N, D) to targets (N, K)."""
        return (x - self.mean) @ self.weight + self.offset


def explained(x: Tensor, y: Tensor, *, penalty: float) -> Tensor:
    """The share of each target's variance that a ridge regression predicts of examples left out, one after the other.

    An example's error without it in the fit is e / (1 - h), where e is its error with it and h the diagonal of the hat
    matrix (Allen, "The Relationship between Variable Selection and Data Augmentation and a Method for Prediction",
    1974), so nothing has to be fitted again; the means are those of all examples.

    Args:
        x: Features (N, D).
        y: Targets (N, K).
        penalty: As of `Ridge.fit`.

    Returns:
        (K,), float32, 1 at best, below 0 where the mean would predict better; 0 of a target that does not vary.
    """
    x, y = x.double() - x.double().mean(dim=0), y.double() - y.double().mean(dim=0)
    root = torch.linalg.solve_triangular(_factor(x, penalty), x.T, upper=False)  # (D, N)
    errors = (y - root.T @ (root @ y)) / (1 - root.square().sum(dim=0)).clamp(min=1e-6)[:, None]  # (N, K)
    total = y.square().sum(dim=0)
    return torch.where(total > 0, 1 - errors.square().sum(dim=0) / total, 0.0).float()


def _factor(x: Tensor, penalty: float) -> Tensor:
    """The Cholesky factor (D, D), float64, of the penalized Gram matrix of centered features (N, D)."""
    gram = (x.T @ x).double()
    gram.diagonal().add_(penalty * gram.diagonal().mean() + 1e-12)  # features may all be constant
    return torch.linalg.cholesky(gram)
