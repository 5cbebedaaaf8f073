"""Fewer weights, and fewer bits for each: a trained classifier made smaller without any further training.

Magnitude pruning: Han et al., "Learning both Weights and Connections for Efficient Neural Networks", 2015 (arXiv
1506.02626), section 3, over all layers at once. Structured pruning: see `structured.py`. Rounding: see
`playground.integers`. Token merging: see `playground.labs.vision.merging`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from playground.inner import Layer
from playground.integers import beside, rows_as_integers
from playground.labs.frontiers.efficiency.structured import without
from playground.labs.vision.merging import TokenMerging
from playground.labs.vision.vit import VisionTransformer
from playground.layout import laid_as
from playground.shadow import replaced

FLOAT = 32
"""Bits of a weight that is not rounded."""
Pruned = Literal["weights", "units"]
"""What is pruned: single weights, which become zero, or whole units, which are left out."""


class Compression(NamedTuple):
    """How a network is compressed.

    Attributes:
        pruned: What goes.
        share: Of all weights, or of the units of each layer.
        bits: Of each weight that is left.
        merge: How many patches go into others in each block, where the tokens of a network can be merged.
    """

    pruned: Pruned = "weights"
    share: float = 0.0
    bits: int = FLOAT
    merge: int = 0

    @property
    def zeros(self) -> float:
        """The share of the weights that become zero; where units go, there are none."""
        return self.share if self.pruned == "weights" else 0.0


def matrices(network: nn.Module) -> dict[str, Tensor]:
    """The weights of all linear and convolutional layers by name; all else is small and stays as it is."""
    return {f"{name}.weight": module.weight for name, module in network.named_modules() if isinstance(module, Layer)}


def largest(weights: Mapping[str, Tensor], share: float) -> dict[str, Tensor]:
    """Masks of the weights, bool: all but a `share` of them, those of the smallest magnitudes wherever they are."""
    sizes = torch.cat([weight.flatten() for weight in weights.values()]).abs()  # (n,)
    kept = torch.ones_like(sizes, dtype=torch.bool)
    kept[sizes.argsort(stable=True)[: int(share * len(sizes))]] = False
    masks = kept.split([weight.numel() for weight in weights.values()])
    return {name: mask.view_as(weight) for (name, weight), mask in zip(weights.items(), masks, strict=True)}


def pruned(weights: Mapping[str, Tensor], share: float) -> dict[str, Tensor]:
    """The weights, with zeros in place of all but the `largest`."""
    return {name: weights[name] * mask for name, mask in largest(weights, share).items()}


def rounded(weight: Tensor, bits: int) -> Tensor:
    """A weight (rows, ...) as `bits` a number can hold it, with a scale a row; float32 where these are 32."""
    if bits == FLOAT:
        return weight
    levels, scale = rows_as_integers(weight, 2 ** (bits - 1) - 1)
    return levels * beside(weight, scale)


def fewer(network: nn.Module, how: Compression) -> nn.Module:
    """The network without the units that go; itself where single weights do, which stay as zeros."""
    return without(network, how.share) if how.pruned == "units" else network


def lighter(network: nn.Module, how: Compression) -> nn.Module:
    """The network, pruned and then rounded; itself it stays as it is."""
    small = fewer(network, how)
    weights = matrices(small)
    left = pruned(weights, how.zeros)
    return replaced(small, {name: laid_as(weights[name], rounded(weight, how.bits)) for name, weight in left.items()})


def compressed(network: nn.Module, how: Compression) -> nn.Module:
    """What gives the logits of the `lighter` network, its tokens merged."""
    small = lighter(network, how)
    if how.merge and isinstance(small, VisionTransformer) and TokenMerging.most(small):
        return TokenMerging(small, how.merge)
    return small


def size(network: nn.Module, how: Compression) -> int:
    """How many bytes the parameters of a network that is compressed so take.

    Of a matrix with zeros one bit a weight says whether it is there. A rounded row has a scale of 32 bits.
    """
    small, total = fewer(network, how), 0
    weights = matrices(small)
    for name, parameter in small.named_parameters():
        if name not in weights:
            total += FLOAT * parameter.numel()
        else:
            total += len(parameter) * FLOAT if how.bits < FLOAT else 0
            total += parameter.numel() if how.zeros else 0
    count = sum(weight.numel() for weight in weights.values())
    return (total + (count - int(how.zeros * count)) * how.bits + 7) // 8
