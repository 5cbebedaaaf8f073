"""How much arithmetic a computation takes, as torch counts it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode, sdpa_flop_count


def _attention(q: torch.Size, k: torch.Size, v: torch.Size, *_: Any, **__: Any) -> int:
    return sdpa_flop_count(q, k, v)


ON_CPU = {torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: _attention}
"""Attention on the CPU, which torch's counter leaves out."""


def flops(computation: Callable[[], object]) -> int:
    """Floating-point operations of the matrix products, convolutions and attentions of `computation`, which is called.

    A multiplication and the addition that follows it are two. All else, such as norms, is by custom not counted.
    """
    with FlopCounterMode(display=False, custom_mapping=ON_CPU) as counter:
        computation()
    return counter.get_total_flops()
