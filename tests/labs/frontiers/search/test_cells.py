"""The space of cells: its notation, and which cells are one and the same network."""

import random
from itertools import permutations

import pytest
import torch

from playground.labs.frontiers.search.cells import (
    CONV1,
    CONV3,
    EDGES,
    NODES,
    NONE,
    OPERATIONS,
    POOL,
    RESIDUAL,
    SIZE,
    SKIP,
    canonical,
    cell_at,
    index,
    mutated,
    names,
    notation,
    parsed,
    pruned,
    signature,
)

ALL = [cell_at(number) for number in range(SIZE)]
SOME = random.Random(0).sample(ALL, 400)


def test_every_cell_has_a_number_and_a_notation():
    assert len(set(ALL)) == SIZE == 15_625
    assert all(index(cell) == number for number, cell in enumerate(ALL))
    assert all(parsed(notation(cell)) == cell for cell in SOME)
    assert notation(RESIDUAL) == ("|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|skip_connect~2|")


HAND = notation(RESIDUAL)


@pytest.mark.parametrize(
    "text", ["", "conv", "|none~0|", HAND[1:], HAND.replace("3x3", "5x5"), HAND.replace("~1", "~0")]
)
def test_what_is_no_cell_is_refused(text):
    with pytest.raises(ValueError, match="a cell is written as"):
        parsed(text)


def test_edges_that_lead_nowhere_are_pruned():
    assert pruned((CONV3, NONE, CONV3, SKIP, NONE, NONE)) == (NONE, NONE, NONE, SKIP, NONE, NONE)
    assert pruned((NONE, NONE, CONV3, SKIP, CONV1, CONV3)) == (NONE, NONE, NONE, SKIP, NONE, NONE)
    assert pruned(RESIDUAL) == RESIDUAL and pruned((CONV3,) * 6) == (CONV3,) * 6
    assert all(pruned(pruned(cell)) == pruned(cell) for cell in SOME)


def computed(cell, order=(0, 1, 2, 3)):
    """What a cell makes of random numbers, its nodes walked through in another `order`; each operation is a function.

    All convolutions of a kind are the same function here.
    """
    rng = torch.Generator().manual_seed(0)
    matrices = torch.randn(2, 5, 5, generator=rng, dtype=torch.double)
    x = torch.randn(5, generator=rng, dtype=torch.double)
    functions = {
        SKIP: lambda v: v,
        CONV1: lambda v: torch.tanh(matrices[0] @ v),
        CONV3: lambda v: torch.tanh(matrices[1] @ v),
        POOL: lambda v: v.roll(1) / 2,
    }
    nodes = [torch.zeros(5, dtype=torch.double) for _ in range(NODES)]
    nodes[0] = x
    for node in order:
        for (start, end), operation in zip(EDGES, pruned(cell), strict=True):
            if start == node and operation:
                nodes[end] = nodes[end] + functions[operation](nodes[start])
    return nodes[3]


def test_cells_of_one_name_compute_the_same():
    for cell in SOME:
        torch.testing.assert_close(computed(cell), computed(canonical(cell)), rtol=1e-10, atol=1e-10)


def test_nodes_in_another_order_change_nothing():
    swapped = {(0, 1): (0, 2), (0, 2): (0, 1), (1, 3): (2, 3), (2, 3): (1, 3), (0, 3): (0, 3)}
    found = 0
    for cell in ALL:
        if cell[EDGES.index((1, 2))] == NONE:  # so that nodes 1 and 2 can change places
            by_edge = dict(zip(EDGES, cell, strict=True))
            other = tuple(NONE if edge == (1, 2) else by_edge[swapped[edge]] for edge in EDGES)
            assert canonical(other) == canonical(cell)
            found += other != cell
    assert found > 2000


def described(cell):
    """A cell as the layers that it has, each with the multiset of what it adds up; poolings of equal inputs are one."""
    values, layers = [(("in", 0),)] + [()] * 3, {}
    for edge, ((start, end), operation) in enumerate(zip(EDGES, pruned(cell), strict=True)):
        if operation == SKIP:
            values[end] += values[start]
        elif operation:
            key = ("pool", tuple(sorted(values[start]))) if operation == POOL else ("conv", edge)
            layers[key] = (operation, tuple(sorted(values[start])))
            values[end] += (key,)
    return layers, tuple(sorted(values[3]))


def isomorphic(one, other):
    """Whether some renaming of layers, out of all, turns one description into the other."""
    (layers, output), (others, wanted) = described(one), described(other)
    if len(layers) != len(others) or len(output) != len(wanted):
        return False

    def renamed(terms, to):
        return tuple(sorted(repr(to.get(term, term)) for term in terms))

    for order in permutations(others):
        to = dict(zip(layers, order, strict=True))
        same = (
            others[to[key]][0] == operation and renamed(summed, to) == tuple(sorted(map(repr, others[to[key]][1])))
            for key, (operation, summed) in layers.items()
        )
        if all(same) and renamed(output, to) == tuple(sorted(map(repr, wanted))):
            return True
    return False


def test_names_agree_with_trying_out_all_renamings():
    drawn = random.Random(1)
    pairs = [(drawn.choice(ALL), drawn.choice(ALL)) for _ in range(300)]
    groups = {}
    for cell in SOME:
        groups.setdefault(index(canonical(cell)), []).append(cell)
    pairs += [tuple(group[:2]) for group in groups.values() if len(group) > 1]
    # those that are alike but for who uses a convolution are told apart
    pairs.append(((CONV3, CONV3, NONE, NONE, SKIP, SKIP), (CONV3, SKIP, SKIP, NONE, SKIP, SKIP)))
    pairs.append(((CONV3, NONE, SKIP, NONE, SKIP, SKIP), (CONV3, CONV3, NONE, NONE, SKIP, SKIP)))
    verdicts = [(canonical(one) == canonical(other), isomorphic(one, other)) for one, other in pairs]
    assert all(named == found for named, found in verdicts)
    assert sum(named for named, _ in verdicts) >= 10 and sum(not named for named, _ in verdicts) > 200


def test_so_many_networks_are_different():
    assert len(set(names())) == 5260
    assert all(names()[number] <= number and names()[names()[number]] == names()[number] for number in range(SIZE))
    assert signature(RESIDUAL) != signature((CONV3, NONE, CONV3, NONE, NONE, SKIP))


def test_the_rule_of_the_paper_counts_what_the_paper_counts():
    """Expressions written out as strings, in which a sum with zeros is another one: Dong & Yang count 6,466."""

    def written(cell):
        nodes = ["0"]
        for node in range(1, NODES):
            terms = []
            for (start, end), operation in zip(EDGES, cell, strict=True):
                if end == node:
                    zero = operation == NONE or nodes[start] == "#"
                    layer = nodes[start] if operation == SKIP else f"({nodes[start]})@{OPERATIONS[operation]}"
                    terms.append("#" if zero else layer)
            nodes.append("+".join(sorted(terms)))
        return nodes[3]

    assert len({written(cell) for cell in ALL}) == 6466


def test_a_mutation_changes_one_edge():
    rng = torch.Generator().manual_seed(0)
    children = [mutated(RESIDUAL, rng) for _ in range(600)]
    assert all(sum(a != b for a, b in zip(child, RESIDUAL, strict=True)) == 1 for child in children)
    assert len(set(children)) == len(EDGES) * (len(OPERATIONS) - 1)
