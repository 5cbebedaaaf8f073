"""What labs share where their networks are small and their data points of the plane."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def perceptron(*sizes: int) -> nn.Sequential:
    """Linear layers from each size to the next with SiLUs between; weights after He et al., 2015, biases zero."""
    layers: list[nn.Module] = []
    for below, above in zip(sizes, sizes[1:], strict=False):
        linear = nn.Linear(below, above)
        nn.init.kaiming_uniform_(linear.weight, nonlinearity="relu")
        nn.init.zeros_(linear.bias)
        layers += [linear, nn.SiLU()]
    return nn.Sequential(*layers[:-1])


def lattice(side: int, extent: float) -> Tensor:
    """The middles of `side` x `side` cells of the square from -extent to extent, (side^2, 2), the lowest row first."""
    middles = ((torch.arange(side) + 0.5) / side * 2 - 1) * extent
    return torch.cartesian_prod(middles, middles).flip(1)
