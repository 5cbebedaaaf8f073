"""What a representation is worth once there are labels: a linear classifier on features that stay as they are.

Zhang et al., "Colorful Image Colorization", 2016 (arXiv 1603.08511), section 3.2, probe so what a network has learned
without labels; Chen et al., SimCLR, 2020 (arXiv 2002.05709), section 4.2 and table 7, also with few labels.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Generator, Tensor

INVERSE_PENALTY = 0.1
"""scikit-learn's C: how much the cross entropy, summed over all examples, counts against |weights|^2 / 2."""
TOLERANCE = 1e-3
"""The largest gradient at which a fit ends; at a tenth of it the accuracy is the same within 0.3 points."""
ITERATIONS = 1000
CONFIDENCE = 0.95


def probe_accuracy(train: Tensor, train_labels: Tensor, test: Tensor, test_labels: Tensor) -> float:
    """The share of test examples whose class a linear classifier names; it is fitted without any randomness.

    Logistic regression with a penalty on the weights, on features that are standardized over the training examples.
    What is not a number counts as 0.

    Args:
        train: Features (M, D) of labeled examples.
        train_labels: (M,), int64, of one class or more.
        test: Features (N, D).
        test_labels: (N,), int64.
    """
    from sklearn.linear_model import LogisticRegression

    truth = test_labels.cpu()
    if len(train_labels.unique()) == 1:
        return float((truth == train_labels[0].cpu()).float().mean())
    train, test = (features.float().nan_to_num(0, 0, 0) for features in (train, test))
    mean, spread = train.mean(dim=0), train.std(dim=0, correction=0)
    varies = spread > 1e-6 * mean.abs().clamp(min=1e-6)
    spread = torch.where(varies, spread, torch.inf)  # what hardly varies would be noise, magnified
    probe = LogisticRegression(C=INVERSE_PENALTY, tol=TOLERANCE, max_iter=ITERATIONS)
    probe.fit(((train - mean) / spread).cpu().numpy(), train_labels.cpu().numpy())
    named = torch.from_numpy(probe.predict(((test - mean) / spread).cpu().numpy()))
    return float((named == truth).float().mean())


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
