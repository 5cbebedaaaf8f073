"""Networks that are shared between requests, made safe to hook into."""

from __future__ import annotations

from collections import OrderedDict
from copy import copy
from typing import Any

from torch import nn


def shadow(module: nn.Module) -> nn.Module:
    """The same weights in module objects of its own, so that hooks on it are private; costs no memory.

    Networks are shared between requests: a hook on one of them would see what others compute.
    """
    twin = copy(module)
    hooks: dict[str, Any] = {name: OrderedDict() for name in module.__dict__ if "_hooks" in name}
    parts = {name: part and shadow(part) for name, part in module._modules.items()}
    twin.__dict__ = {**module.__dict__, **hooks, "_modules": parts}
    return twin
