"""Fewer weights, and fewer bits for each: a trained classifier made smaller without any further training.

Magnitude pruning: Han et al., "Learning both Weights and Connections for Efficient Neural Networks", 2015 (arXiv
1506.02626), section 3, over all layers at once. Rounding: see `playground.integers`.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from playground.integers import beside, rows_as_integers
from playground.shadow import replaced

FLOAT = 32
"""Bits of a weight that is not rounded."""


def matrices(network: nn.Module) -> dict[str, Tensor]:
    """The weights of all linear and convolutional layers by name; all else is small and stays as it is."""
    return {
        f"{name}.weight": module.weight
        for name, module in network.named_modules()
        if isinstance(module, nn.Linear | nn.Conv2d)
    }


def pruned(weights: Mapping[str, Tensor], share: float) -> dict[str, Tensor]:
    """The weights with a `share` of all of them, those of the smallest magnitudes wherever they are, set to zero."""
    sizes = torch.cat([weight.flatten() for weight in weights.values()]).abs()  # (n,)
    kept = torch.ones_like(sizes, dtype=torch.bool)
    kept[sizes.argsort(stable=True)[: int(share * len(sizes))]] = False
    masks = kept.split([weight.numel() for weight in weights.values()])
    return {name: weight * mask.view_as(weight) for (name, weight), mask in zip(weights.items(), masks, strict=True)}


def rounded(weight: Tensor, bits: int) -> Tensor:
    """A weight (rows, ...) as `bits` a number can hold it, with a scale a row; float32 where these are 32."""
    if bits == FLOAT:
        return weight
    levels, scale = rows_as_integers(weight, 2 ** (bits - 1) - 1)
    return levels * beside(weight, scale)


def compressed(network: nn.Module, *, share: float, bits: int) -> nn.Module:
    """The network with a `share` of its weights pruned and the others rounded; itself it stays as it is."""
    weights = pruned(matrices(network), share)
    return replaced(network, {name: rounded(weight, bits) for name, weight in weights.items()})


def size(network: nn.Module, *, share: float, bits: int) -> int:
    """How many bytes the parameters of a network that is compressed so take.

    Of a pruned matrix one bit a weight says whether it is there. A rounded row has a scale of 32 bits.
    """
    total = 0
    weights = matrices(network)
    for name, parameter in network.named_parameters():
        if name not in weights:
            total += FLOAT * parameter.numel()
        else:
            total += len(parameter) * FLOAT if bits < FLOAT else 0
            total += parameter.numel() if share else 0
    count = sum(weight.numel() for weight in weights.values())
    return (total + (count - int(share * count)) * bits + 7) // 8
