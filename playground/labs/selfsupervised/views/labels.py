"""What a label is worth: the accuracy of a linear probe against how many pictures have labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from playground.data import Data, ImageSpec
from playground.labs.selfsupervised.labels import (
    DRAWS,
    FRACTIONS,
    counts,
    drawn,
    intervals,
    probed,
    reference,
    used,
)
from playground.labs.selfsupervised.representation import Encodes, embedded
from playground.view import Answer, Options, Part, View


def prepared_labels(network: Encodes, spec: ImageSpec, inputs: Mapping[str, Any]) -> Tensor:
    """What probes of a snapshot's features reach, `intervals` for each of `FRACTIONS`; none without two classes."""
    return _reached(network, inputs["data"], FRACTIONS)


def prepared_few(network: Encodes, spec: ImageSpec, inputs: Mapping[str, Any]) -> Tensor:
    """The same (1, 2) for the smallest fraction alone, which takes few pictures."""
    return _reached(network, inputs["data"], FRACTIONS[:1])


def labels_view(network: Encodes, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """What probes reach: `accuracy` (K, 2), see `intervals`; none where there are no two classes to tell apart.

    Returns:
        And the words `counts` of labels, `total` of training pictures, `tests`, and how many `draws` there were.
    """
    train, test = used(inputs["data"])
    words = {"counts": counts(len(train)), "total": len(train), "tests": len(test), "draws": DRAWS}
    return Answer({"accuracy": inputs["prepared"]}, words)


def reference_view(network: Encodes, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """What was measured without pretraining: `scratch` and `pixels` (K, 2); none where nothing was, on these data."""
    known = reference(inputs["data"])
    if known is None:
        return Answer({name: torch.empty(0, 2) for name in ("scratch", "pixels")})
    tensors = {name: intervals(getattr(known, name)) for name in ("scratch", "pixels")}
    return Answer(
        tensors, {"network": known.recipe, "command": known.command, "machine": known.machine, "code": known.code}
    )


def trace_view(network: Encodes, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """The accuracy with the smallest fraction of labels: `values` (1,)."""
    reached = inputs["prepared"][:, 0]
    names = [f"Linear probe with {FRACTIONS[0]:.0%} of the labels"] if len(reached) else []
    return Answer({"values": reached}, {"names": names, "shares": True})


def _reached(network: Encodes, data: Data, fractions: Sequence[float]) -> Tensor:
    """What linear probes reach, (K, 2); only pictures that any draw labels are embedded."""
    if "labels" not in data.train.columns or len(data.spec.classes) < 2:
        return torch.empty(0, 2)
    train, test = used(data)
    labels, given = train["labels"], counts(len(train))[: len(fractions)]
    chosen = torch.cat([drawn(labels, given[-1], draw) for draw in range(DRAWS)]).unique()
    some = embedded(network, train["images"][chosen])
    features = some.new_zeros(len(train), some.shape[1]).index_copy(0, chosen, some)  # (N, F)
    tested = embedded(network, test["images"])
    return intervals([probed(features, labels, tested, test["labels"], count) for count in given])


LABELS = View(
    name="labels",
    title="Labels",
    question="What is a label worth?",
    about="A linear classifier is fitted to the features of pictures that have labels: of one in a hundred, or of all. "
    "Follow the curve through the training, which saw no label, and compare it with training from scratch.",
    needs=Encodes,
    painter="selfsupervised/labels.js",
    parts={
        "labels": Part(labels_view, inputs=("data",), prepare=prepared_labels, heavy=True),
        "reference": Part(reference_view, inputs=("data",)),
    },
    trace=Part(trace_view, inputs=("data",), prepare=prepared_few, heavy=True),
)
