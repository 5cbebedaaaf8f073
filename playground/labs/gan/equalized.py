"""What keeps the signals of generator and discriminator at one size: equalized learning rate, and normalized features.

Karras et al., "Progressive Growing of GANs for Improved Quality, Stability, and Variation", 2017 (arXiv 1710.10196),
section 4.1: weights start as N(0, 1) and are multiplied at run time by the constant c of He's initialization. Adam
divides a gradient by its own size, so a step changes every weight by about the learning rate, whatever its scale; with
weights that started small, the layers with many inputs would change relatively faster than the others.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.labs.gan.conditional import ConditionEmbedding
from playground.precision import widened

SLOPE = 0.2
"""Of the leaky rectifiers for negative numbers."""
RECTIFIED = (2 / (1 + SLOPE**2)) ** 0.5
"""The gain of a layer whose outputs are rectified (He et al., "Delving Deep into Rectifiers", 2015, equation 15)."""


class EqualizedLinear(nn.Linear):
    """A linear layer, scaled at run time."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        gain: float = 1.0,
        bias: bool = True,
        start: float = 0.0,
        rate: float = 1.0,
    ) -> None:
        """Sized by its inputs.

        Args:
            inputs: The number of features that come in.
            outputs: The number that goes out.
            gain: How much larger the outputs shall be than the inputs, in root mean square.
            bias: Whether there is one.
            start: What it starts at.
            rate: How many times as fast as other layers this one learns.
        """
        super().__init__(inputs, outputs, bias=bias)
        self.scale, self.rate = gain * inputs**-0.5, rate  # the scale is c in the paper
        nn.init.normal_(self.weight, std=1 / rate)
        if bias:
            nn.init.constant_(self.bias, start / rate)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs) to (B, outputs)."""
        bias = None if self.bias is None else self.bias * self.rate
        return F.linear(x, self.weight * (self.scale * self.rate), bias)


class EqualizedConv2d(nn.Module):
    """A convolution, scaled at run time; of `stride` 2 it wants an input that is padded already."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, *, gain: float = 1.0, stride: int = 1, bias: bool = True
    ) -> None:
        """`kernel` is the side of the kernel, an odd number; `gain` as in `EqualizedLinear`."""
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.scale, self.stride = gain * (inputs * kernel**2) ** -0.5, stride
        self.padding = kernel // 2 if stride == 1 else 0

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) to (B, outputs, H, W)."""
        return F.conv2d(x, self.weight * self.scale, self.bias, stride=self.stride, padding=self.padding)


class EqualizedEmbedding(ConditionEmbedding):
    """Vectors of length about 1, scaled at run time."""

    def forward(self, labels: Tensor) -> Tensor:
        """Labels (B, K) to (B, width)."""
        return super().forward(labels) * (len(self.offsets) * self.embedding_dim) ** -0.5


class PixelNorm(nn.Module):
    """Pixelwise feature normalization: every place's feature vector gets length sqrt(C).

    Section 4.2: b = a / sqrt(mean_j a_j^2 + eps). Without it, generator and discriminator can drive each other's
    signals up until they overflow.
    """

    def forward(self, a: Tensor) -> Tensor:
        """(B, C, ...) to the same."""
        scale = (widened(a).square().mean(dim=1, keepdim=True) + 1e-8).rsqrt()  # (B, 1, ...)
        return a * scale.to(a.dtype)
