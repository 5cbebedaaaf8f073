"""A small classifier that is three times the same cell, each time on a grid of half the side with twice the channels.

After the macro skeleton of Dong & Yang, "NAS-Bench-201", 2020 (arXiv 2001.00326), figure 1, with one cell a stage in
place of five, one convolution in place of two between stages, and a stem that halves the grid.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.labs.frontiers.search.cells import (
    CONV1,
    CONV3,
    EDGES,
    NODES,
    NONE,
    OPERATIONS,
    POOL,
    RESIDUAL,
    SKIP,
    Cell,
    cell_at,
    index,
    pruned,
)
from playground.labs.vision.classifier import MapClassifier
from playground.layout import channels_last

STAGES = 3


class Convolution(nn.Module):
    """ReLU, convolution, batch norm: the order of the benchmark."""

    def __init__(self, before: int, channels: int, *, kernel: int, stride: int = 1, tracked: bool = True) -> None:
        """From `before` to `channels` maps; `tracked` is whether the norm remembers statistics for evaluation."""
        super().__init__()
        self.convolution = nn.Conv2d(before, channels, kernel, stride=stride, padding=kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(channels, momentum=0.2, track_running_stats=tracked)

    def forward(self, x: Tensor) -> Tensor:
        """(B, before, H, W) to (B, channels, H', W')."""
        return self.norm(self.convolution(x.relu()))


def operation(kind: int, channels: int, *, tracked: bool = True) -> nn.Module:
    """What is computed on an edge, from (B, channels, H, W) to the same shape; `kind` is none but "none"."""
    if kind == SKIP:
        return nn.Identity()
    if kind == POOL:
        return nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
    return Convolution(channels, channels, kernel={CONV1: 1, CONV3: 3}[kind], tracked=tracked)


def summed(cell: Cell, x: Tensor, on: Callable[[int, int], nn.Module]) -> Tensor:
    """What the last node of a cell adds up, zeros where nothing comes in.

    Edges that change nothing are not computed, so a cell and its `pruned` one are the same network.

    Args:
        cell: The operation of each edge.
        x: The first node, (B, C, H, W).
        on: The module of an edge, given its number and the operation that the cell has there.
    """
    nodes: list[Tensor | None] = [x, *[None] * (NODES - 1)]
    for edge, ((start, end), kind) in enumerate(zip(EDGES, pruned(cell), strict=True)):
        source = nodes[start]
        if kind == NONE or source is None:
            continue
        value, so_far = on(edge, kind)(source), nodes[end]
        nodes[end] = value if so_far is None else so_far + value
    output = nodes[-1]
    return x * 0 if output is None else output


class CellBlock(nn.Module):
    """One cell, with weights of its own."""

    def __init__(self, cell: Cell, channels: int) -> None:
        """An operation for each edge that changes something."""
        super().__init__()
        self.cell = cell
        self.edges = nn.ModuleDict(
            {str(edge): operation(kind, channels) for edge, kind in enumerate(pruned(cell)) if kind != NONE}
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to the same shape."""
        return summed(self.cell, x, lambda edge, _: self.edges[str(edge)])


class Reduction(nn.Module):
    """Half the side and twice the channels: a convolution of stride 2, beside it a mean over squares of 2 x 2."""

    def __init__(self, before: int, channels: int, *, tracked: bool) -> None:
        """From `before` to `channels` maps."""
        super().__init__()
        self.convolution = Convolution(before, channels, kernel=3, stride=2, tracked=tracked)
        self.shortcut = nn.Conv2d(before, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, before, H, W) to (B, channels, ceil(H / 2), ceil(W / 2))."""
        return self.convolution(x) + self.shortcut(F.avg_pool2d(x, 2, ceil_mode=True))


class Trunk(nn.Module):
    """Stem, three stages with a reduction between two of them, norm."""

    def __init__(self, *, channels: int, width: int, block: Callable[[int], nn.Module], tracked: bool = True) -> None:
        """Takes apart what differs.

        Args:
            channels: Of the images.
            width: Channels of the first stage; each further stage has twice as many.
            block: Builds the block of a stage, given its channels.
            tracked: Whether norms remember statistics for evaluation.
        """
        super().__init__()
        widths = [width * 2**stage for stage in range(STAGES)]
        self.stem = nn.Sequential(
            nn.Conv2d(channels, width, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(width, momentum=0.2, track_running_stats=tracked),
        )
        self.stages = nn.ModuleList(block(channels) for channels in widths)
        self.reductions = nn.ModuleList(Reduction(c, 2 * c, tracked=tracked) for c in widths[:-1])
        self.norm = nn.BatchNorm2d(widths[-1], momentum=0.2, track_running_stats=tracked)
        self.num_features = widths[-1]

    def forward(self, images: Tensor, *cell: Cell) -> Tensor:
        """Images (B, C, H, W) to (B, 4 width, h, w), an eighth of the side; blocks are given the `cell`, if any is."""
        x = self.stem(images)  # (B, width, H / 2, W / 2)
        for number, stage in enumerate(self.stages):
            x = stage(self.reductions[number - 1](x) if number else x, *cell)  # twice the channels, half the side
        return self.norm(x).relu()


class CellNetwork(MapClassifier):
    """The network of one cell."""

    def __init__(self, *, cell: Cell, channels: int, classes: int, width: int) -> None:
        """Images of `channels`; `width` channels in the first stage."""
        super().__init__()
        self.cell, self.width = cell, width
        self.trunk = Trunk(channels=channels, width=width, block=lambda channels: CellBlock(cell, channels))
        self.add_head(self.trunk.num_features, classes)
        channels_last(self)

    def maps(self, images: Tensor) -> Tensor:
        """What the cells make of images, (B, 4 width, h, w)."""
        return self.trunk(images)


class InSpace(nn.Module):
    """What knows how good many cells are.

    Attributes:
        width: Channels of the first stage, of all cells' networks.
    """

    width: int


class Searched(InSpace, CellNetwork):
    """The network of the best cell that a search has found so far, and what was tried on the way.

    Attributes:
        cells: (n,), int64, the cells that were trained, in their order, by the `index` of their canonical names.
        accuracy: (n,), of each on the pictures held out.
        losses: (n,), likewise.
        parents: (n,), int64, the place in `cells` of the one that it was mutated from; -1 of one drawn at random.
        latency: (STAGES * OPERATIONS,), microseconds a picture of each operation in each stage, as measured when the
            search began; zeros where it does not look at them.
    """

    cells: Tensor
    accuracy: Tensor
    losses: Tensor
    parents: Tensor
    latency: Tensor

    def __init__(self, *, cell: Cell = RESIDUAL, tried: int = 0, **skeleton: int) -> None:
        """Room for `tried` cells; as long as there is none, it is the residual cell's, untrained."""
        super().__init__(cell=cell, **skeleton)
        self.register_buffer("cells", torch.full((tried,), index(RESIDUAL)))
        self.register_buffer("accuracy", torch.zeros(tried))
        self.register_buffer("losses", torch.zeros(tried))
        self.register_buffer("parents", torch.full((tried,), -1))
        self.register_buffer("latency", torch.zeros(STAGES * len(OPERATIONS)))

    @property
    def tried(self) -> list[Cell]:
        """The cells that were trained, in their order."""
        return [cell_at(number) for number in self.cells.tolist()]

    @property
    def kept(self) -> int | None:
        """The place of its own cell among those tried; none before the first one."""
        places = (self.cells == index(self.cell)).nonzero()[:, 0].tolist()
        return places[0] if places else None

    def add(self, cell: Cell, *, parent: int, accuracy: float, loss: float) -> None:
        """One more was tried."""
        for name, value in {"cells": index(cell), "accuracy": accuracy, "losses": loss, "parents": parent}.items():
            column = getattr(self, name)
            setattr(self, name, torch.cat([column, column.new_tensor([value])]))

    def history(self) -> dict[str, Tensor]:
        """The buffers by name."""
        return {name: value for name, value in self.named_buffers() if "." not in name}
