"""What a representation is worth once there are labels: a linear classifier on features that stay as they are.

Zhang et al., "Colorful Image Colorization", 2016 (arXiv 1603.08511), section 3.2, probe so what a network has learned
without labels; Chen et al., SimCLR, 2020 (arXiv 2002.05709), section 4.2 and table 7, also with few labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Generator, Tensor

INVERSE_PENALTY = 0.1
"""scikit-learn's C: how much the cross entropy, summed over all examples, counts against |weights|^2 / 2."""
TOLERANCE = 1e-3
"""The largest gradient at which a fit ends; at a tenth of it the accuracy is the same within 0.3 points."""
ITERATIONS = 1000
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Probe:
    """Logistic regression on features that are standardized: softmax(weight (x - mean) / spread + bias).

    Attributes:
        classes: (K,), int64, in order: the labels that there were examples of.
        weight: (K, D).
        bias: (K,).
        mean: (D,), of the labeled examples.
        spread: (D,), their standard deviation; infinite where a feature hardly varies.
    """

    classes: Tensor
    weight: Tensor
    bias: Tensor
    mean: Tensor
    spread: Tensor

    @classmethod
    def fit(cls, features: Tensor, labels: Tensor) -> Self:
        """Fits one with a penalty on the weights, without any randomness; what is not a number counts as 0.

        Args:
            features: (M, D), of labeled examples.
            labels: (M,), int64, of one class or more.
        """
        from sklearn.linear_model import LogisticRegression

        features, classes = _numbers(features), labels.unique()
        mean, spread = features.mean(dim=0), features.std(dim=0, correction=0)
        varies = spread > 1e-6 * mean.abs().clamp(min=1e-6)
        spread = torch.where(varies, spread, torch.inf)  # what hardly varies would be noise, magnified
        if len(classes) == 1:
            return cls(classes, torch.zeros_like(mean)[None], mean.new_zeros(1), mean, spread)
        probe = LogisticRegression(C=INVERSE_PENALTY, tol=TOLERANCE, max_iter=ITERATIONS)
        probe.fit(((features - mean) / spread).cpu().numpy(), labels.cpu().numpy())
        weight, bias = torch.from_numpy(probe.coef_).to(mean), torch.from_numpy(probe.intercept_).to(mean)
        if len(classes) == 2:  # of two classes only the second has weights
            weight, bias = torch.cat([0 * weight, weight]), torch.cat([0 * bias, bias])
        return cls(classes, weight, bias, mean, spread)

    def probabilities(self, features: Tensor, *, classes: int) -> Tensor:
        """Those of the labels 0 to `classes` - 1, (N, classes), of features (N, D); 0 of one that had no example."""
        logits = self._logits(features)
        return logits.new_zeros(len(logits), classes).index_copy(1, self.classes, logits.softmax(dim=1))

    def named(self, features: Tensor) -> Tensor:
        """The most probable label (N,), int64, of features (N, D)."""
        return self.classes[self._logits(features).argmax(dim=1)]

    def _logits(self, features: Tensor) -> Tensor:
        return (_numbers(features) - self.mean) / self.spread @ self.weight.T + self.bias  # (N, K)


def probe_accuracy(train: Tensor, train_labels: Tensor, test: Tensor, test_labels: Tensor) -> float:
    """The share of test examples whose class a `Probe` names.

    Args:
        train: Features (M, D) of labeled examples.
        train_labels: (M,), int64, of one class or more.
        test: Features (N, D).
        test_labels: (N,), int64.
    """
    return float((Probe.fit(train, train_labels).named(test) == test_labels).float().mean())


def _numbers(features: Tensor) -> Tensor:
    return features.float().nan_to_num(0, 0, 0)


def balanced(labels: Tensor, count: int, rng: Generator) -> Tensor:
    """A random draw of `count` examples with as many of each class as can be, and no example twice.

    Args:
        labels: (N,), int64, on the CPU.
        count: From 1 to N. Where a class has too few, all of it is drawn, and more of the others; which classes give
            one more than others is random.
        rng: On the CPU.

    Returns:
        Their numbers, (count,), int64; a smaller draw from an equal `rng` is the beginning of a larger one.
    """
    order = torch.randperm(len(labels), generator=rng)
    rank = torch.empty_like(order)
    for label in labels.unique():
        of_label = order[labels[order] == label]
        rank[of_label] = torch.arange(len(of_label))
    return order[rank[order].argsort(stable=True)[:count]]


def mean_and_interval(values: Sequence[float] | Tensor) -> tuple[float, float]:
    """The mean of repeated measurements, and how far its 95% confidence interval reaches to either side (Student's t).

    One alone has an interval of 0, as nothing is known of its spread.
    """
    from scipy.stats import t

    given = torch.as_tensor(values, dtype=torch.float64)
    if len(given) < 2:
        return float(given.mean()), 0.0
    reach = t.ppf((1 + CONFIDENCE) / 2, len(given) - 1) * given.std() / len(given) ** 0.5
    return float(given.mean()), float(reach)
