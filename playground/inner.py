"""Which units of a network nobody sees but the one layer behind them: those can be left out without touching the rest.

Hidden units of a perceptron are such, and channels between two convolutions of a block; what is added to a shortcut is
not, as all blocks behind it read it too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol, runtime_checkable

from torch import Tensor, nn


@runtime_checkable
class KernelMatrix(Protocol):
    """A convolution whose kernels are the rows of a matrix, in which the `inputs` channels lie innermost."""

    inputs: int
    weight: Tensor

    def kernels(self) -> Tensor:
        """The same weights as (out, in, k, k)."""
        ...


Layer = nn.Linear | nn.Conv2d | KernelMatrix
"""A layer whose weights have a row for each unit that it gives and columns for each that it reads."""
APART = (
    nn.ReLU,
    nn.GELU,
    nn.SiLU,
    nn.Tanh,
    nn.Identity,
    nn.Dropout,
    nn.MaxPool2d,
    nn.AvgPool2d,
    nn.Flatten,
)
"""What treats every unit alone, and has no weights."""


class Inner(NamedTuple):
    """Units between two layers, by the names of the modules.

    Attributes:
        gives: The layer whose rows they are.
        reads: The layer that alone reads them; where maps are flattened, several columns in a row are of one unit.
        between: Batch norms and convolutions of every channel alone, which they pass on the way.
    """

    gives: str
    reads: str
    between: tuple[str, ...] = ()


@runtime_checkable
class HasInner(Protocol):
    """A module that knows which of its units are nobody else's."""

    def inner(self) -> list[Inner]:
        """Those units, in the order of its layers, named from the module on."""
        ...


def chained(module: nn.Module, *names: str) -> list[Inner]:
    """Units between the layers of a chain, in which each module reads nothing but what the one before gives.

    Args:
        module: The owner of the chain.
        names: The modules of the chain, in their order; of a `nn.Sequential` they are its parts. Where one mixes units,
            or is no known layer, nothing is said of the units before it.
    """
    found: list[Inner] = []
    gives, between = "", []
    for name, link in _links(module, names):
        if isinstance(link, nn.BatchNorm2d) or _each_channel_alone(link):
            between.append(name)
        elif isinstance(link, Layer):
            if gives and _groups(link) == 1:
                found.append(Inner(gives, name, tuple(between)))
            gives, between = (name if _groups(link) == 1 else ""), []
        elif not isinstance(link, APART):
            gives, between = "", []
    return found


def _links(module: nn.Module, names: tuple[str, ...]) -> Iterator[tuple[str, nn.Module]]:
    for name in names:
        link = module.get_submodule(name)
        if isinstance(link, nn.Sequential):
            yield from ((f"{name}.{part}", one) for part, one in _links(link, tuple(link._modules)))
        else:
            yield name, link


def _groups(link: nn.Module) -> int:
    return link.groups if isinstance(link, nn.Conv2d) else 1


def _each_channel_alone(link: nn.Module) -> bool:
    return isinstance(link, nn.Conv2d) and link.groups == link.in_channels == link.out_channels > 1


def inner(network: nn.Module) -> list[Inner]:
    """All units of a network that one layer alone reads, as its modules state them, with names from the network on."""
    found = []
    for path, module in network.named_modules():
        if isinstance(module, HasInner):
            prefix = f"{path}." if path else ""
            for one in module.inner():
                found.append(
                    Inner(prefix + one.gives, prefix + one.reads, tuple(prefix + name for name in one.between))
                )
    return found
