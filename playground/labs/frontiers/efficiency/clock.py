"""How long compressed networks take on this machine, measured: the processor decides what a saving is worth.

Zeros are multiplied like other numbers, as is seen. Rounded weights are computed with as float32, like those of the
whole network, so that bits are not measured one by one. Arithmetic in int8 is left out: what torch has for it on the
CPU (`torch.ao.quantization.quantize_dynamic`) is no faster for networks as small as these, since whatever goes into a
layer has to be rounded first; see BENCHMARKS.md.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from threading import Lock

import torch
from torch import Generator, Tensor, nn

from playground.cache import ByteCache
from playground.data import ImageSpec
from playground.labs.frontiers.efficiency.compress import FLOAT, Compression, compressed
from playground.timing import fastest, ratio

TURNS, FEWER = 25, 15
"""How often networks are called with one picture, and with several at once."""
_MEASURING = Lock()
_FOUND: ByteCache[Hashable, Tensor] = ByteCache(80_000)
"""10,000 of them. Weights of the same shapes take as long, so that no snapshot is measured twice."""


def milliseconds(network: nn.Module, how: Compression, spec: ImageSpec, at_once: int) -> float:
    """The time that a compressed network takes for a picture, so many of them `at_once`.

    That is the fastest turn of the whole network, times the ratio to it: both take turns. Measured once in a process
    for all networks of the same make; who comes second is told the same.
    """
    shapes = tuple(parameter.shape for parameter in network.parameters())
    make = (repr(network), shapes, spec.channels, spec.size, at_once)
    whole = _FOUND.get(make, lambda: _whole(network, spec, at_once))
    how = how._replace(bits=FLOAT, pruned=how.pruned if how.share else "weights")
    if how == Compression():
        return float(whole)
    return float(whole * _FOUND.get((*make, how), lambda: _ratio(network, how, spec, at_once)))


def _whole(network: nn.Module, spec: ImageSpec, at_once: int) -> Tensor:
    with _MEASURING, torch.no_grad():
        taken = fastest(partial(network, _images(spec, at_once)), 2 * _turns(at_once))
    return torch.tensor(1000 * taken / at_once, dtype=torch.float64)


def _ratio(network: nn.Module, how: Compression, spec: ImageSpec, at_once: int) -> Tensor:
    images = _images(spec, at_once)
    with _MEASURING, torch.no_grad():
        small = partial(compressed(network, how), images)
        small()  # the first turn lays things out
        return torch.tensor(ratio(small, partial(network, images), _turns(at_once)), dtype=torch.float64)


def _turns(at_once: int) -> int:
    return TURNS if at_once == 1 else FEWER


def _images(spec: ImageSpec, at_once: int) -> Tensor:
    rng = Generator().manual_seed(0)
    return torch.rand(at_once, spec.channels, spec.size, spec.size, generator=rng) * 2 - 1
