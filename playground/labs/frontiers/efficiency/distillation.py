"""Distillation: a small network learns from what a trained one says of each picture, right and wrong classes alike.

Hinton, Vinyals & Dean, "Distilling the Knowledge in a Neural Network", 2015 (arXiv 1503.02531), section 2.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from playground.labs.vision.classify import Classify
from playground.labs.vision.cnn import ConvolutionalNetwork
from playground.objective import Batch, Moment, Phase, Terms
from playground.precision import full_precision
from playground.trained import Trained


class Student(ConvolutionalNetwork):
    """A `ConvolutionalNetwork` that has a teacher."""


@full_precision
def soft_cross_entropy(logits: Tensor, taught: Tensor, temperature: float) -> Tensor:
    """How far a student is from its teacher at a temperature, T^2 KL(teacher || student), in nats.

    It is 0 where both say the same. The square keeps gradients as large as they are at a temperature of 1: at a high
    one they are those of half the squared difference of centered logits, over the classes (section 2.1).

    Args:
        logits: Of the student, (B, classes).
        taught: Of the teacher, likewise.
        temperature: Above 0; what logits are divided by.
    """
    teacher = (taught / temperature).log_softmax(dim=1)
    student = (logits / temperature).log_softmax(dim=1)
    return temperature**2 * F.kl_div(student, teacher, reduction="batchmean", log_target=True)


class Distill(Classify):
    """Learns from labels and from a teacher."""

    def __init__(self, *, teacher: Trained, temperature: float, weight: float, **classify: Any) -> None:
        """The teacher's part of the objective is `weight`, that of the labels the rest; see `Classify` for others."""
        super().__init__(**classify)
        self.temperature, self.weight = temperature, weight
        self._teacher = (teacher.network,)  # a tuple: it is no part of what is trained and saved

    def phases(self) -> list[Phase]:
        """As of any classifier; the teacher comes to the device where the student is."""
        device = next(self.shown.parameters()).device
        if device.type != "cpu":
            self._teacher = (copy.deepcopy(self._teacher[0]).to(device),)
        return super().phases()

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """Those of `Classify`, how far the teacher is, "taught" (nats), and the sum of both that is minimized."""
        images = self.seen(batch, moment)
        terms = self.judged(logits := self.shown(images), batch["labels"])
        if not self.weight:
            return terms
        with torch.no_grad():
            said = self._teacher[0](images)
        taught = soft_cross_entropy(logits, said, self.temperature)
        objective = (1 - self.weight) * terms["loss"] + self.weight * taught
        return {**terms, "taught": taught, "objective": objective}
