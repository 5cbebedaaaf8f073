"""How the numbers of a network lie in memory."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def channels_last(network: nn.Module) -> None:
    """Lays out all kernels with their channels last, the order in which convolutions are fastest on CPUs.

    Those for gray images, too: with one channel their numbers lie in both orders at once, and as long as their strides
    do not say which is meant, all maps behind them come in the slower one.
    """
    for kernels in network.parameters():
        if kernels.ndim == 4:
            kernels.data = kernels.data.to(memory_format=torch.channels_last)


def laid_as(like: Tensor, tensor: Tensor) -> Tensor:
    """A tensor that takes the place of another one, kernels with their channels last where those of the other are."""
    last = like.ndim == 4 and like.stride(1) == 1
    return tensor.to(memory_format=torch.channels_last) if last else tensor.contiguous()
