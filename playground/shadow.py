"""Networks that are shared between requests, made safe to hook into."""

from __future__ import annotations

from collections import OrderedDict
from copy import copy
from typing import Any

from torch import Tensor, nn


def shadow(module: nn.Module) -> nn.Module:
    """The same weights in module objects of its own, so that hooks on it are private; costs no memory.

    Networks are shared between requests: a hook on one of them would see what others compute.
    """
    twin = copy(module)
    hooks: dict[str, Any] = {name: OrderedDict() for name in module.__dict__ if "_hooks" in name}
    parts = {name: part and shadow(part) for name, part in module._modules.items()}
    twin.__dict__ = {**module.__dict__, **hooks, "_modules": parts}
    return twin


def replaced(module: nn.Module, **tensors: Tensor) -> nn.Module:
    """A `shadow` in which parameters or buffers of the module itself, by name, are other tensors.

    Raises:
        AttributeError: When it has no parameter or buffer of a name.
    """
    twin = shadow(module)
    missing = set(tensors)
    for kind in ("_parameters", "_buffers"):
        table = module.__dict__[kind]
        own = {name: tensor for name, tensor in tensors.items() if name in table}
        twin.__dict__[kind] = {**table, **own}  # a table of its own: the shadow shares the module's
        missing -= set(own)
    if missing:
        raise AttributeError(f"{type(module).__name__} has no parameter or buffer “{min(missing)}”")
    return twin
