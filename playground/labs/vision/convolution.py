"""A convolution whose kernels are a matrix, one row an output channel: Muon trains matrices alone."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class MatrixConv2d(nn.Module):
    """A convolution without bias whose kernels are the rows of a matrix (out, k * k * in).

    A row runs over the rows of the kernel, its columns, then the channels: seen as (out, in, k, k) that is
    `torch.channels_last`, the order in which convolutions are fastest.
    """

    def __init__(self, *, inputs: int, outputs: int, kernel_size: int = 3, stride: int = 1) -> None:
        """Pads so that the image keeps its size, but for the `stride`; `kernel_size` is odd. He's initialization."""
        super().__init__()
        if kernel_size % 2 == 0:
            raise ValueError(f"a kernel of {kernel_size} pixels has no center; give an odd size")
        self.inputs, self.kernel_size, self.stride = inputs, kernel_size, stride
        fan_in = inputs * kernel_size**2
        self.weight = nn.Parameter(torch.randn(outputs, fan_in) * math.sqrt(2 / fan_in))

    def kernels(self) -> Tensor:
        """The same weights as `nn.Conv2d` has them, (out, in, k, k)."""
        size = self.kernel_size
        return self.weight.unflatten(1, (size, size, self.inputs)).permute(0, 3, 1, 2)

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, H, W) to (B, out, ceil(H / stride), ceil(W / stride))."""
        return F.conv2d(x, self.kernels(), stride=self.stride, padding=self.kernel_size // 2)

    @staticmethod
    def rows(kernels: Tensor) -> Tensor:
        """Kernels (out, in, k, k), as `nn.Conv2d` has them, as the rows of such a matrix."""
        return kernels.permute(0, 2, 3, 1).flatten(1)
