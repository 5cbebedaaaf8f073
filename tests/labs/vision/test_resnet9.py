"""ResNet-9: each of its parts beside PyTorch's own layers, and how the network is put together."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from playground.data import ImageSpec
from playground.labs import recipe
from playground.labs.vision.resnet9 import Halving, Residual, ResNet9
from playground.optim import hidden


def _convolution(matrix):
    conv = nn.Conv2d(matrix.inputs, len(matrix.weight), 3, padding=1, bias=False)
    conv.weight = nn.Parameter(matrix.kernels().detach().contiguous())
    return conv


def _shaken(network):
    for parameter in network.parameters():
        nn.init.normal_(parameter, std=0.3)
    return network.double().eval()


def test_a_stage_begins_with_a_convolution_whose_maxima_are_kept():
    part = _shaken(Halving(inputs=3, width=5))
    x = torch.randn(2, 3, 9, 6, dtype=torch.float64)
    wanted = nn.Sequential(_convolution(part.conv), nn.MaxPool2d(2), part.norm, nn.ReLU())(x)
    torch.testing.assert_close(part(x), wanted, rtol=1e-12, atol=1e-12)
    assert wanted.shape == (2, 5, 4, 3)


@pytest.mark.parametrize("depth", [1, 2])
def test_a_residual_is_added_to_what_came_in(depth):
    part = _shaken(Residual(width=4, depth=depth))
    x = torch.randn(2, 4, 5, 6, dtype=torch.float64)
    convolutions = [_convolution(layer) if hasattr(layer, "kernels") else layer for layer in part.layers]
    assert len(convolutions) == 3 * depth
    torch.testing.assert_close(part(x), x + nn.Sequential(*convolutions)(x), rtol=1e-12, atol=1e-12)


def test_the_network_is_its_parts_in_a_row():
    network = _shaken(ResNet9(channels=3, classes=4, stem=6, widths=(8, 12, 16)))
    x = torch.randn(2, 3, 24, 32, dtype=torch.float64)
    maps = network.blocks(F.relu(network.stem[1](network.stem[0](x))))
    assert maps.shape == (2, 16, 3, 4)
    torch.testing.assert_close(network.maps(x), maps)
    torch.testing.assert_close(network(x), network.head(maps.mean(dim=(2, 3))))
    assert network.num_features == 16 and len(hidden(network)) == 6


def test_without_a_head_it_gives_features_and_without_depth_nothing_is_added():
    network = ResNet9(classes=0, widths=(8, 8), depth=0).eval()
    assert [type(block) for block in network.blocks] == [Halving, Halving]
    x = torch.randn(2, 3, 8, 8)
    assert torch.equal(network(x), network.features(x)) and network(x).shape == (2, 8)


def test_the_recipe_has_a_residual_in_each_stage():
    network = recipe("resnet9-cifar10").network(ImageSpec(name="x", channels=3, size=32, classes=("a", "b")))
    assert [block.layers[0].inputs for block in network.blocks if isinstance(block, Residual)] == [40, 80, 160]


def test_a_picture_that_cannot_be_halved_is_refused():
    with pytest.raises(ValueError, match="at least 8 pixels, not 7"):
        recipe("resnet9-cifar10").check(ImageSpec(name="x", channels=3, size=7, classes=("a", "b")))
