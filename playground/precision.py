"""What is computed in float32 wherever matrices are multiplied in fewer bits: logits, losses, and what is compared."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import torch
from torch import Tensor
from torch.nn import functional as F

P = ParamSpec("P")
R = TypeVar("R")


def full_precision(function: Callable[P, R]) -> Callable[P, R]:
    """Takes a function of tensors out of autocast: tensors of fewer bits than float32 come in as float32."""

    @wraps(function)
    def computed(*args: Any, **options: Any) -> R:
        with torch.autocast(next(arg.device.type for arg in args if isinstance(arg, Tensor)), enabled=False):
            return function(*map(widened, args), **{name: widened(value) for name, value in options.items()})

    return computed


def widened(value: Any) -> Any:
    """A tensor of fewer bits than float32 as float32, and anything else as it is."""
    return value.float() if isinstance(value, Tensor) and value.dtype in (torch.bfloat16, torch.float16) else value


def scaled_dot_product_attention(q: Tensor, k: Tensor, v: Tensor, **options: Any) -> Tensor:
    """PyTorch's softmax(q k^T / sqrt(d)) v, on a processor always in float32.

    The backward pass of its kernel for processors takes two to eight times as long in bfloat16 there.

    Args:
        q: Queries (..., T, d).
        k: Keys (..., S, d).
        v: Values (..., S, d).
        options: Of `torch.nn.functional.scaled_dot_product_attention`.
    """
    function = F.scaled_dot_product_attention
    return (full_precision(function) if q.device.type == "cpu" else function)(q, k, v, **options)
