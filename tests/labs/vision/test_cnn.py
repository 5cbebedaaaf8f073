"""The convolutional network: the same function as standard layers with the same weights, and what Muon trains."""

import pytest
import torch
from torch import nn

from playground.labs.vision.cnn import Block, ConvolutionalNetwork, Downsample
from playground.optim import hidden

pytestmark = pytest.mark.usefixtures("one_thread")


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def shaken(network):
    """Every weight and statistic away from where it starts, so that a swapped pair is seen; float64."""
    network = network.double()
    source = rng(7)
    with torch.no_grad():
        for value in [*network.parameters(), *network.buffers()]:
            if value.is_floating_point():
                value.copy_(0.5 + torch.rand(value.shape, generator=source, dtype=torch.float64))
                value.mul_(0.3 if value.ndim < 2 else torch.randint(-1, 2, value.shape, generator=source) * 0.3)
    return network


def standard(ours):
    """The same network of `torch.nn` layers alone, with the same weights, as a function of images."""

    def conv(conv_layer):
        layer = nn.Conv2d(conv_layer.inputs, len(conv_layer.weight), 3, padding=1, bias=False).double()
        layer.weight.data.copy_(conv_layer.weight.detach().reshape(-1, 3, 3, conv_layer.inputs).movedim(3, 1))
        return layer

    def run(x):
        x = ours.stem[1](ours.stem[0](x)).clamp(min=0)
        for block in ours.blocks:
            if isinstance(block, Downsample):
                x = block.norm(conv(block.conv)(nn.MaxPool2d(2, ceil_mode=True)(x))).clamp(min=0)
            else:
                actual = block.norm1(conv(block.conv1)(x)).clamp(min=0)
                x = (x + block.norm2(conv(block.conv2)(actual))).clamp(min=0)
        return nn.Flatten()(nn.AdaptiveAvgPool2d(1)(x))

    return run


@pytest.mark.parametrize(("channels", "size", "depth"), [(1, 28, 1), (3, 32, 2), (1, 6, 1)])
def test_the_whole_network_is_that_of_standard_layers(channels, size, depth):
    network = shaken(ConvolutionalNetwork(channels=channels, classes=7, width=8, depth=depth)).eval()
    images = torch.randn(3, channels, size, size, generator=rng(1), dtype=torch.float64)
    features = standard(network)(images)
    assert features.std() > 0.01 and features.shape == (3, network.num_features) == (3, 16)
    torch.testing.assert_close(network.features(images), features)
    expected = features @ network.head.weight.T + network.head.bias
    torch.testing.assert_close(network(images), expected)


def test_it_starts_without_an_opinion_and_has_the_size_it_says():
    network = ConvolutionalNetwork().eval()
    assert torch.equal(network(torch.randn(2, 1, 28, 28)), torch.zeros(2, 10))
    assert sum(parameter.numel() for parameter in network.parameters()) == 112_330
    assert sum(isinstance(block, Block) for block in ConvolutionalNetwork(depth=3).blocks) == 6


def test_muon_has_the_kernels_of_the_blocks():
    network = ConvolutionalNetwork(width=8)
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    kernels = {names[id(parameter)] for parameter in hidden(network)}
    assert kernels == {name for name in names.values() if name.startswith("blocks.") and "conv" in name}
    assert len(kernels) == 5
