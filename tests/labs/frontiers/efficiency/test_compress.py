"""Pruning and rounding: masks against a sort, levels against their definition, bytes against a count by hand."""

import pytest
import torch
from torch import nn

from playground.labs.frontiers.efficiency.compress import (
    FLOAT,
    Compression,
    compressed,
    matrices,
    pruned,
    rounded,
    size,
)
from playground.labs.vision.cnn import ConvolutionalNetwork
from playground.labs.vision.merging import merging
from playground.labs.vision.vit import VisionTransformer

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    model = ConvolutionalNetwork(channels=1, classes=3, width=8, depth=1)
    for parameter in model.parameters():
        parameter.data.normal_(std=0.3)
    return model.eval().requires_grad_(False)


@pytest.mark.parametrize("share", [0, 0.25, 0.5, 0.99])
def test_the_smallest_weights_of_all_layers_together_become_zero(network, share):
    weights = matrices(network)
    everything = torch.cat([weight.flatten() for weight in weights.values()])
    left = torch.cat([weight.flatten() for weight in pruned(weights, share).values()])
    zeros = int(share * len(everything))
    assert int((left == 0).sum()) == zeros and torch.equal(left[left != 0], everything[left != 0])
    if zeros:
        assert everything[left == 0].abs().max() <= everything[left != 0].abs().min()


def test_of_equal_weights_just_as_many_are_pruned():
    left = pruned({"a": torch.ones(4, 5), "b": -torch.ones(10)}, 0.5)
    assert int((left["a"] == 0).sum() + (left["b"] == 0).sum()) == 15


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
def test_a_row_has_as_many_levels_as_its_bits_hold(bits):
    weight = torch.randn(6, 40, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    largest = 2 ** (bits - 1) - 1
    for row, coarse in zip(weight, rounded(weight, bits), strict=True):
        step = float(row.abs().max()) / largest
        levels = coarse / step
        assert torch.allclose(levels, levels.round(), atol=1e-9) and int(levels.abs().max().round()) == largest
        assert (coarse - row).abs().max() <= step / 2 + 1e-12
    assert torch.equal(rounded(weight, FLOAT), weight)


def test_the_compressed_network_computes_with_the_compressed_weights_and_the_whole_one_stays(network):
    images = torch.randn(5, 1, 8, 8)
    before = network(images)
    small = compressed(network, Compression("weights", 0.5, 4))
    copy = ConvolutionalNetwork(channels=1, classes=3, width=8, depth=1).eval()
    weights = {name: rounded(weight, 4) for name, weight in pruned(matrices(network), 0.5).items()}
    copy.load_state_dict(network.state_dict() | weights)
    assert torch.equal(small(images), copy(images)) and not torch.equal(small(images), before)
    assert torch.equal(network(images), before)
    assert torch.equal(compressed(network, Compression("weights", 0, FLOAT))(images), before)


def test_bytes_are_what_has_to_be_kept():
    network = nn.Sequential(nn.Linear(10, 4), nn.Linear(4, 2, bias=False))  # 48 weights in 6 rows, 4 biases
    assert size(network, Compression("weights", 0, FLOAT)) == 4 * (48 + 4)
    assert size(network, Compression("weights", 0, 8)) == 48 + 4 * (6 + 4)
    assert size(network, Compression("weights", 0.5, FLOAT)) == 4 * (24 + 4) + 48 // 8
    assert size(network, Compression("weights", 0.5, 4)) == 24 // 2 + 48 // 8 + 4 * (6 + 4)


def test_units_that_are_left_out_take_no_bytes():
    network = ConvolutionalNetwork(channels=1, classes=3, width=8, depth=1)
    kernels = 9 * (8 * 8 + 8 * 8 + 16 * 16 + 16 * 16)  # of both blocks, before; half of that is left
    norms = 2 * (8 + 16)  # of the channels between their convolutions
    gone = (kernels + norms) // 2
    assert size(network, Compression()) - size(network, Compression("units", 0.5)) == 4 * gone
    whole, half = (size(network, Compression("units", share, 8)) for share in (0, 0.5))
    assert whole - half == kernels // 2 + 4 * norms // 2 + 4 * (8 + 16) // 2  # a scale a row


def test_all_kinds_of_layers_are_compressed(network):
    names = [name for name, parameter in network.named_parameters() if parameter.ndim > 1]
    assert list(matrices(network)) == names and "blocks.0.conv1.weight" in names


@pytest.mark.parametrize("how", [Compression("weights", 0.5, 4), Compression("units", 0.5, 4)])
def test_maps_keep_the_order_in_which_they_are_fastest(network, how):
    """Of gray pictures, too: kernels of one channel lie in both orders, and the network would be slower for it."""
    small = compressed(network, how)
    maps = small.stem[0](torch.zeros(2, 1, 8, 8))
    assert maps.is_contiguous(memory_format=torch.channels_last) and not maps.is_contiguous()


def test_merged_tokens_are_those_of_the_pruned_and_rounded_network():
    torch.manual_seed(0)
    network = VisionTransformer(width=16, depth=2, heads=2, patch_size=7).eval().requires_grad_(False)
    for parameter in network.parameters():
        parameter.normal_(std=0.3)
    images = torch.randn(3, 1, 28, 28)
    how = Compression("units", 0.5, 8, merge=3)
    expected, _ = merging(compressed(network, how._replace(merge=0)), images, 3)
    assert torch.equal(compressed(network, how)(images), expected)
    assert size(network, how) == size(network, how._replace(merge=0))


def test_what_has_no_tokens_merges_none(network):
    images = torch.randn(2, 1, 8, 8)
    assert torch.equal(compressed(network, Compression(merge=5))(images), network(images))
