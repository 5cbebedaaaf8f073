"""The layers of StyleGAN2: filtered resampling, and convolutions that a style modulates.

Notation, as in Karras et al., "Analyzing and Improving the Image Quality of StyleGAN", 2019 (arXiv 1912.04958),
section 2.2: w: latent code; s: style, one scale an input channel; i, j, k: input channel, output channel, place in the
kernel.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from playground.labs.gan.equalized import SLOPE, EqualizedLinear
from playground.precision import full_precision


class Activation(nn.Module):
    """A leaky rectifier that keeps the size of signals: slope 0.2, times sqrt(2)."""

    def forward(self, x: Tensor) -> Tensor:
        """Any shape to the same."""
        return F.leaky_relu(x, SLOPE) * 2**0.5


class Blur(nn.Module):
    """The low-pass filter [1, 3, 3, 1] / 8 along rows and columns, so that resampling does not alias.

    Zhang, "Making Convolutional Networks Shift-Invariant Again", 2019 (arXiv 1904.11486), section 3.2.
    """

    kernel: Tensor

    def __init__(self, *, padding: int, gain: float = 1.0) -> None:
        """Zeros are padded around; what comes out is `gain` times as large."""
        super().__init__()
        self.padding = padding
        taps = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
        self.register_buffer("kernel", gain * taps[:, None] * taps, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to (B, C, H + 2 padding - 3, W + 2 padding - 3)."""
        kernel = self.kernel.expand(x.shape[1], 1, 4, 4)
        return F.conv2d(x, kernel, padding=self.padding, groups=x.shape[1])


def upsampled(images: Tensor) -> Tensor:
    """Images (B, C, H, W) of twice the side, bilinearly: the filter [1, 3, 3, 1] / 4 between inserted zeros."""
    return F.interpolate(images, scale_factor=2, mode="bilinear", align_corners=False)


@full_precision
def demodulation(weight: Tensor, style: Tensor) -> Tensor:
    """What brings each output channel back to unit size: 1 / sqrt(sum over i, k of (s_i w_ijk)^2), equation 3.

    Args:
        weight: (out, in, k, k).
        style: (B, in).

    Returns:
        (B, out).
    """
    squares = weight.square().sum(dim=(2, 3))  # (out, in)
    return (style.square() @ squares.T + 1e-8).rsqrt()


class ModulatedConv2d(nn.Module):
    """A convolution whose input channels a style scales, w'_ijk = s_i w_ijk (equation 1), each image's by its own.

    Scaling the weights of every image is the same as scaling its input by s and its output by the demodulation: the
    convolution itself is shared by the batch.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        size: int,
        *,
        latent: int,
        demodulate: bool = True,
        upsample: bool = False,
    ) -> None:
        """`size` is the kernel's side, `latent` the width of w; `upsample` doubles the side of the image."""
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out_channels, in_channels, size, size))
        self.scale = (in_channels * size**2) ** -0.5
        self.style = EqualizedLinear(latent, in_channels, start=1.0)
        self.demodulate, self.size = demodulate, size
        self.blur = Blur(padding=1, gain=4.0) if upsample else None

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """(B, in, H, W) and w (B, latent) to (B, out, H, W), or of twice the side."""
        style, weight = self.style(w), self.weight * self.scale  # (B, in)
        x = x * _channels(style, x)
        if self.blur is None:
            x = F.conv2d(x, weight, padding=self.size // 2)  # (B, out, H, W)
        else:
            x = F.conv_transpose2d(x, weight.transpose(0, 1), stride=2)  # (B, out, 2 H + 1, 2 W + 1)
            x = self.blur(x)  # (B, out, 2 H, 2 W)
        return x * _channels(demodulation(weight, style), x) if self.demodulate else x


class StyledConv(nn.Module):
    """A modulated convolution, noise of learned strength, a bias and the rectifier (figure 2c)."""

    noise: Tensor

    def __init__(
        self, in_channels: int, out_channels: int, *, latent: int, side: int, number: int, upsample: bool = False
    ) -> None:
        """`side` is that of what comes out; `number` names the layer, and draws its fixed noise."""
        super().__init__()
        self.convolution = ModulatedConv2d(in_channels, out_channels, 3, latent=latent, upsample=upsample)
        self.strength = nn.Parameter(torch.zeros(()))
        self.bias = nn.Parameter(torch.zeros(out_channels))
        self.activation = Activation()
        fixed = torch.randn(1, 1, side, side, generator=Generator().manual_seed(number))
        self.register_buffer("noise", fixed, persistent=False)

    def forward(self, x: Tensor, w: Tensor, noise: Tensor) -> Tensor:
        """(B, in, H, W), w (B, latent) and noise, (B or 1, 1, side, side) or one number, to (B, out, side, side)."""
        x = self.convolution(x, w)  # (B, out, side, side)
        x = x + (self.strength * noise).to(x.dtype)
        return self.activation(x + self.bias.to(x.dtype)[:, None, None])


class ToRgb(nn.Module):
    """What one resolution adds to the image: a modulated convolution of size 1, without demodulation."""

    def __init__(self, in_channels: int, channels: int, *, latent: int) -> None:
        """`channels` are those of the image."""
        super().__init__()
        self.convolution = ModulatedConv2d(in_channels, channels, 1, latent=latent, demodulate=False)
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """(B, in, H, W) and w (B, latent) to (B, C, H, W), float32 at least."""
        return self.convolution(x, w) + self.bias[:, None, None]  # the bias is float32, and so is the sum


def _channels(scales: Tensor, x: Tensor) -> Tensor:
    """(B, C) as (B, C, 1, 1) of the dtype of x."""
    return scales.to(x.dtype)[:, :, None, None]
