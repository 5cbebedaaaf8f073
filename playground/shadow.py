"""Networks that are shared between requests, made safe to hook into."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
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


def replaced(module: nn.Module, tensors: Mapping[str, Tensor]) -> nn.Module:
    """A `shadow` in which parameters or buffers, by their names in the module, are other tensors.

    Raises:
        AttributeError: When it has no parameter or buffer of a name.
    """
    twin = shadow(module)
    for name, tensor in tensors.items():
        path, _, last = name.rpartition(".")
        owner = twin.get_submodule(path)
        kind = next((kind for kind in ("_parameters", "_buffers") if last in owner.__dict__[kind]), None)
        if kind is None:
            raise AttributeError(f"{type(module).__name__} has no parameter or buffer “{name}”")
        owner.__dict__[kind] = {**owner.__dict__[kind], last: tensor}  # the shadow shares the module's table
    return twin
