"""Pruning and rounding: masks against a sort, levels against their definition, bytes against a count by hand."""

import pytest
import torch
from torch import nn

from playground.data import ImageSpec, Split, unit
from playground.labs.frontiers.efficiency.compress import FLOAT, compressed, matrices, pruned, rounded, size
from playground.labs.frontiers.efficiency.smaller import (
    BITS,
    COMPRESSION,
    SHARES,
    accuracy_view,
    picture_view,
    trace_view,
)
from playground.labs.vision.cnn import ConvolutionalNetwork

pytestmark = pytest.mark.usefixtures("one_thread")

SPEC = ImageSpec(name="any", channels=1, size=8, classes=tuple("abc"))


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    model = ConvolutionalNetwork(channels=1, classes=3, width=8, depth=1)
    for parameter in model.parameters():
        parameter.data.normal_(std=0.3)
    return model.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def test():
    images = torch.randint(0, 256, (40, 1, 8, 8), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    return Split({"images": images, "labels": torch.arange(40) % 3})


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
    small = compressed(network, share=0.5, bits=4)
    copy = ConvolutionalNetwork(channels=1, classes=3, width=8, depth=1).eval()
    weights = {name: rounded(weight, 4) for name, weight in pruned(matrices(network), 0.5).items()}
    copy.load_state_dict(network.state_dict() | weights)
    assert torch.equal(small(images), copy(images)) and not torch.equal(small(images), before)
    assert torch.equal(network(images), before)
    assert torch.equal(compressed(network, share=0, bits=FLOAT)(images), before)


def test_bytes_are_what_has_to_be_kept():
    network = nn.Sequential(nn.Linear(10, 4), nn.Linear(4, 2, bias=False))  # 48 weights in 6 rows, 4 biases
    assert size(network, share=0, bits=FLOAT) == 4 * (48 + 4)
    assert size(network, share=0, bits=8) == 48 + 4 * (6 + 4)
    assert size(network, share=0.5, bits=FLOAT) == 4 * (24 + 4) + 48 // 8
    assert size(network, share=0.5, bits=4) == 24 // 2 + 48 // 8 + 4 * (6 + 4)


def test_the_view_says_what_the_compressed_network_says(network, test):
    options = COMPRESSION.parts["picture"].parsed({"prune": "0.7", "bits": "5"})
    picture = test["images"][0]
    shown = picture_view(network, SPEC, options, {"picture": picture})
    small = compressed(network, share=0.7, bits=5)
    both = torch.cat([network(unit(picture[None])), small(unit(picture[None]))]).softmax(dim=1)
    assert torch.equal(shown.tensors["probabilities"], both)
    assert torch.equal(trace_view(network, SPEC, options, {"picture": picture}).tensors["values"], both[1])
    kept, weights = shown.tensors["kept"], shown.tensors["weights"]
    assert float((kept * weights).sum() / weights.sum()) == pytest.approx(0.3, abs=1 / int(weights.sum()))
    assert shown.words["bytes"] == [size(network, share=0, bits=FLOAT), size(network, share=0.7, bits=5)]


def test_the_curves_run_through_what_is_chosen(network, test):
    options = COMPRESSION.parts["accuracy"].parsed({"prune": "0.5", "bits": "8"})
    shown = accuracy_view(network, SPEC, options, {"test": test}).tensors
    chosen = float(shown["chosen"])
    assert float(shown["share_accuracy"][SHARES.index(0.5)]) == float(shown["bit_accuracy"][BITS.index(8)]) == chosen
    right = compressed(network, share=0.5, bits=8)(unit(test["images"])).argmax(dim=1) == test["labels"]
    assert chosen == float(right.float().mean())
    assert (shown["share_sizes"].diff() <= 0)[1:].all() and (shown["bit_sizes"].diff() < 0).all()
