"""The view of compression: what a network loses as its weights become fewer and coarser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from playground.data import ImageSpec, unit
from playground.labs.frontiers.efficiency.compress import FLOAT, compressed, matrices, pruned, size
from playground.labs.vision.classifier import Classifier
from playground.view import Answer, Options, Part, View, option

SHARES = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95)
TESTS = 300
BITS = (FLOAT, 8, 6, 4, 3, 2)


class Compressed(Options):
    """How far a network is compressed."""

    prune: float = option(
        0.3,
        "Magnitude pruning: the share of all weights, the smallest, that become zero.",
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


def picture_view(network: Classifier, spec: ImageSpec, options: Compressed, inputs: Mapping[str, Any]) -> Answer:
    """What becomes of the answer on one picture, and of the layers.

    Returns:
        `probabilities` of the classes (2, K), of the whole network and of the compressed one; `kept` (layers,), the
        share of each layer's weights that is left, and `weights`, int32 (layers,), how many it had; in the words the
        `layers`, and the `bytes` before and after.
    """
    images = unit(inputs["picture"][None])
    small = compressed(network, share=options.prune, bits=options.bits)
    probabilities = torch.cat([network(images), small(images)]).softmax(dim=1)
    whole, left = matrices(network), pruned(matrices(network), options.prune)
    kept = torch.stack([(weight != 0).float().mean() for weight in left.values()])
    counts = torch.tensor([weight.numel() for weight in whole.values()], dtype=torch.int32)
    sizes = [size(network, share=0, bits=FLOAT), size(network, share=options.prune, bits=options.bits)]
    words = {"classes": list(spec.classes), "size": spec.size, "bytes": sizes}
    layers = [name.removesuffix(".weight") for name in whole]
    return Answer({"probabilities": probabilities, "kept": kept, "weights": counts}, words | {"layers": layers})


def accuracy_view(network: Classifier, spec: ImageSpec, options: Compressed, inputs: Mapping[str, Any]) -> Answer:
    """What is lost on test pictures.

    Returns:
        Of some shares that are pruned, the weights of as many bits as chosen, `shares` (S,), `share_sizes` (S,) in
        bytes, int32, and `share_accuracy` (S,); of some numbers of bits, pruned as chosen, `bits`, int32 (B,),
        `bit_sizes` and `bit_accuracy`; and the `chosen` accuracy (1,).
    """
    split = inputs["test"]
    images, labels = unit(split["images"]), split["labels"]

    def accuracy(share: float, bits: int) -> float:
        logits = compressed(network, share=share, bits=bits)(images)
        return float((logits.argmax(dim=1) == labels).float().mean())

    def line(pairs: list[tuple[float, int]]) -> tuple[torch.Tensor, torch.Tensor]:
        sizes = torch.tensor([size(network, share=share, bits=bits) for share, bits in pairs], dtype=torch.int32)
        return sizes, torch.tensor([accuracy(share, bits) for share, bits in pairs])

    share_sizes, share_accuracy = line([(share, options.bits) for share in SHARES])
    bit_sizes, bit_accuracy = line([(options.prune, bits) for bits in BITS])
    tensors = {"shares": torch.tensor(SHARES), "share_sizes": share_sizes, "share_accuracy": share_accuracy}
    tensors |= {"bits": torch.tensor(BITS, dtype=torch.int32), "bit_sizes": bit_sizes, "bit_accuracy": bit_accuracy}
    chosen = torch.tensor([accuracy(options.prune, options.bits)])
    return Answer(tensors | {"chosen": chosen}, {"n": len(split)})


def trace_view(network: Classifier, spec: ImageSpec, options: Compressed, inputs: Mapping[str, Any]) -> Answer:
    """The probabilities of the classes that the compressed network gives: `values` (K,)."""
    logits = compressed(network, share=options.prune, bits=options.bits)(unit(inputs["picture"][None]))
    return Answer({"values": logits[0].softmax(dim=0)}, {"names": list(spec.classes), "shares": True})


COMPRESSION = View(
    name="compression",
    title="Compression",
    question="How small can it be?",
    about="The smallest weights become zero, and the others are rounded to few bits; nothing is trained again. "
    "Choose a dot to take its share or its bits.",
    needs=Classifier,
    painter="frontiers/efficiency/smaller.js",
    options=Compressed,
    parts={
        "picture": Part(picture_view, options=Compressed, inputs=("picture",)),
        "accuracy": Part(
            accuracy_view,
            options=Compressed,
            inputs=("test",),
            tests=TESTS,
            heavy=True,
            ambiguous=("share_accuracy", "bit_accuracy"),  # of networks that guess, a weight more or less decides
        ),
    },
    trace=Part(trace_view, options=Compressed, inputs=("picture",)),
    predicts=True,
)
