"""Numbers about representations against cases whose answer is known."""

import math

import pytest
import torch
from torch.nn import functional as F

from playground.metrics.representations import alignment, effective_rank, knn_accuracy, spectrum, spread, uniformity


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_the_nearest_neighbor_alone_names_the_class():
    bank, labels = torch.eye(3), torch.tensor([2, 0, 1])
    assert knn_accuracy(bank, labels, bank * 5, labels, k=1) == 1
    assert knn_accuracy(bank, labels, bank[[1, 2, 0]], labels, k=1) == 0


def test_near_neighbors_count_more_than_many():
    bank = F.normalize(torch.tensor([[1.0, 0.0], [0.6, 0.8], [0.6, 0.8]]), dim=1)
    labels, query = torch.tensor([0, 1, 1]), torch.tensor([[1.0, 0.0]])
    assert knn_accuracy(bank, labels, query, torch.tensor([0]), k=3, temperature=0.1) == 1
    assert knn_accuracy(bank, labels, query, torch.tensor([1]), k=3, temperature=10) == 1


def test_votes_agree_with_a_loop():
    bank, queries = normal(50, 4), normal(20, 4, seed=1)
    bank_labels, labels = torch.arange(50) % 3, torch.arange(20) % 3
    right = 0
    for query, label in zip(queries, labels, strict=True):
        cosines = F.cosine_similarity(query[None], bank)
        votes = [0.0] * 3
        for index in cosines.argsort(descending=True)[:7]:
            votes[bank_labels[index]] += math.exp(cosines[index] / 0.2)
        right += votes.index(max(votes)) == label
    assert knn_accuracy(bank, bank_labels, queries, labels, k=7, temperature=0.2) == right / 20


def test_a_bank_that_is_smaller_than_k_votes_as_a_whole():
    assert knn_accuracy(torch.eye(2), torch.tensor([0, 1]), torch.eye(2), torch.tensor([0, 1]), k=20) == 1


@pytest.mark.parametrize("rank", [1, 2, 5])
def test_equal_spreads_in_some_dimensions_have_their_number_as_rank(rank):
    points = torch.cat([torch.eye(8)[:rank], -torch.eye(8)[:rank]])
    assert effective_rank(3 + points) == pytest.approx(rank)


def test_the_effective_rank_of_a_collapse_is_one():
    assert effective_rank(torch.full((10, 4), 0.3)) == 1
    assert effective_rank(torch.zeros(10, 4)) == 1


def test_the_effective_rank_weighs_unequal_spreads_by_their_entropy():
    values = torch.tensor([3.0, 1.0])
    points = torch.cat([torch.diag(values), -torch.diag(values)])
    shares = values / values.sum()
    assert effective_rank(points) == pytest.approx(float(torch.exp(-(shares * shares.log()).sum())))


def test_alignment_is_the_squared_distance_on_the_sphere():
    first = normal(30, 5)
    assert alignment(first, 7 * first) == pytest.approx(0, abs=1e-12)
    assert alignment(first, -first) == pytest.approx(4)
    assert alignment(torch.eye(2), torch.eye(2).flip(0)) == pytest.approx(2)


def test_uniformity_is_zero_in_a_collapse_and_its_mean_on_a_known_figure():
    assert uniformity(torch.ones(6, 3)) == pytest.approx(0, abs=1e-6)
    square = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    expected = math.log((4 * math.exp(-2 * 2) + 2 * math.exp(-2 * 4)) / 6)
    assert uniformity(5 * square) == pytest.approx(expected, rel=1e-5)


def test_the_spread_is_one_on_an_even_sphere_and_zero_in_a_collapse():
    assert spread(normal(20_000, 16)) == pytest.approx(1, abs=0.01)
    assert spread(torch.full((10, 4), 0.3)) == pytest.approx(0, abs=1e-6)
    axes = torch.cat([torch.eye(4), -torch.eye(4)])
    assert spread(3 * axes) == pytest.approx(1), "each dimension has a deviation of 1 / 2, and there are 4"
    assert spread(torch.tensor([[1.0, 0.0], [0.0, 1.0]])) == pytest.approx(2**0.5 / 2), "both lie on one side"


def test_the_spectrum_is_flat_on_an_even_sphere_and_falls_where_dimensions_are_not_used():
    torch.testing.assert_close(spectrum(normal(20_000, 8)), torch.ones(8), atol=0.05, rtol=0)
    axes = torch.cat([torch.eye(8)[:2], -torch.eye(8)[:2]])
    torch.testing.assert_close(spectrum(5 * axes), torch.tensor([2.0, 2, 0, 0]), atol=1e-6, rtol=0)
    assert float(spectrum(torch.full((10, 4), 0.3)).max()) < 1e-6


def test_the_squares_of_the_spectrum_add_up_to_the_variance():
    features = normal(50, 6) * torch.tensor([3.0, 1, 1, 1, 1, 0.1]) + 1
    variance = F.normalize(features, dim=1).var(dim=0, correction=0).sum()
    assert float(spectrum(features).square().sum()) == pytest.approx(float(6 * variance), rel=1e-5)
