"""Zero-cost proxies: scores of an untrained network that shall tell how good it will be once it is trained.

Abdelfattah et al., "Zero-Cost Proxies for Lightweight NAS", 2021 (arXiv 2101.08134), section 3.3, compare them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.data import ImageSpec, Split, unit
from playground.flops import flops
from playground.labs.frontiers.search.cells import Cell, canonical, index
from playground.labs.frontiers.search.network import CellNetwork, Convolution
from playground.randomness import ambient, mixed

IMAGES = 32
"""How many pictures scores look at."""


@dataclass(frozen=True)
class Examples:
    """What scores look at; two of the same pictures are equal."""

    mark: bytes
    images: Tensor = field(compare=False)
    labels: Tensor = field(compare=False)

    @classmethod
    def of(cls, split: Split) -> Self:
        """The first `IMAGES` examples: (N, C, H, W) in [-1, 1], and their labels (N,)."""
        images, labels = split["images"][:IMAGES], split["labels"][:IMAGES]
        mark = blake2b(images.numpy().tobytes() + labels.numpy().tobytes()).digest()
        return cls(mark, unit(images), labels)


def synflow(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Log of the sum of |theta dR/dtheta|, where R is the sum of all outputs for ones, with |theta| in place of theta.

    Tanaka et al., "Pruning neural networks without any data by iteratively conserving synaptic flow", 2020 (arXiv
    2006.05467), equation 1. In evaluation mode the norms of an untrained network change nothing, and with positive
    weights no ReLU does. Of the images only the shape counts.
    """
    weights = {name: value.detach().abs().requires_grad_() for name, value in network.named_parameters()}
    network.eval()
    total = torch.func.functional_call(network, weights, (torch.ones_like(images[:1]),)).sum()
    gradients = torch.autograd.grad(total, list(weights.values()), allow_unused=True)
    pairs = zip(weights.values(), gradients, strict=True)
    flow = sum(float((value * slope).sum().detach()) for value, slope in pairs if slope is not None)
    return math.log(max(flow, 1e-30))


def naswot(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Log |det K|, where K_ij is at how many ReLUs images i and j are both let through, or both not.

    Mellor et al., "Neural Architecture Search without Training", 2021 (arXiv 2006.04647), equation 2: the less alike
    the linear maps of two pictures are, the easier they are told apart.
    """
    agree = torch.zeros(len(images), len(images), dtype=torch.double)

    def look(x: Tensor) -> None:
        open_ = (x > 0).flatten(1).double()  # (N, units)
        agree.add_(open_ @ open_.T + (1 - open_) @ (1 - open_).T)

    hooks = [
        module.register_forward_pre_hook(lambda _, inputs: look(inputs[0]))
        for module in network.modules()
        if isinstance(module, Convolution)
    ]
    network.train()
    with torch.no_grad():
        look(network.trunk(images))  # type: ignore[operator]  # its output comes out of the last ReLU
    for hook in hooks:
        hook.remove()
    return float(torch.linalg.slogdet(agree).logabsdet)


def gradients(network: nn.Module, images: Tensor, labels: Tensor) -> list[tuple[Tensor, Tensor]]:
    """All kernels and matrices of a network, with the gradient of the cross entropy by each."""
    weights = [value for value in network.parameters() if value.ndim > 1]
    network.train()
    loss = F.cross_entropy(network(images), labels)
    found = torch.autograd.grad(loss, weights, allow_unused=True)
    return [(value, slope) for value, slope in zip(weights, found, strict=True) if slope is not None]


def grad_norm(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Sum over layers of the Euclidean norm of the gradient of the loss (Abdelfattah et al., section 3.3)."""
    return sum(float(slope.norm()) for _, slope in gradients(network, images, labels))


def snip(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Sum of |theta dL/dtheta| (Lee et al., "SNIP", 2019, arXiv 1810.02340, equation 4)."""
    return sum(float((value * slope).detach().abs().sum()) for value, slope in gradients(network, images, labels))


PROXIES: Mapping[str, tuple[str, Callable[[nn.Module, Tensor, Tensor], float]]] = {
    "synflow": ("Synflow", synflow),
    "naswot": ("NASWOT", naswot),
    "grad_norm": ("Gradient norm", grad_norm),
    "snip": ("SNIP", snip),
}
"""What people call each, and what computes it of a network, images (N, C, H, W) and labels (N,)."""


@lru_cache(maxsize=4096)
def score(name: str, cell: Cell, spec: ImageSpec, width: int, examples: Examples) -> float:
    """A proxy of a cell; its weights, those of the last layer too, are drawn once and for all."""
    with ambient(mixed("proxies", index(canonical(cell))), torch.device("cpu")), torch.enable_grad():
        network = CellNetwork(cell=canonical(cell), channels=spec.channels, classes=len(spec.classes), width=width)
        network.head.reset_parameters()  # type: ignore[operator]
        return PROXIES[name][1](network, examples.images, examples.labels)


@lru_cache(maxsize=16_384)
def size(cell: Cell, spec: ImageSpec, width: int) -> tuple[int, int]:
    """The parameters of a cell's network, and the floating-point operations of one picture."""
    with torch.device("meta"), torch.no_grad():
        network = CellNetwork(cell=cell, channels=spec.channels, classes=len(spec.classes), width=width).eval()
        image = torch.zeros(1, spec.channels, spec.size, spec.size)
        return sum(value.numel() for value in network.parameters()), flops(lambda: network(image))
