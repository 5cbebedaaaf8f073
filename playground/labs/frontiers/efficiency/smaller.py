"""The view of compression: what a network loses as it becomes smaller, and what that saves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import torch

from playground.data import ImageSpec, unit
from playground.energy import WATTS, joules
from playground.inner import inner
from playground.labs.frontiers.efficiency.clock import milliseconds
from playground.labs.frontiers.efficiency.compress import (
    FLOAT,
    Compression,
    Pruned,
    compressed,
    lighter,
    matrices,
    size,
)
from playground.labs.frontiers.efficiency.families import BITS, MOST, Family, accuracy, along, arithmetic
from playground.labs.vision.classifier import Classifier
from playground.labs.vision.merging import TokenMerging
from playground.view import Answer, Options, Part, View, option

TESTS = 300
WHOLE = Compression()


class Compressed(Options):
    """How far a network is compressed."""

    pruned: Pruned = option(
        "weights",
        "Magnitude pruning makes the smallest weights zero; structured pruning leaves out the whole units of each "
        "layer, hidden units or channels, whose weights are smallest.",
        label="What is pruned",
        names={"weights": "single weights", "units": "whole units"},
    )
    prune: float = option(
        0.3,
        "Share that is pruned: of all weights, or of the units of each layer.",
        label="Pruned",
        ge=0,
        le=0.99,
        step=0.01,
    )
    bits: int = option(
        8,
        "Quantization: bits of a weight, with one scale a row; 32 are float32.",
        label="Bits a weight",
        ge=2,
        le=FLOAT,
        among=BITS,
    )
    merge: int = option(
        0,
        "Token merging: how many patches each block of a transformer makes part of others; nothing is trained for it.",
        label="Merged in each block (r)",
        ge=0,
        le=MOST,
        step=1,
    )

    @property
    def how(self) -> Compression:
        """The same as the functions take it."""
        return Compression(self.pruned, self.prune, self.bits, self.merge)


class Clocked(Compressed):
    """How the clock is run."""

    at_once: int = option(
        1, "Pictures at once whose latency is measured.", label="Pictures at once", ge=1, le=32, among=(1, 32)
    )


class OfFamily(Compressed):
    """The line that goes through the compressed network."""

    family: Family = option("weights", "What changes along the line.")


class ClockedFamily(OfFamily, Clocked):
    """Its latencies."""


class Bench(ClockedFamily):
    """All that can be set."""

    across: Literal["size", "latency", "flops"] = option(
        "size",
        "What is laid out from left to right.",
        label="Across",
        names={"size": "size", "latency": "latency, measured", "flops": "arithmetic (FLOPs)"},
    )


def picture_view(network: Classifier, spec: ImageSpec, options: Compressed, inputs: Mapping[str, Any]) -> Answer:
    """What becomes of the answer on one picture, and of the layers.

    Returns:
        `probabilities` of the classes (2, K), of the whole network and of the compressed one; `kept` (layers,), the
        share of each layer's weights that is left, and `weights`, int32 (layers,), how many it had; in the words the
        `layers`, the `bytes` before and after, whether there are whole `units` that can go, and whether tokens can be
        `merged`.
    """
    images = unit(inputs["picture"][None])
    how = options.how
    probabilities = torch.cat([network(images), compressed(network, how)(images)]).softmax(dim=1)
    counts = torch.tensor([weight.numel() for weight in matrices(network).values()], dtype=torch.int32)
    pruned = matrices(lighter(network, how._replace(bits=FLOAT)))  # few bits make zeros, too
    left = torch.tensor([int(weight.count_nonzero()) for weight in pruned.values()])
    words = {
        "classes": list(spec.classes),
        "size": spec.size,
        "bytes": [size(network, WHOLE), size(network, how)],
        "units": bool(inner(network)),
        "merged": TokenMerging.most(network) > 0,
        "layers": [name.removesuffix(".weight") for name in matrices(network)],
    }
    return Answer({"probabilities": probabilities, "kept": left / counts, "weights": counts}, words)


def accuracy_view(network: Classifier, spec: ImageSpec, options: Compressed, inputs: Mapping[str, Any]) -> Answer:
    """What is lost on test pictures and saved in arithmetic.

    Returns:
        `accuracy` (1,) of the compressed network; in the words, `flops` for a picture before and after.
    """
    split = inputs["test"]
    images = unit(split["images"])
    right = torch.tensor([accuracy(network, options.how, images, split["labels"])])
    counted = [arithmetic(network, how, images[:1]) for how in (WHOLE, options.how)]
    return Answer({"accuracy": right}, {"n": len(split), "flops": counted})


def line_view(network: Classifier, spec: ImageSpec, options: OfFamily, inputs: Mapping[str, Any]) -> Answer:
    """A line through the compressed network.

    Returns:
        `values` (V,) of what changes along it, none where the network has no such line; at each the size in bytes,
        int32, `sizes` (V,), the arithmetic for a picture, `flops` (V,), and the `right` share of test pictures (V,).
    """
    split = inputs["test"]
    images, labels = unit(split["images"]), split["labels"]
    line = along(network, options.how, options.family)
    right = [accuracy(network, how, images, labels) for how in line.values()]
    sizes = [size(network, how) for how in line.values()]
    counted = [arithmetic(network, how, images[:1]) for how in line.values()]
    tensors = {"values": torch.tensor(list(line), dtype=torch.float32), "right": torch.tensor(right)}
    tensors |= {"sizes": torch.tensor(sizes, dtype=torch.int32), "flops": torch.tensor(counted, dtype=torch.float32)}
    return Answer(tensors)


def clock_view(network: Classifier, spec: ImageSpec, options: Clocked, inputs: Mapping[str, Any]) -> Answer:
    """What is saved in time: `milliseconds` a picture (2,), measured, before and after.

    The words say what the energy for a picture is estimated to be, in `millijoules`, before and after, the CPU
    `threads` and the `watts` that are assumed of each.
    """
    threads = torch.get_num_threads()
    taken = [milliseconds(network, how, spec, options.at_once) for how in (WHOLE, options.how)]
    energy = [joules(one, threads) for one in taken]  # of milliseconds
    return Answer({"milliseconds": torch.tensor(taken)}, {"millijoules": energy, "threads": threads, "watts": WATTS})


def clock_line_view(network: Classifier, spec: ImageSpec, options: ClockedFamily, inputs: Mapping[str, Any]) -> Answer:
    """The same along a line: `line_milliseconds` a picture (V,)."""
    line = along(network, options.how, options.family)
    taken = [milliseconds(network, how, spec, options.at_once) for how in line.values()]
    return Answer({"line_milliseconds": torch.tensor(taken)})


def trace_view(network: Classifier, spec: ImageSpec, options: Compressed, inputs: Mapping[str, Any]) -> Answer:
    """The probabilities of the classes that the compressed network gives: `values` (K,)."""
    logits = compressed(network, options.how)(unit(inputs["picture"][None]))
    return Answer({"values": logits[0].softmax(dim=0)}, {"names": list(spec.classes), "shares": True})


COMPRESSION = View(
    name="compression",
    title="Compression",
    question="How small and fast can it be?",
    about="Weights become zero, whole units are left out, what remains is rounded to few bits, or tokens are merged; "
    "nothing is trained again. Choose a dot of a line to take its setting.",
    needs=Classifier,
    painter="frontiers/efficiency/smaller.js",
    options=Bench,
    parts={
        "picture": Part(picture_view, options=Compressed, inputs=("picture",)),
        "accuracy": Part(
            accuracy_view, options=Compressed, inputs=("test",), tests=TESTS, heavy=True, ambiguous=("accuracy",)
        ),
        "line": Part(line_view, options=OfFamily, inputs=("test",), tests=TESTS, heavy=True, ambiguous=("right",)),
        "clock": Part(clock_view, options=Clocked, heavy=True),
        "clock_line": Part(clock_line_view, options=ClockedFamily, heavy=True),
    },
    trace=Part(trace_view, options=Compressed, inputs=("picture",)),
    predicts=True,
)
