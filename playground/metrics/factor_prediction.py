"""Is a code disentangled? Two scores of how well predictors name the factors that the data were drawn from.

SAP: Kumar et al., "Variational Inference of Disentangled Latent Concepts from Unlabeled Observations", 2018 (arXiv
1711.00848), section 3. DCI: Eastwood & Williams, "A Framework for the Quantitative Evaluation of Disentangled
Representations", 2018, section 2. As with disentanglement_lib two thirds of the rows are learned from
and the others are named; which ones those are is random.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from playground.metrics.disentanglement import checked

TRAIN_SHARE = 2 / 3
SVM_C = 0.01
"""disentanglement_lib's; how much the hinge loss counts against the squared weight."""
TREES, LEAF = 20, 10
"""Trees in a forest, and the rows that a leaf has at least: smaller ones would tell noise apart."""


@dataclass(frozen=True)
class Importance:
    """What forests that predict each factor rely on, and how often they are right: disentanglement and the rest of DCI.

    Attributes:
        importance: R, how much dimension d matters for factor f, (D, F), float64, 0 or more; a column sums to 1, to 0
            where no dimension was of any use.
        accuracy: The share of rows that were not learned from whose factor is named, (F,), float64.
    """

    importance: Tensor
    accuracy: Tensor

    @property
    def disentanglement(self) -> float:
        """Does a dimension matter for one factor only? The mean of 1 - H_F(R_d), weighted by importance; 0 to 1."""
        return _concentration(self.importance)

    @property
    def completeness(self) -> float:
        """Does one dimension alone matter for a factor? The mean of 1 - H_D(R_f), weighted by importance; 0 to 1."""
        return _concentration(self.importance.T)

    @property
    def informativeness(self) -> float:
        """The mean accuracy; the paper's is the error, disentanglement_lib's the accuracy, as here."""
        return float(self.accuracy.mean())


def dci(codes: Tensor, factors: Tensor, *, rng: Generator) -> Importance:
    """Fits a random forest on all dimensions to each factor.

    With disentanglement_lib they are gradient boosted trees, 100 for every value of a factor, which take 15 to 19 s of
    one core for 1,500 rows, 10 dimensions and 5 factors; the paper's own forests take 1 s, and 3 s for 5,000 rows. Each
    split may choose among all dimensions, without which a perfect code does not reach 1, and leaves have `LEAF` rows or
    more. On five such codes, perfect to wholly mixed, the three scores were within 0.08 of the boosted trees' and in
    the same order; they are none the less not those of published tables.

    With D = 1 completeness, and with F = 1 disentanglement, is 1 where the code is of use at all. Where it is of none,
    as when all dimensions are dead, both are 0 and the accuracy is that of the most frequent value.

    Args:
        codes: (N, D), float: the mean codes of N images.
        factors: (N, F), int64, from 0: the values of what the images were drawn from.
        rng: On the CPU.

    Raises:
        ValueError: As `disentanglement.checked` says, also of the rows that are learned from.
    """
    from sklearn.ensemble import RandomForestClassifier

    (train, train_factors), (test, test_factors) = _parts(codes, factors, rng)
    importance, accuracy = [], []
    for truth, test_truth in zip(train_factors.T, test_factors.T, strict=True):
        seed = int(torch.randint(2**31, (), generator=rng))
        forest = RandomForestClassifier(TREES, max_features=None, min_samples_leaf=LEAF, random_state=seed)
        forest.fit(train.numpy(), truth.numpy())
        importance.append(torch.from_numpy(forest.feature_importances_))  # (D,)
        accuracy.append(_right(forest.predict(test.numpy()), test_truth))
    return Importance(torch.stack(importance, dim=1), torch.tensor(accuracy, dtype=torch.float64))


def sap(codes: Tensor, factors: Tensor, *, rng: Generator) -> float:
    """The separated attribute predictability: how much better the best dimension predicts a factor than the second.

    A linear support vector machine, classes weighted alike, learns each factor from each dimension alone; the score is
    the mean over factors of the difference between the two best accuracies, 0 to 1. Codes are taken in the scale that
    they have, as with disentanglement_lib. It is coarse: on an ordered factor with many values a line between one value
    and all others is of little use, and even codes that equal the factors score far below 1.

    A dead dimension names the same value for all; with D = 1 such a one is the second best.

    Args:
        codes: (N, D), float, as of `dci`.
        factors: (N, F), int64, from 0.
        rng: On the CPU.

    Raises:
        ValueError: As `disentanglement.checked` says, also of the rows that are learned from.
    """
    from sklearn.svm import LinearSVC

    if codes.ndim == 2 and codes.shape[1] == 1:
        codes = torch.cat([codes, torch.zeros_like(codes)], dim=1)
    (train, train_factors), (test, test_factors) = _parts(codes, factors, rng)
    scores = torch.zeros(train.shape[1], factors.shape[1], dtype=torch.float64)
    for d in range(train.shape[1]):
        for f, truth in enumerate(train_factors.T):
            machine = LinearSVC(C=SVM_C, class_weight="balanced", dual=False)  # exact and without randomness
            machine.fit(train[:, [d]].numpy(), truth.numpy())
            scores[d, f] = _right(machine.predict(test[:, [d]].numpy()), test_factors[:, f])
    best, second = scores.topk(2, dim=0).values
    return float((best - second).mean())


def _parts(codes: Tensor, factors: Tensor, rng: Generator) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """The rows to learn from and the others, drawn at random."""
    codes, factors = checked(codes, factors)
    order = torch.randperm(len(codes), generator=rng)
    train, test = order.tensor_split([round(len(order) * TRAIN_SHARE)])
    return checked(codes[train], factors[train]), (codes[test], factors[test])


def _right(named: object, truth: Tensor) -> float:
    return float((torch.as_tensor(named) == truth).double().mean())


def _concentration(importance: Tensor) -> float:
    """One less the entropy of each row (A, B) in base B, the mean weighted by the rows' sums; 0 where all is 0."""
    sums, width = importance.sum(dim=1), importance.shape[1]
    live = sums > 0
    if not live.any():
        return 0.0
    shares = importance[live] / sums[live, None]
    base = torch.tensor(max(width, 2)).double().log()  # of a row of one the entropy is 0 in any base
    each = 1 - torch.special.entr(shares).sum(dim=1) / base
    return float((each * sums[live]).sum() / sums.sum())
