"""The order of kernels in memory, and of the maps that come of it."""

import pytest
import torch
from torch import nn

from playground.data import packs
from playground.labs import recipe
from playground.labs.vision.convolution import MatrixConv2d
from playground.layout import channels_last, laid_as

LAST = torch.channels_last


@pytest.mark.parametrize("channels", [1, 3])
def test_maps_of_any_picture_have_their_channels_last(channels):
    network = nn.Sequential(nn.Conv2d(channels, 8, 3), nn.BatchNorm2d(8), nn.Conv2d(8, 4, 3))
    images = torch.randn(2, channels, 9, 9)
    before = network(images)
    channels_last(network)
    first, after = network[0](images), network(images)
    for maps in (first, after):
        assert maps.is_contiguous(memory_format=LAST) and not maps.is_contiguous()
    torch.testing.assert_close(after, before, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["cnn-fashion", "resnet-fashion", "vgg-fashion", "hybrid-fashion", "simclr-fashion"])
def test_networks_of_gray_pictures_compute_in_it(name):
    """A step of theirs takes a sixth longer where the stem's maps come in the other order."""
    preset = recipe(name)
    network = preset.network(preset.spec(packs)).eval()
    orders = []
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | MatrixConv2d):
            layer.register_forward_hook(lambda _, given, maps: orders.append(maps.is_contiguous(memory_format=LAST)))
    network(torch.randn(2, 1, 28, 28))
    assert len(orders) > 2 and all(orders)


@pytest.mark.parametrize("channels", [1, 3])
def test_what_takes_the_place_of_kernels_lies_as_they_do(channels):
    conv = nn.Conv2d(channels, 8, 3)
    for last in (False, True):
        if last:
            channels_last(conv)
        part = laid_as(conv.weight, conv.weight.detach()[torch.tensor([0, 3])])
        assert part.stride()[1:] == conv.weight.stride()[1:]
        assert torch.equal(part, conv.weight[[0, 3]])
