"""The layers of StyleGAN2, against per-sample weights, the published filters and plain references."""

import pytest
import torch
from torch.nn import functional as F

from playground.labs.gan.modulation import (
    Activation,
    Blur,
    ModulatedConv2d,
    StyledConv,
    ToRgb,
    demodulation,
    upsampled,
)

pytestmark = pytest.mark.usefixtures("one_thread")


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.double)


def per_sample(layer, x, w):
    """Each image by a convolution of its own, whose weights equations 1 and 3 give."""
    images = []
    for image, code in zip(x, w, strict=True):
        style = code @ layer.style.weight.T * code.numel() ** -0.5 + layer.style.bias
        weight = layer.weight * layer.scale * style[None, :, None, None]
        if layer.demodulate:
            weight = torch.stack([kernel / (kernel.square().sum() + 1e-8).sqrt() for kernel in weight])
        if layer.blur is None:
            images.append(F.conv2d(image[None], weight, padding=layer.size // 2))
        else:
            taps = torch.tensor([1, 3, 3, 1], dtype=x.dtype)
            filtered = (taps[:, None] * taps / 16).expand(len(weight), 1, 4, 4)
            larger = F.conv_transpose2d(image[None], weight.transpose(0, 1), stride=2)
            images.append(F.conv2d(larger, filtered, padding=1, groups=len(weight)))
    return torch.cat(images)


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("demodulate", [True, False])
@pytest.mark.parametrize("upsample", [True, False])
def test_scaling_around_a_shared_convolution_equals_weights_of_each_sample(size, demodulate, upsample):
    if upsample and size == 1:
        return
    torch.manual_seed(0)
    layer = ModulatedConv2d(3, 4, size, latent=6, demodulate=demodulate, upsample=upsample).double()
    x, w = normal(5, 3, 6, 6).requires_grad_(), normal(5, 6, seed=1).requires_grad_()
    actual, expected = layer(x, w), per_sample(layer, x, w)
    torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-10)
    towards = normal(*actual.shape, seed=2)
    inputs = [x, w, *layer.parameters()]
    for one, other in zip(
        torch.autograd.grad((actual * towards).sum(), inputs),
        torch.autograd.grad((expected * towards).sum(), inputs),
        strict=True,
    ):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-10)


def test_demodulated_weights_have_unit_norm():
    weight, style = normal(4, 3, 3, 3), normal(5, 3, seed=1)
    scaled = weight * style[:, None, :, None, None] * demodulation(weight, style)[:, :, None, None, None]
    torch.testing.assert_close(scaled.flatten(2).norm(dim=2), torch.ones(5, 4, dtype=torch.double))


def test_demodulation_sums_in_float32_under_autocast():
    weight, style = normal(4, 64, 3, 3).float(), normal(5, 64, seed=1).float()
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(demodulation(weight, style), demodulation(weight.clone(), style))
        actual = demodulation(weight, style)
    expected = demodulation(weight.double(), style.double())
    assert actual.dtype is torch.float32
    torch.testing.assert_close(actual.double(), expected, rtol=1e-5, atol=0)


def test_signals_keep_their_size_through_demodulated_layers():
    torch.manual_seed(0)
    layer = ModulatedConv2d(64, 64, 3, latent=16)
    out = layer(torch.randn(8, 64, 12, 12), torch.randn(8, 16)).detach()
    assert float(out[..., 1:-1, 1:-1].std()) == pytest.approx(1, 0.05)
    activated = Activation()(torch.randn(10_000))
    assert float(activated.square().mean()) == pytest.approx(1.04, abs=0.05)


def test_the_blur_is_the_binomial_filter_and_keeps_a_constant():
    x = torch.zeros(1, 2, 9, 9)
    x[:, :, 4, 4] = 64
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0])
    out = Blur(padding=2)(x)
    assert out.shape == (1, 2, 10, 10)
    assert torch.equal(out[0, 1, 3:7, 3:7], taps[:, None] * taps) and float(out.sum()) == 128
    torch.testing.assert_close(
        Blur(padding=1, gain=4.0)(torch.ones(1, 1, 8, 8))[..., 1:-1, 1:-1], 4 * torch.ones(5, 5)[None, None]
    )


def test_upsampling_filters_between_inserted_zeros():
    x = normal(2, 3, 5, 5)
    zeros = torch.zeros(2, 3, 10, 10, dtype=torch.double)
    zeros[..., ::2, ::2] = x
    taps = torch.tensor([1, 3, 3, 1], dtype=torch.double) / 4
    kernel = (taps[:, None] * taps).expand(3, 1, 4, 4)
    expected = F.conv2d(F.pad(zeros, (2, 1, 2, 1)), kernel, groups=3)
    torch.testing.assert_close(upsampled(x)[..., 1:-1, 1:-1], expected[..., 1:-1, 1:-1])


def test_a_flat_image_is_enlarged_to_a_flat_one():
    """The stride leaves no checkerboard: the filter blocks what inserted zeros add."""
    torch.manual_seed(0)
    layer = ModulatedConv2d(3, 4, 3, latent=6, upsample=True).double()
    inside = layer(torch.ones(1, 3, 8, 8, dtype=torch.double), normal(1, 6)).detach()[..., 3:-3, 3:-3]
    torch.testing.assert_close(inside, inside[..., :1, :1].expand_as(inside))


def test_noise_is_added_as_strongly_as_was_learned_before_bias_and_rectifier():
    torch.manual_seed(0)
    layer = StyledConv(3, 4, latent=6, side=5, number=2).double()
    x, w, noise = normal(2, 3, 5, 5), normal(2, 6), normal(2, 1, 5, 5, seed=1)
    without = layer(x, w, noise)
    torch.testing.assert_close(layer(x, w, torch.zeros(())), without)
    with torch.no_grad():
        layer.strength.fill_(0.5)
        layer.bias.copy_(torch.arange(4.0))
    expected = layer.convolution(x, w) + 0.5 * noise + torch.arange(4.0, dtype=torch.double)[:, None, None]
    torch.testing.assert_close(layer(x, w, noise), F.leaky_relu(expected, 0.2) * 2**0.5)
    assert "noise" not in layer.state_dict(), "a snapshot need not hold what its number draws"
    assert torch.equal(layer.noise, StyledConv(1, 1, latent=2, side=5, number=2).double().noise)
    assert not torch.equal(layer.noise, StyledConv(1, 1, latent=2, side=5, number=3).double().noise)


def test_what_is_added_to_the_image_is_float32_under_autocast():
    layer = ToRgb(8, 3, latent=6)
    with torch.autocast("cpu", torch.bfloat16):
        assert layer(torch.randn(1, 8, 4, 4), torch.randn(1, 6)).dtype is torch.float32
