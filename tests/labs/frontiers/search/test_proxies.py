"""Zero-cost proxies against networks that are small enough to be worked out."""

import math

import pytest
import torch
from torch import nn

from playground.data import packs
from playground.labs.frontiers.search.cells import CONV1, CONV3, NONE, POOL, RESIDUAL, SKIP
from playground.labs.frontiers.search.network import CellNetwork, Convolution
from playground.labs.frontiers.search.proxies import PROXIES, Examples, grad_norm, naswot, score, size, snip, synflow
from playground.metrics.ranks import ranks, spearman, spearman_interval

pytestmark = pytest.mark.usefixtures("one_thread")


def chain(*values):
    """Matrices in a row, without bias."""
    layers = nn.Sequential(nn.Flatten())
    for value in values:
        matrix = nn.Linear(len(value[0]), len(value), bias=False)
        matrix.weight.data = torch.tensor(value)
        layers.append(matrix)
    return layers


def test_synflow_of_two_matrices_is_twice_what_flows_through_them():
    network = chain([[1.0, -2.0], [0.5, 3.0]], [[2.0, -1.0]])
    flow = 2 * (1 + 2) + 1 * (0.5 + 3)  # |B| |A| 1
    found = synflow(network, torch.zeros(3, 1, 1, 2), torch.zeros(3))
    assert found == pytest.approx(math.log(2 * flow), abs=1e-5)  # R is linear in each of two layers


def test_synflow_leaves_norms_out():
    torch.manual_seed(0)
    network = CellNetwork(cell=(NONE, NONE, NONE, CONV1, NONE, NONE), channels=1, classes=2, width=4)
    with torch.no_grad():
        for value in network.parameters():
            if value.ndim > 1:
                value.fill_(-0.5)
    image = torch.randn(1, 1, 4, 4)
    weights = [value.abs() for value in network.parameters() if value.ndim > 1]
    assert math.isfinite(synflow(network, image, torch.zeros(1))) and weights
    bigger = synflow(network, image, torch.zeros(1))
    network.head.weight.data *= 2  # scales R, and with it every term of the sum
    assert synflow(network, image, torch.zeros(1)) == pytest.approx(bigger + math.log(2), abs=1e-4)


def test_gradient_norm_and_snip_of_one_matrix():
    network = chain([[1.0, 0.0], [0.0, -1.0]])
    x = torch.tensor([[0.3, 0.8]])
    p = torch.tensor([0.3, -0.8]).softmax(dim=0)
    slope = torch.outer(p - torch.tensor([1.0, 0.0]), x[0])  # (p - y) x^T
    images, labels = x.view(1, 1, 1, 2), torch.tensor([0])
    assert grad_norm(network, images, labels) == pytest.approx(float(slope.norm()), rel=1e-5)
    expected = float((slope * torch.tensor([[1.0, 0.0], [0.0, -1.0]])).abs().sum())
    assert snip(network, images, labels) == pytest.approx(expected, rel=1e-5)


class Codes(nn.Module):
    """Two units at a ReLU inside, one at the last: as a cell's network, a `trunk`."""

    def __init__(self):
        super().__init__()
        self.inner = Convolution(2, 1, kernel=1)

    def trunk(self, images):
        self.inner(images)
        return images[:, :1] * 0 + 1  # always open


def test_naswot_is_the_determinant_of_how_much_codes_agree():
    network = Codes()
    images = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]])[:, :, None, None]
    agree = torch.tensor([[3.0, 2.0, 1.0], [2.0, 3.0, 2.0], [1.0, 2.0, 3.0]])
    assert naswot(network, images, torch.zeros(3)) == pytest.approx(math.log(float(torch.det(agree))), rel=1e-5)
    assert naswot(network, images, torch.zeros(3)) == naswot(network, images, torch.zeros(3))  # no hook is left


def test_scores_depend_on_the_network_alone():
    data = packs.load("fashion")
    examples = Examples.of(data.train)
    assert examples == Examples.of(data.train.first(100)) and hash(examples) == hash(Examples.of(data.train))
    one, other = (CONV3, CONV1, NONE, POOL, SKIP, NONE), (CONV1, CONV3, NONE, POOL, NONE, SKIP)
    for name in PROXIES:
        torch.rand(5)
        assert score(name, one, data.spec, 4, examples) == score(name, other, data.spec, 4, examples)
        assert score(name, one, data.spec, 4, examples) != score(name, RESIDUAL, data.spec, 4, examples)


def test_parameters_and_arithmetic_are_counted():
    spec = packs.load("fashion").spec
    (small, few), (large, many) = (size(cell, spec, 4) for cell in ((NONE, NONE, NONE, SKIP, NONE, NONE), RESIDUAL))
    channels, sides = (4, 8, 16), (14, 7, 4)
    assert large - small == sum(2 * (9 * c * c + 2 * c) for c in channels)
    assert many - few == sum(2 * 2 * 9 * c * c * s * s for c, s in zip(channels, sides, strict=True))


def test_ranks_and_their_correlation_are_those_of_scipy():
    from scipy.stats import rankdata, spearmanr

    rng = torch.Generator().manual_seed(0)
    one = torch.randint(0, 6, (40,), generator=rng).float()  # with ties
    other = one + 3 * torch.randn(40, generator=rng)
    assert ranks(one).tolist() == (rankdata(one.numpy()) - 1).tolist()
    found = spearman_interval(one, other)
    assert float(found.mean) == pytest.approx(spearmanr(one.numpy(), other.numpy()).statistic, abs=1e-9)
    assert found.low < found.mean < found.high <= 1
    assert float(spearman(one, one)) == pytest.approx(1) and float(spearman(one, torch.zeros(40))) == 0
