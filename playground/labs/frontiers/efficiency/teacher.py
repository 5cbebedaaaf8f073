"""The view of a teacher: what it says of a picture besides the right class, and what its student has of that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from playground.data import ImageSpec, unit
from playground.labs.frontiers.efficiency.distillation import Student, soft_cross_entropy
from playground.view import Answer, Options, Part, View, option

TESTS = 500


class Softened(Options):
    """How soft the answers are."""

    temperature: float = option(
        4.0,
        "What logits are divided by: the higher, the more is seen of the classes that are not the likeliest.",
        label="Temperature",
        ge=0.5,
        le=20,
        step=0.5,
    )


def said(network: Student, inputs: Mapping[str, Any], images: Tensor) -> Tensor:
    """The logits of images (N, C, H, W), uint8, of the teacher and of the student, (2, N, classes)."""
    teacher = inputs["uses"]["teacher"].network
    return torch.stack([teacher(unit(images)), network(unit(images))])


def picture_view(network: Student, spec: ImageSpec, options: Softened, inputs: Mapping[str, Any]) -> Answer:
    """The probabilities of the classes at a temperature, of the teacher and of the student, (2, K)."""
    logits = said(network, inputs, inputs["picture"][None])[:, 0]
    words = {"classes": list(spec.classes), "size": spec.size, "teacher": inputs["uses"]["teacher"].name}
    return Answer({"probabilities": (logits / options.temperature).softmax(dim=1)}, words)


def classes_view(network: Student, spec: ImageSpec, options: Softened, inputs: Mapping[str, Any]) -> Answer:
    """What both say on average of the test pictures of each class.

    Returns:
        `means` (2, K, K), the probabilities at the temperature, of the teacher, then of the student, by the class of
        the pictures, rows that sum to 1; the `accuracy` of both (2,). In the words, on how many pictures `n`, which
        share of them they `agree` on, and how far they are apart, `distance` (nats).
    """
    test = inputs["test"]
    logits, labels = said(network, inputs, test["images"]), test["labels"]
    soft = (logits / options.temperature).softmax(dim=2)  # (2, N, K)
    k = len(spec.classes)
    counts = torch.bincount(labels, minlength=k).clamp(min=1)
    means = torch.zeros(2, k, k).index_add_(1, labels, soft) / counts[:, None]
    taken = logits.argmax(dim=2)  # (2, N)
    words = {
        "n": len(test),
        "agree": float((taken[0] == taken[1]).float().mean()),
        "distance": float(soft_cross_entropy(logits[1], logits[0], options.temperature)),
    }
    return Answer({"means": means, "accuracy": (taken == labels).float().mean(dim=1)}, words)


def trace_view(network: Student, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """The probabilities of the classes that the student gives: `values` (K,)."""
    probabilities = network(unit(inputs["picture"][None]))[0].softmax(dim=0)
    return Answer({"values": probabilities}, {"names": list(spec.classes), "shares": True})


TEACHER = View(
    name="teacher",
    title="Teacher",
    question="What does a teacher say besides the right class?",
    about="A small network learns from all that a trained one says of a picture, softened by a temperature: a shirt is "
    "a little of a coat and nothing of a boot. Point at a cell to read it.",
    needs=Student,
    painter="frontiers/efficiency/teacher.js",
    options=Softened,
    parts={
        "softened": Part(picture_view, options=Softened, inputs=("picture", "uses")),
        "similar": Part(classes_view, options=Softened, inputs=("test", "uses"), tests=TESTS),
    },
    trace=Part(trace_view, inputs=("picture",)),
    predicts=True,
)
