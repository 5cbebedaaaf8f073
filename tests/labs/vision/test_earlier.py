"""LeNet, AlexNet, VGG and MobileViT: their sizes and shapes, and what each is known for."""

import pytest
import torch
from torch import nn

from playground.labs.vision.alexnet import AlexNet, LocalResponseNorm
from playground.labs.vision.lenet import LeNet, Unshared
from playground.labs.vision.mobilevit import InvertedResidual, MobileBlock, MobileVit
from playground.labs.vision.vgg import Vgg

pytestmark = pytest.mark.usefixtures("one_thread")


def count(network):
    return sum(parameter.numel() for parameter in network.parameters())


def test_lenet_has_as_many_weights_as_the_paper_counts():
    """C1 156, C5 48,120, F6 10,164 as in section II.B; C3 2,416 with all connections, and a linear head of 850."""
    assert count(LeNet(image_size=28)) == 156 + 2416 + 48_120 + 10_164 + 850


def test_filters_that_are_the_same_at_every_place_are_a_convolution():
    conv = nn.Conv2d(3, 4, 5, padding=2)
    each = Unshared(inputs=3, outputs=4, side=9, size=5, padding=2)
    with torch.no_grad():
        each.weight.copy_(conv.weight.flatten(1).T.expand_as(each.weight))
        each.bias.copy_(conv.bias.expand_as(each.bias))
    x = torch.randn(2, 3, 9, 9)
    torch.testing.assert_close(each(x), conv(x))
    with torch.no_grad():
        each.weight[0] += 1
    changed = (each(x) - conv(x)).abs().amax(dim=(0, 1)) > 1e-3
    assert changed.nonzero().tolist() == [[0, 0]], "of the first place alone"


def test_lenet_without_shared_weights_has_as_many_connections_and_far_more_weights():
    shared, not_shared = (LeNet(shared=shared) for shared in (True, False))
    places = (28**2, 10**2)
    convolutions = (156, 2416)
    more = sum(weights * (many - 1) for weights, many in zip(convolutions, places, strict=True))
    assert count(not_shared) == count(shared) + more
    assert not_shared.eval()(torch.zeros(2, 1, 28, 28)).shape == (2, 10)


def test_mobilevit_without_transformers_is_a_convolutional_network():
    network = MobileVit(depth=0).eval()
    assert not any(type(module).__name__ == "Attention" for module in network.modules())
    assert network.features(torch.randn(2, 1, 28, 28)).shape == (2, network.num_features)


def test_alexnets_normalization_is_torchs():
    """Of which alpha is divided by the five channels."""
    a = torch.randn(2, 7, 3, 3, generator=torch.Generator().manual_seed(0)).double()
    torch.testing.assert_close(LocalResponseNorm()(a), nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2)(a))


def test_alexnet_has_five_convolutions_and_three_perceptrons_and_drops_in_training_alone():
    network = AlexNet()
    assert sum(isinstance(module, nn.Conv2d) for module in network.modules()) == 5
    assert sum(isinstance(module, nn.Linear) for module in network.modules()) == 3
    x = torch.randn(2, 1, 28, 28)
    assert not torch.equal(network.train().features(x), network.features(x))
    assert torch.equal(network.eval().features(x), network.features(x))


def test_two_small_convolutions_see_as_much_as_a_large_one():
    """One of 5 x 5 has 25 weights a pair of channels, two of 3 x 3 have 18 (section 2.3)."""
    network = Vgg(depths=(3, 1, 1), widths=(4, 4, 4)).eval()
    x = torch.randn(1, 1, 21, 21, requires_grad=True)
    first = nn.Sequential(network.stem, *list(network.blocks)[:6])  # three convolutions
    first(x)[0, :, 10, 10].sum().backward()
    seen = x.grad[0, 0].abs() > 0
    assert seen[7:14, 7:14].any() and seen.sum() <= 49
    seen[7:14, 7:14] = False
    assert not seen.any()


def block(**options):
    torch.manual_seed(0)
    return MobileBlock(**{"channels": 6, "width": 8, "depth": 1, "heads": 2, "mlp_ratio": 2.0} | options).eval()


def test_squares_are_unfolded_corner_by_corner_and_folded_back():
    x = torch.arange(2 * 8 * 4 * 6.0).view(2, 8, 4, 6)
    sequences = block().unfold(x)
    assert sequences.shape == (8, 6, 8)
    for image in range(2):
        for corner in range(4):
            row, column = divmod(corner, 2)
            expected = x[image, :, row::2, column::2].flatten(1).T
            assert torch.equal(sequences[4 * image + corner], expected)
    assert torch.equal(block().fold(sequences, 4, 6), x)


@pytest.mark.parametrize("size", [(4, 4), (7, 7), (5, 8)])
def test_a_mobile_block_sees_the_whole_picture_at_any_size(size):
    x = torch.randn(1, 6, *size, requires_grad=True)
    y = block()(x)
    assert y.shape == x.shape
    y[0, :, 0, 0].sum().backward()
    assert (x.grad.abs().sum(dim=1) > 0).all()


def test_an_inverted_residual_begins_where_shapes_allow_with_its_input():
    x = torch.randn(2, 6, 8, 8)
    same, other = InvertedResidual(inputs=6, outputs=6).eval(), InvertedResidual(inputs=6, outputs=8, stride=2).eval()
    nn.init.zeros_(same.layers[-1].weight)
    nn.init.zeros_(other.layers[-1].weight)
    assert torch.equal(same(x), x)
    assert torch.equal(other(x), torch.zeros(2, 8, 4, 4))


@pytest.mark.parametrize("kind", [LeNet, AlexNet, Vgg, MobileVit])
def test_an_untrained_one_has_no_opinion_and_may_have_no_head(kind):
    x = torch.randn(3, 1, 28, 28)
    assert torch.equal(kind().eval()(x), torch.zeros(3, 10))
    network = kind(classes=0).eval()
    assert network(x).shape == (3, network.num_features)


def test_stages_need_widths_and_depths():
    with pytest.raises(ValueError, match="2 widths are given for 3 stages"):
        Vgg(widths=(4, 8), depths=(1, 1, 1))
