"""SAP and DCI: closed forms, and disentanglement_lib's definitions in numpy on the same rows."""

import math

import numpy as np
import pytest
import torch
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.svm import LinearSVC

from playground.metrics.disentanglement import information
from playground.metrics.factor_prediction import Importance, dci, sap

pytestmark = pytest.mark.usefixtures("one_thread")


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def grid(*sizes, repeats=1):
    """Every combination of factors with `sizes` values as often: (repeats * product, F)."""
    return torch.cartesian_prod(*map(torch.arange, sizes)).view(-1, len(sizes)).repeat(repeats, 1)


def beside_noise(codes):
    """The codes, and two further dimensions that know nothing."""
    return torch.cat([codes.double(), torch.randn(len(codes), 2, generator=rng(9), dtype=torch.float64)], dim=1)


def parts(n):
    """The rows that are learned from, and the others."""
    order = torch.randperm(n, generator=rng()).numpy()
    return order[: round(n * 2 / 3)], order[round(n * 2 / 3) :]


def dci_of_the_library(importance):
    """Disentanglement and completeness by their sums, with the small number that keeps logarithms finite."""
    scores = []
    for table in (importance, importance.T):
        score = 0.0
        for row in table:
            p = (row + 1e-11) / (row + 1e-11).sum()
            score += row.sum() / table.sum() * (1 + (p * np.log(p)).sum() / math.log(len(p)))
        scores.append(score)
    return scores


def test_sap_is_that_of_disentanglement_lib_on_the_same_rows():
    factors = grid(3, 4, repeats=50)
    codes = beside_noise(factors.double() @ torch.tensor([[1.0, 0.4], [-0.3, 1.0]]).double())
    train, test = parts(len(codes))
    z, v = codes.numpy(), factors.numpy()
    gaps = []
    for f in range(2):
        scores = []
        for d in range(4):
            machine = LinearSVC(C=0.01, class_weight="balanced").fit(z[train, d : d + 1], v[train, f])
            scores.append(np.mean(machine.predict(z[test, d : d + 1]) == v[test, f]))
        gaps.append(np.diff(np.sort(scores))[-1])
    assert np.mean(gaps) > 0.05
    assert sap(codes, factors, rng=rng()) == pytest.approx(np.mean(gaps), abs=1e-9)


@pytest.mark.parametrize("seed", [0, 1])
def test_disentanglement_and_completeness_are_those_of_disentanglement_lib(seed):
    table = torch.rand(7, 4, generator=rng(seed), dtype=torch.float64) ** 4
    table[3] = 0  # a dead dimension
    table /= table.sum(dim=0)
    ours = Importance(table, torch.ones(4))
    expected = dci_of_the_library(table.numpy())
    assert [ours.disentanglement, ours.completeness] == pytest.approx(expected, abs=1e-8)
    assert min(expected) > 0.1 and max(expected) < 0.9


def test_forests_score_as_few_rounds_of_boosted_trees_do_on_the_same_rows():
    factors = grid(3, 4, repeats=50)
    train, test = parts(len(factors))
    ours, theirs = [], []
    for noise, mixing in ((0.1, 0.0), (0.5, 0.0), (0.5, 0.7)):
        codes = beside_noise(factors.double() @ torch.tensor([[1.0, mixing], [-mixing, 1.0]]).double())
        codes += noise * torch.randn(codes.shape, generator=rng(3), dtype=torch.float64)
        answer = dci(codes, factors, rng=rng())
        ours.append([answer.disentanglement, answer.completeness, answer.informativeness])
        models = [GradientBoostingClassifier(n_estimators=20, random_state=0) for _ in range(2)]
        for model, truth in zip(models, factors.T, strict=True):
            model.fit(codes[train], truth[train])
        importance = np.stack([model.feature_importances_ for model in models], axis=1)
        right = [model.score(codes[test], truth[test]) for model, truth in zip(models, factors.T, strict=True)]
        theirs.append([*dci_of_the_library(importance), np.mean(right)])
    np.testing.assert_allclose(ours, theirs, atol=0.06)
    assert np.ptp(theirs, axis=0).min() > 0.2, "the codes differ"


def test_codes_that_are_the_factors_score_one():
    factors = grid(3, 4, 5, repeats=10)
    answer = dci(beside_noise(factors), factors, rng=rng())
    assert [answer.disentanglement, answer.completeness, answer.informativeness] == pytest.approx([1] * 3, abs=0.01)
    torch.testing.assert_close(answer.importance[:3], torch.eye(3).double(), atol=0.01, rtol=0)


def test_of_two_values_the_best_dimension_names_all_and_the_second_half():
    factors = grid(2, 2, repeats=250)
    assert sap(factors.float(), factors, rng=rng()) == pytest.approx(0.5, abs=0.06)


def test_shuffled_codes_score_nothing():
    factors = grid(2, 4, repeats=125)
    codes = beside_noise(factors[torch.randperm(len(factors), generator=rng(5))])
    answer = dci(codes, factors, rng=rng())
    assert answer.accuracy.tolist() == pytest.approx([1 / 2, 1 / 4], abs=0.09)
    assert answer.disentanglement < 0.1
    assert sap(codes, factors, rng=rng()) < 0.05


def test_a_rotated_code_is_informative_and_has_no_gap():
    factors = grid(5, 5, repeats=40)
    a, b = factors.double().T
    codes = torch.stack([a + b, a - b], dim=1)
    answer = dci(codes, factors, rng=rng())
    assert answer.informativeness > 0.95
    assert answer.disentanglement < 0.1 and answer.completeness < 0.1
    assert information(codes, factors).mig < 0.05 and sap(codes, factors, rng=rng()) < 0.06


def test_one_dimension_for_two_factors_is_complete_and_not_disentangled():
    factors = grid(2, 2, repeats=150)
    answer = dci(beside_noise(2 * factors[:, :1] + factors[:, 1:]), factors, rng=rng())
    assert answer.completeness == pytest.approx(1, abs=0.02) and answer.disentanglement == pytest.approx(0, abs=0.02)
    assert answer.informativeness == 1


def test_one_factor_in_two_dimensions_is_disentangled_and_not_complete():
    factors = grid(4, repeats=150)
    answer = dci(torch.cat([factors // 2, factors % 2], dim=1).float(), factors, rng=rng())
    assert answer.disentanglement == 1 and answer.informativeness == 1
    assert answer.completeness < 0.09  # the first split gains half of what both of the second gain: 1 - H(1/3) at most


def test_a_dead_code_names_the_most_frequent_value():
    factors = torch.cat([grid(2, repeats=100), grid(1, repeats=200) + (torch.arange(200) % 4 == 0)[:, None]], dim=1)
    answer = dci(torch.zeros(200, 3), factors, rng=rng())
    assert answer.importance.abs().max() == answer.disentanglement == answer.completeness == 0
    assert float(answer.accuracy[1]) == pytest.approx(0.75, abs=0.1)
    assert sap(torch.zeros(200, 3), factors, rng=rng()) == 0


def test_one_dimension_has_a_dead_one_as_its_second():
    factors = grid(2, repeats=200)
    answer = dci(factors.float(), factors, rng=rng())
    assert answer.disentanglement == answer.completeness == answer.informativeness == 1
    assert sap(factors.float(), factors, rng=rng()) == pytest.approx(0.5, abs=0.09)


def test_equal_generators_give_equal_scores():
    factors = grid(3, 4, repeats=20)
    codes = beside_noise(factors) + torch.randn(240, 4, generator=rng(2))
    first, again, other = (dci(codes, factors, rng=rng(seed)).importance for seed in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert sap(codes, factors, rng=rng()) == sap(codes, factors, rng=rng())


@pytest.mark.parametrize("score", [dci, sap])
def test_tables_without_an_answer_are_refused(score):
    with pytest.raises(ValueError, match="need the same N"):
        score(torch.rand(5), grid(5), rng=rng())
    with pytest.raises(ValueError, match=r"columns \[0\] have one"):
        score(torch.rand(6, 2), 0 * grid(6), rng=rng())
    factors = torch.zeros(30, 1, dtype=torch.int64)
    factors[torch.randperm(30, generator=rng())[-1]] = 1  # the only row of its value is not learned from
    with pytest.raises(ValueError, match=r"columns \[0\] have one"):
        score(torch.rand(30, 2), factors, rng=rng())
