"""The first layer of a classifier: which convolution reads the pixels, its filters, and what most of them share."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from playground.labs.vision.convolution import MatrixConv2d


def first_convolution(network: nn.Module, channels: int) -> nn.Conv2d | MatrixConv2d | None:
    """The first convolution of a network that takes images of so many channels; None where it has none.

    Modules are looked through in the order in which they were given to the network, which is that of its layers.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.in_channels == channels:
            return module
        if isinstance(module, MatrixConv2d) and module.inputs == channels:
            return module
    return None


def filters_of(convolution: nn.Conv2d | MatrixConv2d) -> Tensor:
    """The filters of a convolution, (F, C, k, k), as cross-correlation has them."""
    kernels = convolution.kernels() if isinstance(convolution, MatrixConv2d) else convolution.weight
    return kernels.detach()


def patch_side(convolution: nn.Conv2d | MatrixConv2d | None) -> int | None:
    """The side of the patches that a convolution cuts a picture into, in pixels; None where its places overlap."""
    if not isinstance(convolution, nn.Conv2d):
        return None
    (height, width), (down, right) = convolution.kernel_size, convolution.stride
    return height if height == width == down == right else None


def principal_components(filters: Tensor, most: int) -> tuple[Tensor, Tensor]:
    """The directions in which filters vary most: the principal components of filters (F, C, k, k).

    As figure 7, left, of Dosovitskiy et al., "An Image is Worth 16x16 Words", 2020 (arXiv 2010.11929), shows those of
    the patch embedding. Filters are the examples, their weights the variables, and their mean is taken away.

    Args:
        filters: (F, C, k, k).
        most: How many components are wanted.

    Returns:
        The first components (n, C, k, k), each of length 1 with its largest weight positive, and the share of the
        variance of each, (n,), which falls; 0 where filters do not vary.
    """
    rows = filters.flatten(1).double()  # (F, C * k * k)
    _, singular, directions = torch.linalg.svd(rows - rows.mean(dim=0), full_matrices=False)
    largest = directions.gather(1, directions.abs().argmax(dim=1, keepdim=True))  # (n, 1)
    components = (directions * torch.where(largest < 0, -1.0, 1.0))[:most]
    variance = singular.square()
    shares = (variance / variance.sum().clamp(min=1e-30))[:most]
    return components.float().view(-1, *filters.shape[1:]), shares.float()
