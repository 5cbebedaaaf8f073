"""The convolutional network: the same function as standard layers with the same weights, and what Muon trains."""

import pytest
import torch
from torch import nn

from playground.labs.vision.cnn import Block, ConvolutionalNetwork, Downsample, MatrixConv2d
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


@pytest.mark.parametrize(("inputs", "outputs", "kernel_size"), [(3, 5, 3), (1, 4, 5), (4, 2, 1)])
def test_a_kernel_kept_as_a_matrix_is_the_same_convolution(inputs, outputs, kernel_size):
    ours = MatrixConv2d(inputs=inputs, outputs=outputs, kernel_size=kernel_size).double()
    reference = nn.Conv2d(inputs, outputs, kernel_size, padding=kernel_size // 2, bias=False).double()
    with torch.no_grad():  # a row of the matrix goes down the kernel's rows, then its columns, then the channels
        reference.weight.copy_(ours.weight.reshape(outputs, kernel_size, kernel_size, inputs).permute(0, 3, 1, 2))
    x = torch.randn(2, inputs, 9, 6, generator=rng(), dtype=torch.float64)
    torch.testing.assert_close(ours(x), reference(x))
    ours(x).square().sum().backward()
    reference(x).square().sum().backward()
    expected = reference.weight.grad.permute(0, 2, 3, 1).reshape(ours.weight.shape)
    torch.testing.assert_close(ours.weight.grad, expected)


def test_the_matrix_is_in_the_order_that_convolutions_are_fastest_in():
    conv = MatrixConv2d(inputs=8, outputs=16)
    assert conv.weight.shape == (16, 72)
    assert conv.kernels().is_contiguous(memory_format=torch.channels_last)
    assert conv.kernels().data_ptr() == conv.weight.data_ptr()


def test_kernels_start_with_the_variance_of_he():
    torch.manual_seed(0)
    weight = MatrixConv2d(inputs=64, outputs=256).weight
    assert float(weight.detach().var()) == pytest.approx(2 / (64 * 9), rel=0.02)


def test_an_even_kernel_has_no_center():
    with pytest.raises(ValueError, match="a kernel of 4 pixels has no center"):
        MatrixConv2d(inputs=1, outputs=1, kernel_size=4)


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
