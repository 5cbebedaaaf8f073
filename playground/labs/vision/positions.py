"""The position codes of a Vision Transformer: read, taken away, and compared with each other."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.shadow import replaced, shadow


def position_codes(network: nn.Module) -> Tensor | None:
    """What is added to each patch for its place, (P, width), row by row; None where nothing is.

    They may be a parameter, learned, or a buffer, as fixed codes are. That of a class token, which comes first and has
    no place, is left out.
    """
    positions, grid = getattr(network, "positions", None), getattr(network, "grid", 0)
    if not isinstance(positions, Tensor) or not grid:
        return None
    return positions.detach()[0, -(grid**2) :]


def learned(network: nn.Module) -> bool:
    """Whether the position codes are trained with the network."""
    return "positions" in dict(network.named_parameters(recurse=False))


def tells_places(network: nn.Module) -> bool:
    """Whether there are codes to take away: such as are added to patches, or rotary ones."""
    return position_codes(network) is not None or bool(getattr(network, "rotary", 0))


def without_places(network: nn.Module) -> nn.Module:
    """The same network with all position codes at their mean, and no rotary ones, so that it cannot tell places apart.

    The network itself is not changed. One without position codes is returned as it is.
    """
    if getattr(network, "rotary", 0):
        own: Any = shadow(network)
        own.rotary = 0
        return own
    codes = position_codes(network)
    if codes is None:
        return network
    positions = network.positions.detach().clone()  # type: ignore[operator]  # a tensor, as it has codes
    positions[:, -len(codes) :] = codes.mean(dim=0)
    return replaced(network, {"positions": positions})


def similarity(codes: Tensor) -> Tensor:
    """How alike codes (P, width) are: the cosine of each with all, (P, P), from -1 to 1."""
    unit = F.normalize(codes, dim=1)
    return (unit @ unit.T).clamp(-1, 1)


def neighbors_similarity(codes: Tensor) -> float:
    """The mean cosine of the codes (grid * grid, width) of patches that share a side; NaN where there is one patch."""
    grid = round(len(codes) ** 0.5)
    table = F.normalize(codes, dim=1).unflatten(0, (grid, grid))  # (grid, grid, width)
    across = (table[:, 1:] * table[:, :-1]).sum(dim=2).flatten()  # (grid * (grid - 1),)
    down = (table[1:] * table[:-1]).sum(dim=2).flatten()  # (grid * (grid - 1),)
    return float(torch.cat([across, down]).mean())
