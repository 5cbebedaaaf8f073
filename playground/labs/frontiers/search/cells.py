"""A space of cells that is small enough to be enumerated, and which of them are one and the same network.

Dong & Yang, "NAS-Bench-201: Extending the Scope of Reproducible Neural Architecture Search", 2020 (arXiv 2001.00326),
section 2.1: four nodes, an operation on each of the six edges from an earlier node to a later one, and every node is
the sum of what comes in. Node 0 is the input, node 3 the output. Five operations make 5^6 = 15,625 cells.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from itertools import groupby, permutations, product
from typing import Any, NamedTuple

from torch import Generator, randint

OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
"""As the benchmark's notation calls them."""
NONE, SKIP, CONV1, CONV3, POOL = range(5)
EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
"""From which node to which, in the order of the notation."""
INPUT, OUTPUT, NODES = 0, 3, 4
SIZE = len(OPERATIONS) ** len(EDGES)

Cell = tuple[int, ...]
"""The operation on each of the `EDGES`."""

RESIDUAL: Cell = (CONV3, NONE, CONV3, SKIP, NONE, SKIP)
"""The residual block, designed by hand: two convolutions in a row, and the input added to what comes out (He et al.,
"Deep Residual Learning for Image Recognition", 2016, figure 2)."""


def notation(cell: Cell) -> str:
    """A cell in the benchmark's words, node by node what comes in from where: `|nor_conv_3x3~0|+|none~0|...`."""
    nodes = [
        "".join(f"|{OPERATIONS[cell[i]]}~{start}" for i, (start, end) in enumerate(EDGES) if end == node)
        for node in range(1, NODES)
    ]
    return "+".join(f"{node}|" for node in nodes)


def parsed(text: str) -> Cell:
    """The cell that a `notation` means.

    Raises:
        ValueError: In words for a person.
    """
    found = re.findall(r"\|(\w+)~(\d)", text)
    cell = tuple(OPERATIONS.index(name) for name, _ in found if name in OPERATIONS)
    if len(cell) != len(EDGES) or notation(cell) != text.strip():
        raise ValueError(f"a cell is written as {notation(RESIDUAL)}, with {', '.join(OPERATIONS)}")
    return cell


def index(cell: Cell) -> int:
    """Its number from 0 to `SIZE` - 1: the operations are the digits, the first edge's the lowest."""
    return sum(operation * len(OPERATIONS) ** place for place, operation in enumerate(cell))


def cell_at(number: int) -> Cell:
    """The cell of a number, see `index`."""
    return tuple(number // len(OPERATIONS) ** place % len(OPERATIONS) for place in range(len(EDGES)))


def pruned(cell: Cell) -> Cell:
    """The cell without the edges that lead from nowhere or to nowhere: what they compute is zero, or not looked at."""
    fed, needed = {INPUT}, {OUTPUT}
    for (start, end), operation in zip(EDGES, cell, strict=True):
        if operation and start in fed:
            fed.add(end)
    for (start, end), operation in sorted(zip(EDGES, cell, strict=True), reverse=True):
        if operation and end in needed:
            needed.add(start)
    return tuple(
        operation if start in fed and end in needed else NONE
        for (start, end), operation in zip(EDGES, cell, strict=True)
    )


class _Layer(NamedTuple):
    """A convolution or pooling in a cell: its operation, and how often each value is added up in its input.

    Values are counted by number: -1 is the cell's input, others are earlier layers.
    """

    operation: int
    summed: tuple[tuple[int, int], ...]


def _layers(cell: Cell) -> tuple[list[_Layer], tuple[tuple[int, int], ...]]:
    """The layers of a cell, and what its output adds up; skips are no layers, and equal poolings are one."""
    layers: list[_Layer] = []
    values: list[Counter[int]] = [Counter({-1: 1}), *(Counter() for _ in range(NODES - 1))]
    for (start, end), operation in zip(EDGES, pruned(cell), strict=True):
        if operation == SKIP:
            values[end].update(values[start])
        elif operation:
            layer = _Layer(operation, tuple(sorted(values[start].items())))
            if operation != POOL or layer not in layers:
                layers.append(layer)
            values[end][len(layers) - 1 if operation != POOL else layers.index(layer)] += 1
    return layers, tuple(sorted(values[OUTPUT].items()))


def signature(cell: Cell) -> Any:
    """Equal for two cells exactly if they are the same graph of layers, whatever their nodes are called.

    Layers are first sorted by what they compute, written out as an expression; those with equal expressions, which may
    still differ in who uses them, are tried in every order, and the smallest description counts.
    """
    layers, output = _layers(cell)
    written: dict[int, Any] = {-1: ()}
    for number, (operation, summed) in enumerate(layers):
        written[number] = (operation, tuple(sorted((written[value], times) for value, times in summed)))
    ranked = sorted(range(len(layers)), key=lambda number: repr(written[number]))
    ties = [list(group) for _, group in groupby(ranked, key=lambda number: repr(written[number]))]
    descriptions = []
    for orders in product(*map(permutations, ties)):
        order = [number for tie in orders for number in tie]
        place = {-1: -1} | {number: rank for rank, number in enumerate(order)}
        sums = [layers[number].summed for number in order] + [output]
        moved = [tuple(sorted((place[value], times) for value, times in summed)) for summed in sums]
        descriptions.append((tuple(layers[number].operation for number in order), tuple(moved)))
    return min(descriptions)


@cache
def names() -> tuple[int, ...]:
    """Of every cell, by its number, the lowest number of a cell that is the same network: its canonical name."""
    first: dict[Any, int] = {}
    return tuple(first.setdefault(signature(cell_at(number)), number) for number in range(SIZE))


def canonical(cell: Cell) -> Cell:
    """The cell that stands for all that are the same network."""
    return cell_at(names()[index(cell)])


def drawn(rng: Generator) -> Cell:
    """A cell whose operations are drawn at random, each as likely as the others."""
    return tuple(randint(len(OPERATIONS), (len(EDGES),), generator=rng, device=rng.device).tolist())


def mutated(cell: Cell, rng: Generator) -> Cell:
    """A cell with the operation of one edge replaced by another one (Real et al., 2019, section 3.2)."""
    edge = int(randint(len(EDGES), (), generator=rng, device=rng.device))
    by = int(randint(1, len(OPERATIONS), (), generator=rng, device=rng.device))
    return (*cell[:edge], (cell[edge] + by) % len(OPERATIONS), *cell[edge + 1 :])
