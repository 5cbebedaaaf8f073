"""Layers that keep signals at one size, and the minibatch deviation, against plain references."""

import math

import pytest
import torch
from torch.nn import functional as F

from playground.labs.gan.equalized import (
    RECTIFIED,
    EqualizedConv2d,
    EqualizedEmbedding,
    EqualizedLinear,
    PixelNorm,
)
from playground.labs.gan.minibatch import MinibatchDeviation, mean_deviations

pytestmark = pytest.mark.usefixtures("one_thread")


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_equalized_weights_are_standard_normal_and_scaled_at_run_time():
    torch.manual_seed(0)
    linear, convolution = EqualizedLinear(300, 200, start=1.0, rate=0.01), EqualizedConv2d(50, 60, 3)
    assert float(linear.weight.detach().std()) == pytest.approx(100, rel=0.02)
    assert float(convolution.weight.detach().std()) == pytest.approx(1, rel=0.02)
    x = torch.randn(7, 300)
    torch.testing.assert_close(linear(x), x @ (linear.weight * 0.01 / 300**0.5).T + 1)
    image = torch.randn(2, 50, 6, 6)
    expected = F.conv2d(image, convolution.weight / 450**0.5, padding=1)
    torch.testing.assert_close(convolution(image), expected)
    for choices in ((9,), (9, 12, 15)):
        vectors = EqualizedEmbedding(choices, 64)(torch.arange(9)[:, None].expand(9, len(choices))).detach()
        assert float(vectors.norm(dim=1).mean()) == pytest.approx(1, rel=0.1)


def test_the_learning_rate_of_the_mapping_is_a_hundredth():
    """One step of Adam, of one size for every parameter, moves the output a hundredth as far."""
    moved = []
    for rate in (1.0, 0.01):
        torch.manual_seed(0)
        layer, x = EqualizedLinear(32, 8, rate=rate), torch.ones(1, 32)
        before = layer(x).detach()
        optimizer = torch.optim.Adam(layer.parameters(), lr=0.01)
        layer(x).sum().backward()
        optimizer.step()
        moved.append(float((layer(x) - before).detach().abs().mean()))
    assert moved[0] == pytest.approx(100 * moved[1], rel=0.01)


def test_the_gain_of_a_rectified_layer_keeps_the_size_of_signals():
    torch.manual_seed(0)
    linear, conv = EqualizedLinear(50, 400, gain=RECTIFIED), EqualizedConv2d(20, 30, 3)
    for layer in (linear, conv):
        assert float(layer.weight.detach().std()) == pytest.approx(1, abs=0.05) and not layer.bias.any()
    he = math.sqrt(2 / (1.04 * 50))
    x, pictures = normal(300, 50, seed=1), normal(20, 20, 6, 6)
    torch.testing.assert_close(linear(x), x @ (he * linear.weight).T)
    torch.testing.assert_close(conv(pictures), F.conv2d(pictures, conv.weight / math.sqrt(180), padding=1))
    rectified = F.leaky_relu(linear(x), 0.2)
    assert float(rectified.square().mean().detach()) == pytest.approx(1, rel=0.1)


@pytest.mark.parametrize("shape", [(3, 6), (3, 6, 2, 5)])
def test_pixel_norm_gives_every_place_the_same_length(shape):
    a = 7 * normal(*shape)
    places = a.movedim(1, -1).reshape(-1, 6)
    expected = torch.stack([place / math.sqrt(sum(float(x) ** 2 for x in place) / 6 + 1e-8) for place in places])
    torch.testing.assert_close(PixelNorm()(a).movedim(1, -1).reshape(-1, 6), expected)
    half = PixelNorm()(a.bfloat16())
    assert half.dtype == torch.bfloat16
    torch.testing.assert_close(half.float(), PixelNorm()(a), rtol=0.02, atol=0.02)


@pytest.mark.parametrize("batch", [1, 3, 4, 8, 10])
def test_the_minibatch_deviation_is_that_of_the_group(batch):
    x = normal(batch, 3, 2, 2)
    groups = {1: [1], 3: [3], 4: [4], 8: [4, 4], 10: [5, 5]}[batch]
    expected = []
    for group in x.split(groups):
        deviations = [
            math.sqrt(sum((float(v) - float(values.mean())) ** 2 for v in values) / len(values) + 1e-8)
            for values in group.flatten(1).T
        ]
        expected += [sum(deviations) / len(deviations)] * len(group)
    torch.testing.assert_close(mean_deviations(x), torch.tensor(expected))
    out = MinibatchDeviation()(x)
    assert torch.equal(out[:, :3], x) and out.shape == (batch, 4, 2, 2)
    torch.testing.assert_close(out[:, 3], torch.tensor(expected)[:, None, None].expand(-1, 2, 2))


def test_the_deviation_is_computed_in_float32():
    x = 1000 + normal(4, 3, 2, 2).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        deviation = mean_deviations(x)
    assert deviation.dtype == torch.float32
    torch.testing.assert_close(deviation, mean_deviations(x.float()))


def test_evaluation_takes_the_deviation_that_training_saw():
    layer, x = MinibatchDeviation().train(), normal(8, 2, 3, 3)
    seen = float(mean_deviations(x).mean())
    layer(x)
    assert float(layer.typical) == pytest.approx(0.02 * seen)
    layer.eval()
    assert (layer(3 * x)[:, 2] == layer.typical).all() and float(layer.typical) == pytest.approx(0.02 * seen)
