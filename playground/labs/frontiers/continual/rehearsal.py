"""Methods that go on asking what earlier tasks asked: learning without forgetting, and experience replay."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from playground.data import Data, unit
from playground.labs.frontiers.continual.network import TaskClassifier
from playground.labs.frontiers.continual.objective import Finetune
from playground.objective import Batch, Moment, Phase, Terms
from playground.precision import full_precision

TEMPERATURE = 2.0
"""T of the distillation, as in the paper."""


@full_precision
def distillation(student: Tensor, teacher: Tensor) -> Tensor:
    """The cross entropy (nats) between softened answers, a mean over the batch, times T^2.

    -sum_y p_y log q_y for p = softmax(teacher / T), q = softmax(student / T), both of logits (B, y); T^2 makes its
    gradient as large as that of a loss without T (Hinton et al., "Distilling the Knowledge in a Neural Network", 2015,
    section 2).
    """
    p = (teacher / TEMPERATURE).softmax(dim=1)
    return -(p * (student / TEMPERATURE).log_softmax(dim=1)).sum(dim=1).mean() * TEMPERATURE**2


class WithoutForgetting(Finetune):
    """Learning without forgetting: of the new pictures it goes on saying what it said of them before the task.

    Li & Hoiem, "Learning without Forgetting", 2016 (arXiv 1606.09282), equations 1 to 3; `strength` is lambda_o.
    """

    def __init__(self, *, strength: float, **finetune: Any) -> None:
        """`before` is the network as the last task has left it."""
        super().__init__(**finetune)
        self.strength = strength
        self.before = deepcopy(self.shown).requires_grad_(False)

    before: TaskClassifier

    def regularize(self, images: Tensor, logits: Tensor, moment: Moment) -> Tensor:
        """The distillation of what it says of earlier tasks: with the scenario "task" of each head, and their sum."""
        with torch.no_grad():
            told = self.before(images)
        old = self.before.seen.nonzero()[:, 0]  # the tasks
        heads = self.before.choices(old, self.before.seen)  # (tasks, outputs), the same for all but with "task"
        heads = heads if self.shown.scenario == "task" else heads[:1]
        parts = [distillation(logits[:, head], told[:, head]) for head in heads]
        return self.strength * torch.stack(parts).sum() if parts else logits.new_zeros(())

    def consolidate(self, task: int) -> None:
        """What it says from now on is what it shall go on saying."""
        self.before.load_state_dict(self.shown.state_dict())


class Replay(Finetune):
    """Experience replay: each batch is learned beside one from a small memory of earlier tasks.

    Chaudhry et al., "On Tiny Episodic Memories in Continual Learning", 2019 (arXiv 1902.10486), algorithm 1. The memory
    has room for as many pictures of every class, each of them a reservoir: all pictures of the class that were learned
    from are as likely to be in it (Vitter, "Random Sampling with a Reservoir", 1985, algorithm R).

    Attributes:
        memory: (K, room, C, H, W), uint8.
        offered: (K,), int64, how many pictures of each class were offered so far.
    """

    memory: Tensor
    offered: Tensor

    def __init__(self, *, data: Data, room: int, **finetune: Any) -> None:
        """`room` is for so many pictures of each class."""
        super().__init__(data=data, **finetune)
        shape = data.train["images"].shape[1:]
        self.register_buffer("memory", torch.zeros(self.shown.classes, room, *shape, dtype=torch.uint8))
        self.register_buffer("offered", torch.zeros(self.shown.classes, dtype=torch.long))

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """The loss on the batch, and that on as many pictures from the memory of tasks whose turn it is not, "kept"."""
        terms = super().loss(phase, batch, moment)
        images, labels = self.recalled(len(batch["labels"]), batch["turn"][0], moment.rng)
        if not len(labels):
            return {**terms, "kept": torch.zeros_like(terms["loss"])}
        kept, _ = self.classified(self.shown(unit(images)), labels)
        return {**terms, "kept": kept, "objective": terms["loss"] + kept}

    def recalled(self, n: int, turn: Tensor, rng: Generator) -> tuple[Tensor, Tensor]:
        """Up to `n` pictures (n, C, H, W) of tasks other than `turn` with their labels (n,); all kept are as likely."""
        classes, room = self.memory.shape[:2]
        labels = torch.arange(classes, device=self.offered.device)[:, None].expand(-1, room)
        there = torch.arange(room, device=self.offered.device) < self.offered[:, None]  # (K, room)
        there = there & (self.shown.tasks_of(labels) != turn)
        rows, places = there.nonzero().unbind(dim=1)
        chosen = torch.randint(len(rows), (n,), generator=rng, device=rows.device) if len(rows) else rows
        return self.memory[rows[chosen], places[chosen]], rows[chosen]

    def learn(self, phase: Phase, batch: Batch, moment: Moment) -> Terms:
        """A step, after which the batch is offered to the memory."""
        terms = super().learn(phase, batch, moment)
        self.offer(batch["images"], batch["labels"], moment.rng)
        return terms

    def offer(self, images: Tensor, labels: Tensor, rng: Generator) -> None:
        """Algorithm R for each class: the j-th picture takes place j while there is room, then a random one below j.

        It is kept if that place is in the memory. Images (B, C, H, W), uint8, of classes `labels` (B,).
        """
        room = self.memory.shape[1]
        of_class = F.one_hot(labels, len(self.offered))  # (B, K)
        number = (self.offered + of_class.cumsum(dim=0)).gather(1, labels[:, None])[:, 0]  # j, counted from 1
        random = (torch.rand(len(labels), generator=rng, device=labels.device) * number).long()
        place = torch.where(number <= room, number - 1, random)
        for i in (place < room).nonzero()[:, 0].tolist():  # in their order, as two may take the same place
            self.memory[labels[i], place[i]] = images[i]
        self.offered += of_class.sum(dim=0)
