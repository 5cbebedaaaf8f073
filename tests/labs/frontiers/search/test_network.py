"""The network of a cell against one that is written out, and a supernet's path against the cell alone."""

import pytest
import torch
from torch.nn import functional as F

from playground.labs.frontiers.search.cells import CONV1, CONV3, EDGES, NONE, POOL, RESIDUAL, SKIP, pruned
from playground.labs.frontiers.search.network import CellNetwork
from playground.labs.frontiers.search.supernet import Supernet, fair_paths

pytestmark = pytest.mark.usefixtures("one_thread")
MIXED = (CONV1, POOL, CONV3, SKIP, NONE, CONV1)
SHAPE = {"channels": 1, "classes": 10, "width": 4}


def drawn(network):
    """With weights that are drawn wide, in float64."""
    torch.manual_seed(0)
    for value in network.state_dict().values():
        if value.is_floating_point():
            value.copy_(torch.rand_like(value) + 0.5 if value.ndim == 1 else torch.randn_like(value))
    return network.double()


def test_a_cell_computes_what_is_written_out():
    network = drawn(CellNetwork(cell=MIXED, **SHAPE)).eval()
    weights = network.state_dict()

    def norm(x, name):
        mean, variance, scale, shift = (
            weights[f"{name}.{part}"][:, None, None] for part in ("running_mean", "running_var", "weight", "bias")
        )
        return (x - mean) / (variance + 1e-5).sqrt() * scale + shift

    def conv(x, name, padding, stride=1):
        x = F.conv2d(x.relu(), weights[f"{name}.convolution.weight"], padding=padding, stride=stride)
        return norm(x, f"{name}.norm")

    def cell(x, stage):
        at = f"trunk.stages.{stage}.edges"
        one = conv(x, f"{at}.0", 0)
        counted = F.avg_pool2d(torch.ones_like(x), 3, 1, 1)  # the share of each square that lies within the map
        two = F.avg_pool2d(x, 3, 1, 1) / counted + conv(one, f"{at}.2", 1)
        return x + conv(two, f"{at}.5", 0)

    images = torch.randn(2, 1, 28, 28, dtype=torch.double)
    x = norm(F.conv2d(images, weights["trunk.stem.0.weight"], stride=2, padding=1), "trunk.stem.1")
    for stage in range(3):
        if stage:
            shortcut = F.conv2d(
                F.avg_pool2d(x, 2, ceil_mode=True), weights[f"trunk.reductions.{stage - 1}.shortcut.weight"]
            )
            x = conv(x, f"trunk.reductions.{stage - 1}.convolution", 1, 2) + shortcut
        x = cell(x, stage)
    x = norm(x, "trunk.norm").relu().mean(dim=(2, 3))
    expected = x @ weights["head.weight"].T + weights["head.bias"]
    assert x.shape == (2, 16) and expected.std() > 0.1
    torch.testing.assert_close(network(images), expected, rtol=1e-10, atol=1e-10)


def test_edges_without_effect_are_not_built():
    dangling = (CONV3, NONE, CONV3, SKIP, NONE, NONE)
    network = CellNetwork(cell=dangling, **SHAPE)
    alone = CellNetwork(cell=pruned(dangling), **SHAPE)
    assert network.state_dict().keys() == alone.state_dict().keys()
    nothing = CellNetwork(cell=(NONE,) * len(EDGES), **SHAPE)
    assert nothing(torch.randn(4, 1, 28, 28)).std(dim=0).max() == 0  # whatever it is shown


@pytest.mark.parametrize("cell", [RESIDUAL, MIXED, (POOL,) * 6, (CONV3,) * 6])
def test_a_path_through_the_supernet_is_the_cell_with_the_same_weights(cell):
    shared = drawn(Supernet(**SHAPE)).train()
    alone = CellNetwork(cell=cell, **SHAPE).double().train()  # norms look at the batch, as those of the supernet do
    weights = shared.state_dict()
    names = ["", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"]
    for name, value in alone.named_parameters():
        parts = name.split(".")
        if "edges" in parts:
            edge = parts.index("edges") + 1
            parts.insert(edge + 1, names[cell[int(parts[edge])]])
        value.data.copy_(weights[".".join(parts)])
    images = torch.randn(6, 1, 28, 28, dtype=torch.double)
    expected = alone(images)
    assert expected.std(dim=0).max() > 0.1
    torch.testing.assert_close(shared(images, cell), expected, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(shared.eval()(images, cell), expected, rtol=1e-9, atol=1e-9)


def test_fair_paths_have_each_operation_once_on_every_edge():
    rng = torch.Generator().manual_seed(0)
    for _ in range(20):
        assert all(sorted(column) == list(range(5)) for column in zip(*fair_paths(rng), strict=True))
