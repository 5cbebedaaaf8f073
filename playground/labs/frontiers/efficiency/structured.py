"""Structured pruning: whole units are left out, so that what remains is a smaller network of the same kind.

Li et al., "Pruning Filters for Efficient ConvNets", 2016 (arXiv 1608.08710), section 3.1: of each layer the filters go
whose weights have the smallest sum of magnitudes, and with a filter its map, the batch norm of that, and what the next
layer reads of it. Hidden units of perceptrons go likewise.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from playground.inner import Inner, KernelMatrix, inner
from playground.layout import laid_as
from playground.shadow import replaced

OF_A_CHANNEL = ("weight", "bias", "running_mean", "running_var")
"""What layers have for each of the units that they give, where they have it."""


def magnitudes(network: nn.Module) -> dict[Inner, Tensor]:
    """Of units that one layer alone reads, the sum of the absolute weights that each is computed with, (units,)."""
    return {
        units: network.get_submodule(units.gives).get_parameter("weight").flatten(1).abs().sum(dim=1)
        for units in inner(network)
    }


def strongest(network: nn.Module, share: float) -> dict[Inner, Tensor]:
    """The units that stay when a `share` of each layer's goes, those of the smallest magnitudes: indices that rise.

    One unit of each layer stays in any case.
    """
    kept = {}
    for units, sizes in magnitudes(network).items():
        gone = min(int(share * len(sizes)), len(sizes) - 1)
        kept[units] = sizes.argsort(stable=True)[gone:].sort().values
    return kept


def sliced(network: nn.Module, kept: Mapping[Inner, Tensor]) -> nn.Module:
    """A smaller network that has only the units of the indices `kept`; the network itself stays as it is.

    Its logits are those of the network when the other units are zero where they are read.
    """
    tensors: dict[str, Tensor] = {}
    sizes: dict[str, dict[str, int]] = {}

    def now(layer: str, name: str) -> Tensor | None:
        found = tensors.get(f"{layer}.{name}", getattr(network.get_submodule(layer), name, None))
        return found if isinstance(found, Tensor) else None

    def rows(layer: str, indices: Tensor) -> None:
        for name in OF_A_CHANNEL:
            tensor = now(layer, name)
            if tensor is not None:
                tensors[f"{layer}.{name}"] = laid_as(tensor, tensor[indices])

    for units, indices in kept.items():
        module = network.get_submodule(units.reads)
        weight = now(units.reads, "weight")
        assert weight is not None
        count = len(network.get_submodule(units.gives).get_parameter("weight"))
        tensors[f"{units.reads}.weight"] = laid_as(weight, columns(module, weight, count, indices))
        for layer in (units.gives, *units.between):
            rows(layer, indices)
            sizes.setdefault(layer, {}).update(_given(network.get_submodule(layer), len(indices)))
        sizes.setdefault(units.reads, {}).update(_read(module, count, len(indices)))
    small = replaced(network, tensors)
    for layer, named in sizes.items():
        for name, size in named.items():
            setattr(small.get_submodule(layer), name, size)
    return small


def columns(layer: nn.Module, weight: Tensor, count: int, indices: Tensor) -> Tensor:
    """Of the weights of a layer that reads `count` units, what it reads of those of the indices."""
    if isinstance(layer, nn.Conv2d):
        return weight[:, indices]
    if isinstance(layer, KernelMatrix):
        return weight.unflatten(1, (-1, count))[:, :, indices].flatten(1)
    return weight.unflatten(1, (count, -1))[:, indices].flatten(1)  # (out, units * places)


def _given(layer: nn.Module, count: int) -> dict[str, int]:
    """The attributes of a layer that say how many units it gives, when it gives `count`."""
    match layer:
        case nn.BatchNorm2d():
            return {"num_features": count}
        case nn.Linear():
            return {"out_features": count}
        case nn.Conv2d(groups=groups) if groups > 1:
            return {"in_channels": count, "out_channels": count, "groups": count}
        case nn.Conv2d():
            return {"out_channels": count}
    return {}


def _read(layer: nn.Module, before: int, count: int) -> dict[str, int]:
    """Likewise how many it reads, `count` where it was `before`."""
    match layer:
        case nn.Linear(in_features=features):
            return {"in_features": features // before * count}
        case nn.Conv2d():
            return {"in_channels": count}
    return {"inputs": count}


def without(network: nn.Module, share: float) -> nn.Module:
    """The network without a `share` of the units of each layer, those of the smallest magnitudes."""
    return sliced(network, strongest(network, share))
