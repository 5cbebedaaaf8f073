"""The view of what is written and read: a sequence, the answer, and what is done with the memory in each step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from playground.data import SequenceSpec
from playground.data.sets.sequences import TASKS
from playground.labs.frontiers.memory.lengths import by_length, shown, wrong_bits
from playground.labs.frontiers.memory.network import SequenceNetwork
from playground.view import Answer, BadOption, Options, Part, View, option

LONGEST = 40
"""The greatest length that can be looked at."""
TESTS = 320
TRACED = (16, 2**20)
"""How many sequences of a length the trace is about, and the seed that they are drawn from."""
FLIPS = 40
"""How many bits can be turned at most."""


class Sequence(Options):
    """The sequence that is shown to the network."""

    length: int = option(
        10, "The length of the sequence, in vectors or items.", label="Length", ge=1, le=LONGEST, step=1
    )
    sequence: int = option(
        0, "The number that the sequence is drawn from.", label="Sequence", ge=0, le=999_999, control="seed"
    )
    flipped: str = option(
        "",
        "Bits that are turned from what was drawn: of each the number of its vector, a dot, and its place in there.",
        pattern=rf"^(\d{{1,3}}\.\d(-\d{{1,3}}\.\d){{0,{FLIPS - 1}}})?$",
        max_length=6 * FLIPS,
    )


def memory_view(network: SequenceNetwork, spec: SequenceSpec, options: Sequence, inputs: Mapping[str, Any]) -> Answer:
    """What a network does with a sequence of T steps.

    Returns:
        The `inputs` (T, channels), uint8, 255 being 1; the `targets` (T, bits), uint8, and where they are `asked` for,
        (T,), uint8; the `answers` (T, bits), probabilities of a one; `vectors` (T,), int32, the number of the vector
        that is shown first in a step, -1 for none; and `map.0` and so on, (T, N) each, of which the words say the
        titles and kinds, under `maps`: see `Map`.
    """
    task = TASKS[spec.name]
    length = max(options.length, spec.shortest)
    places = [(int(one.split(".")[0]), int(one.split(".")[1])) for one in filter(None, options.flipped.split("-"))]
    for vector, place in places:
        if vector >= length * task.vectors or place >= spec.bits:
            raise BadOption(f"There is no bit {place} of vector {vector} in a sequence of length {length}.")
    split = task.sequences(1, length, options.sequence, places)
    logits, maps = network.looked_into(shown(split["inputs"]))
    vectors = torch.full(split["asked"].shape[1:], -1, dtype=torch.int32)
    vectors[task.steps(length)] = torch.arange(length * task.vectors, dtype=torch.int32)
    tensors: dict[str, Tensor] = {name: split[name][0] for name in ("inputs", "targets", "asked")}
    tensors |= {"answers": logits[0].sigmoid(), "vectors": vectors}
    tensors |= {f"map.{number}": one.values[0] for number, one in enumerate(maps)}
    words = {
        "length": length,
        "longest": spec.longest,
        "maps": [{"title": one.title, "kind": one.kind} for one in maps],
    }
    return Answer(tensors, words)


def lengths_view(network: SequenceNetwork, spec: SequenceSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """The share of `wrong` bits (K,) at each of the `lengths` (K,), int32, of N test sequences."""
    test = inputs["test"]
    each = by_length(wrong_bits(network, test), test["lengths"])
    tensors = {"lengths": torch.tensor([*each], dtype=torch.int32), "wrong": torch.tensor([*each.values()])}
    return Answer(tensors, {"n": len(test), "longest": spec.longest})


def trace_view(network: SequenceNetwork, spec: SequenceSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """The share of wrong bits at the greatest length in training and at twice that, `values` (2,)."""
    lengths = (spec.longest, 2 * spec.longest)
    n, seed = TRACED
    wrong = [wrong_bits(network, TASKS[spec.name].sequences(n, length, seed)).mean() for length in lengths]
    names = [f"Wrong bits, length {length}" for length in lengths]
    return Answer({"values": torch.stack(wrong)}, {"names": names, "shares": False, "ends": [0, 0.5]})


MEMORY = View(
    name="memory",
    title="Memory",
    question="What does it write, and where does it read?",
    about="Time runs from left to right: vectors of bits are shown, a flag, and then the network is shown nothing and "
    "asked for them. Below stands what it does with its memory in each step. Point at a step, or turn a bit.",
    needs=SequenceNetwork,
    painter="frontiers/memory/memory.js",
    kinds=("sequences",),
    options=Sequence,
    parts={
        "memory": Part(memory_view, options=Sequence),
        "lengths": Part(lengths_view, inputs=("test",), tests=TESTS, heavy=True),
    },
    trace=Part(trace_view),
)
