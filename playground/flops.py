"""How much arithmetic a computation takes, as torch counts it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode, sdpa_flop_count


def _attention(q: torch.Size, k: torch.Size, v: torch.Size, *_: Any, **__: Any) -> int:
    return sdpa_flop_count(q, k, v)


ON_CPU = {torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: _attention}
"""Attention on the CPU, which torch's counter leaves out."""


class _Whole:
    """Stands for torch's tracker of modules, where only the sum is asked for.

    That one hooks into all modules of the process: gradients that other threads compute meanwhile would fail.
    """

    parents = frozenset({"Global"})

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


def flops(computation: Callable[[], object]) -> int:
    """Floating-point operations of the matrix products, convolutions and attentions of `computation`, which is called.

    A multiplication and the addition that follows it are two. All else, such as norms, is by custom not counted.
    Many may count at once, and what other threads compute meanwhile is neither counted nor touched.
    """
    counter = FlopCounterMode(display=False, custom_mapping=ON_CPU)
    counter.mod_tracker = _Whole()  # type: ignore[assignment]  # all that the counter asks of a tracker
    with counter:
        computation()
    return counter.get_total_flops()


@lru_cache(maxsize=256)
def of_one_image(recipe: Any, spec: Any) -> int:
    """Those of the forward pass of one image of `spec` through the network of a `Recipe`.

    Counted on shapes alone, so that no weights are drawn.
    """
    with torch.device("meta"), torch.no_grad():
        network = recipe.network(spec).eval()
        image = torch.zeros(1, spec.channels, spec.size, spec.size)
        return flops(lambda: network(image))
