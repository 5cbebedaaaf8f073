"""Three tasks that need a memory, drawn by code: copy, associative recall and priority sort.

Graves, Wayne & Danihelka, "Neural Turing Machines", 2014 (arXiv 1410.5401), sections 4.1, 4.3 and 4.5. A network is
shown vectors of random bits and flags, one a step, and then asked for bits while it is shown nothing. Its training ends
at a length; the test examples go on to several times that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from playground.data.cards import digest
from playground.data.columns import Data, Split
from playground.data.source import Progress, Source
from playground.data.spec import SequenceSpec

SEED = 0
TRAIN, TEST = 1_000, 32
"""Sequences of each length, at most: of a single vector of eight bits there are but 256."""
ITEM = 3
"""Vectors of one item of associative recall."""
ON = 255
"""What stands for a one in `inputs`."""
COPY = SequenceSpec(name="copy", channels=9, bits=8, shortest=1, longest=10, steps=21)
SORT = SequenceSpec(name="sort", channels=10, bits=8, shortest=1, longest=10, steps=21)
RECALL = SequenceSpec(name="recall", channels=8, bits=6, shortest=2, longest=6, steps=32)

Columns = tuple[Tensor, Tensor, Tensor]
"""`inputs` (n, T, channels), `targets` (n, T, bits) and `asked` (n, T), all uint8."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """One of the tasks.

    Attributes:
        spec: What a network must know of it.
        furthest: The greatest length among the test examples.
        vectors: How many there are for each unit of length.
        opening: How many flags stand before these.
        pose: Vectors of `bits` (n, V, bits), uint8, and what else is `drawn`, to what is shown and asked for.
        drawn: (n, length, generator) to what is random besides the bits, (n, ...); nothing by default.
    """

    spec: SequenceSpec
    furthest: int
    vectors: int = 1
    opening: int = 0
    pose: Callable[[Tensor, Tensor], Columns]
    drawn: Callable[[int, int, Generator], Tensor] = lambda n, length, rng: torch.empty(n, 0)

    def sequences(self, n: int, length: int, seed: int, flipped: Sequence[tuple[int, int]] = ()) -> Split:
        """Sequences of any length from `SequenceSpec.shortest` on.

        Args:
            n: How many.
            length: Of each, in vectors or items.
            seed: Of all that is random.
            flipped: Bits that are turned from what was drawn, each by the numbers of its vector and its place there.

        Returns:
            The columns `inputs` (n, T, channels), `targets` (n, T, bits) and `asked` (n, T), all uint8; `lengths` (n,).
        """
        rng = Generator().manual_seed(seed)
        shape = (n, length * self.vectors, self.spec.bits)
        bits = torch.randint(2, shape, generator=rng, dtype=torch.uint8)
        for vector, place in flipped:
            bits[:, vector, place] ^= 1
        inputs, targets, asked = self.pose(bits, self.drawn(n, length, rng))
        lengths = torch.full((n,), length)
        return Split({"inputs": inputs, "targets": targets, "asked": asked, "lengths": lengths})

    def steps(self, length: int) -> Tensor:
        """In which step each vector is shown first, (V,), int64."""
        vector = torch.arange(length * self.vectors)
        return vector + (vector // self.vectors + 1) * self.opening


def copied(bits: Tensor, _: Tensor) -> Columns:
    """Vectors of eight bits, then a flag in channel 8; they are asked for in their order."""
    return _asked(F.pad(ON * bits, (0, 1)), bits, flag=COPY.bits)


def priorities(n: int, length: int, rng: Generator) -> Tensor:
    """(n, length, 1), 0 to 255; no two of a sequence are alike."""
    return torch.rand(n, ON + 1, generator=rng).argsort(dim=1)[:, :length, None]


def by_priority(bits: Tensor, priority: Tensor) -> Columns:
    """Vectors of eight bits, each with its `priority` in channel 9, then a flag in channel 8.

    They are asked for in the order of their priorities, the highest first.
    """
    shown = torch.cat([F.pad(ON * bits, (0, 1)), priority.to(torch.uint8)], dim=2)
    order = priority.argsort(dim=1, descending=True).expand_as(bits)
    return _asked(shown, bits.gather(1, order), flag=SORT.bits)


def queries(n: int, length: int, rng: Generator) -> Tensor:
    """(n,), the number of an item that is not the last one."""
    return torch.randint(length - 1, (n,), generator=rng)


def recalled(bits: Tensor, query: Tensor) -> Columns:
    """Items of three vectors of six bits, a flag in channel 6 before each; then the item `query` again.

    A flag in channel 7 stands before that and after it. Asked for is the item that had come after it.
    """
    items, rows = bits.unflatten(1, (-1, ITEM)), torch.arange(len(bits))  # (n, length, ITEM, bits)
    shown = F.pad(ON * items, (0, 2, 1, 0))  # (n, length, 1 + ITEM, channels)
    shown[:, :, 0, RECALL.bits] = ON
    asking = F.pad(ON * items[rows, query], (0, 2, 1, 0))  # (n, 1 + ITEM, channels)
    asking[:, 0, RECALL.bits + 1] = ON
    return _asked(torch.cat([shown.flatten(1, 2), asking], dim=1), items[rows, query + 1], flag=RECALL.bits + 1)


def _asked(shown: Tensor, answer: Tensor, *, flag: int) -> Columns:
    """What is shown (n, S, channels), a flag in its channel, and steps in which an `answer` (n, A, bits) is due."""
    steps = answer.shape[1]
    inputs = F.pad(shown, (0, 0, 0, 1 + steps))  # (n, S + 1 + A, channels)
    inputs[:, -1 - steps, flag] = ON
    targets = F.pad(answer, (0, 0, inputs.shape[1] - steps, 0))
    asked = torch.zeros(inputs.shape[:2], dtype=torch.uint8)
    asked[:, -steps:] = 1
    return inputs, targets, asked


TASKS = {
    task.spec.name: task
    for task in (
        Task(spec=COPY, furthest=40, pose=copied),
        Task(spec=RECALL, furthest=12, vectors=ITEM, opening=1, pose=recalled, drawn=queries),
        Task(spec=SORT, furthest=20, pose=by_priority, drawn=priorities),
    )
}
"""By name."""


def _load(task: Task) -> Data:
    """Up to 1,000 sequences of each length to learn from; 32 to test on, of those and of greater lengths, by turns."""
    spec, train, test = task.spec, [], []
    for length in range(spec.shortest, task.furthest + 1):
        split = task.sequences(TRAIN + TEST, length, SEED + length)
        split = split.at(_firsts(split["inputs"]))
        test.append(split.first(TEST))
        if length <= spec.longest:
            train.append(split.at(slice(TEST, None)))
    turns = torch.arange(len(test) * TEST).view(len(test), TEST).T.flatten()  # all lengths, and all again
    facts = ("sequences-1", spec.model_dump(), SEED, TRAIN, TEST, ITEM, task.furthest)
    return Data(spec=spec, train=_joined(train), test=_joined(test).at(turns), hash=digest([repr(facts).encode()]))


def _firsts(inputs: Tensor) -> Tensor:
    """The rows of inputs (n, T, channels) that are like none before them, in their order."""
    seen = {row.numpy().tobytes(): place for place, row in reversed(list(enumerate(inputs)))}
    return torch.tensor(sorted(seen.values()))


def _joined(splits: list[Split]) -> Split:
    """Splits of several lengths in one; those with fewer steps end in steps without an input, and are asked nothing."""
    steps = max(split["asked"].shape[1] for split in splits)

    def padded(name: str) -> Tensor:
        return torch.cat([_longer(split[name], steps) for split in splits])

    return Split({name: padded(name) for name in splits[0].columns})


def _longer(values: Tensor, steps: int) -> Tensor:
    if values.ndim == 1:
        return values
    return F.pad(values, (0, 0) * (values.ndim - 2) + (0, steps - values.shape[1]))


def _source(task: Task) -> Source:
    def read(progress: Progress) -> Data:
        return _load(task)

    return Source(spec=task.spec, columns=("inputs", "targets", "asked", "lengths"), load=read)


SOURCES = tuple(map(_source, TASKS.values()))
