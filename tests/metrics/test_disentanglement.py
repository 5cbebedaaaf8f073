"""The mutual information gap and the FactorVAE score: closed forms, and disentanglement_lib's definition in numpy."""

import math

import numpy as np
import pytest
import torch

from playground.metrics.disentanglement import BATCH, checked, factor_vae_score, information

pytestmark = pytest.mark.usefixtures("one_thread")


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def grid(*sizes, repeats=1):
    """Every combination of factors with `sizes` values as often: (repeats * product, F)."""
    return torch.cartesian_prod(*map(torch.arange, sizes)).view(-1, len(sizes)).repeat(repeats, 1)


def blend(n=1500, noise=0.4):
    """Codes in noise, two dimensions of which hold two factors at once, beside two that know nothing."""
    factors = torch.stack([torch.randint(k, (n,), generator=rng(k)) for k in (3, 6, 8)], dim=1)
    codes = torch.randn(n, 5, generator=rng(1), dtype=torch.float64)
    mixed = factors.double() @ torch.tensor([[1.0, 0, 0], [0, 0.5, 0.2], [0, -0.3, 0.3]]).double().T
    codes[:, :3] = mixed + noise * codes[:, :3]
    return codes, factors


def mig_of_the_library(codes, factors):
    """numpy's histogram, digitize, and mutual information by its sum: no line of it is shared."""
    n, gaps = len(codes), []
    for v in factors.T:
        scores, p_v = [], np.bincount(v) / n
        for z in codes.T:
            bins = np.digitize(z, np.histogram(z, 20)[1][:-1]) - 1
            total = 0.0
            for b in range(20):
                for k, p_k in enumerate(p_v):
                    p = np.mean((bins == b) & (v == k))
                    if p:
                        total += p * math.log(p / (np.mean(bins == b) * p_k))
            scores.append(total)
        best, second = sorted(scores)[::-1][:2]
        gaps.append((best - second) / -sum(p * math.log(p) for p in p_v if p))
    return np.mean(gaps)


def factor_vae_of_the_library(codes, factors, seed, votes=1500):
    random, variances = np.random.default_rng(seed), codes.var(axis=0, ddof=1)

    def tally():
        table = np.zeros((factors.shape[1], codes.shape[1]))
        for _ in range(votes):
            f, row = random.integers(factors.shape[1]), random.integers(len(codes))
            alike = np.flatnonzero(factors[:, f] == factors[row, f])
            drawn = codes[random.choice(alike, BATCH)]
            table[f, np.argmin(drawn.var(axis=0, ddof=1) / variances)] += 1
        return table

    named, test = tally().argmax(axis=0), tally()
    return test[named, np.arange(codes.shape[1])].sum() / test.sum()


@pytest.mark.parametrize("noise", [0.05, 0.4, 2.0])
def test_the_gap_is_that_of_disentanglement_lib(noise):
    codes, factors = blend(noise=noise)
    expected = mig_of_the_library(codes.numpy(), factors.numpy())
    assert 0.01 < expected < 0.9
    assert information(codes, factors).mig == pytest.approx(expected, abs=1e-12)


def test_a_value_on_an_edge_falls_where_numpy_puts_it():
    codes = torch.arange(41).double()[:, None] * 0.1 + 0.3  # every second one on an edge
    factors = (torch.arange(41) % 2)[:, None]
    expected = mig_of_the_library(torch.cat([codes, 0 * codes], dim=1).numpy(), factors.numpy())
    assert information(codes, factors).mig == pytest.approx(expected, abs=1e-12)


def test_the_votes_are_those_of_disentanglement_lib():
    codes, factors = blend(noise=2.0)
    expected = factor_vae_of_the_library(codes.numpy(), factors.numpy(), 0)
    assert 0.45 < expected < 0.95
    assert factor_vae_score(codes, factors, rng=rng()) == pytest.approx(expected, abs=0.04)  # 3 standard errors


def test_codes_that_are_the_factors_score_one():
    factors = grid(3, 6, 8, repeats=4)
    codes = factors[:, [2, 0, 1]] * torch.tensor([-1.0, 7.0, 0.3])
    told = information(codes, factors)
    assert told.mig == pytest.approx(1) and told.holders.tolist() == [1, 2, 0]
    torch.testing.assert_close(told.shares, torch.eye(3).double()[[2, 0, 1]], atol=1e-12, rtol=0)
    torch.testing.assert_close(told.entropy, torch.tensor([3.0, 6, 8]).double().log())
    assert factor_vae_score(codes, factors, rng=rng()) == 1


def test_shuffled_codes_score_nothing():
    factors = grid(3, 6, 8, repeats=20)
    told = information(factors[torch.randperm(len(factors), generator=rng())], factors)
    assert told.mig < 0.01 and told.shares.max() < 0.02
    noise = torch.randn(len(factors), 3, generator=rng())
    assert factor_vae_score(noise, factors, rng=rng()) == pytest.approx(1 / 3, abs=0.05)


def test_what_a_code_without_knowledge_seems_to_tell_is_the_bias_that_is_stated():
    n, k = 4000, 8
    codes = torch.rand(n, 50, generator=rng())
    factors = torch.randint(k, (n, 1), generator=rng(1))
    assert float(information(codes, factors).nats.mean()) == pytest.approx(19 * (k - 1) / (2 * n), rel=0.1)


def test_a_factor_in_two_dimensions_is_told_and_has_no_gap():
    a, b = grid(2, 2).T
    told = information(torch.stack([a + b, a - b], dim=1).float(), torch.stack([a, b], dim=1))
    torch.testing.assert_close(told.nats, torch.full((2, 2), math.log(2) / 2).double())
    assert told.mig == pytest.approx(0, abs=1e-12)
    twice = grid(4)[:, [0, 0]].float()
    told = information(twice, grid(4))
    assert told.shares.tolist() == [[1], [1]] and told.mig == 0


def test_half_of_the_bits_is_half_of_the_entropy():
    told = information((grid(4, 4) // 2).float(), grid(4, 4))
    torch.testing.assert_close(told.shares, torch.eye(2).double() / 2, atol=1e-12, rtol=0)
    assert told.mig == pytest.approx(0.5)


def test_a_rotation_takes_the_names_of_the_dimensions_away():
    a, b = grid(8, 8, repeats=5).double().T
    score = factor_vae_score(torch.stack([a + b, a - b], dim=1), grid(8, 8, repeats=5), rng=rng())
    assert score == pytest.approx(0.5, abs=0.05)  # both vary alike, whichever factor is shared


def test_a_factor_that_no_dimension_holds_is_named_when_the_rest_vary():
    """The share of one factor goes to its dimension, of the other to both alike: 1/2 + 1/4 are right."""
    factors = grid(6, 6, repeats=20)
    codes = torch.stack([factors[:, 0], torch.randint(6, (len(factors),), generator=rng())], dim=1).double()
    assert factor_vae_score(codes, factors, rng=rng()) == pytest.approx(0.75, abs=0.04)


def test_dead_dimensions_tell_nothing_and_get_no_vote():
    factors = grid(3, 6, repeats=20)
    dead = 0.01 * torch.randn(len(factors), 1, generator=rng())
    codes = torch.cat([torch.zeros(len(factors), 1), factors.float(), dead], dim=1)
    told = information(codes, factors)
    assert told.nats[0].tolist() == [0, 0] and told.holders.tolist() == [1, 2]
    assert factor_vae_score(codes, factors, rng=rng()) == 1
    assert factor_vae_score(codes * 0.02, factors, rng=rng(), dead=0) == 1
    assert factor_vae_score(codes * 0.02, factors, rng=rng()) == factor_vae_score(0 * codes, factors, rng=rng()) == 0
    assert information(0 * codes, factors).mig == 0


def test_the_information_of_a_dimension_does_not_depend_on_its_scale():
    """So of one that barely varies it is what that little tells; a constant one tells nothing."""
    factors = torch.arange(4).repeat(50)[:, None]
    told = information(torch.cat([factors, 1e-6 * factors, 0 * factors], dim=1).double(), factors).nats[:, 0]
    assert told.tolist() == pytest.approx([math.log(4), math.log(4), 0])


def test_one_dimension_has_a_dead_one_as_its_second():
    factors = grid(3, 6, repeats=20)
    told = information(factors[:, :1].float(), factors)
    assert told.gaps.tolist() == pytest.approx([1, 0], abs=1e-12)
    assert factor_vae_score(factors[:, :1].float(), factors, rng=rng()) == pytest.approx(0.5, abs=0.03)


def test_equal_generators_give_equal_scores_and_the_scale_does_not_matter():
    codes, factors = blend()
    score = factor_vae_score(codes, factors, rng=rng())
    scales = torch.tensor([2.0, 4, 0.5, 8, 1]).double()
    assert score == factor_vae_score(codes * scales, factors, rng=rng()) != factor_vae_score(codes, factors, rng=rng(1))
    torch.testing.assert_close(information(codes * scales, factors).nats, information(codes, factors).nats)


@pytest.mark.parametrize(
    ("codes", "factors", "sentence"),
    [
        (torch.rand(4), grid(4), "need the same N"),
        (torch.rand(4, 0), grid(4), "a column or more"),
        (torch.rand(5, 2), grid(4), r"these are \(5, 2\) and \(4, 1\)"),
        (torch.tensor([[0.0], [torch.nan]]), grid(2), "must be finite"),
        (torch.rand(4, 2), grid(4).float(), "must be int64"),
        (torch.rand(4, 2), grid(4) - 1, "0 or more"),
        (torch.rand(4, 2), torch.cat([0 * grid(4), grid(4), 0 * grid(4) + 2], dim=1), r"columns \[0, 2\] have one"),
        (torch.rand(1, 2), grid(1), "two values or more"),
    ],
)
def test_tables_that_have_no_score_are_refused(codes, factors, sentence):
    for score in (checked, information, lambda *tables: factor_vae_score(*tables, rng=rng())):
        with pytest.raises(ValueError, match=sentence):
            score(codes, factors)


def test_a_value_with_a_single_row_has_nothing_to_vary():
    factors = torch.tensor([[0, 0], [1, 0], [1, 1], [0, 1], [0, 2]])
    with pytest.raises(ValueError, match=r"two rows or more, and in columns \[1\]"):
        factor_vae_score(torch.rand(5, 2), factors, rng=rng())
    assert 0 <= information(torch.rand(5, 2), factors).mig <= 1
