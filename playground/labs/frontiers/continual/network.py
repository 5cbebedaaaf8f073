"""A small convolutional network that learns tasks in turn, in one of the three scenarios of continual learning.

van de Ven, Tuytelaars & Tolias, "Three types of incremental learning", 2022 (Nature Machine Intelligence 4). There is
no batch norm: its running statistics would be those of the last task, a way of forgetting of their own (Pham et al.,
"Continual Normalization", 2022).
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from playground.layout import channels_last

Scenario = Literal["task", "domain", "class"]
"""What is known of a test picture and what is asked: its task is known, and which of the task's classes it is; its task
is unknown and does not matter, as "the first or the second" is asked; it is unknown, and any class seen so far may be
the answer."""


class TaskClassifier(nn.Module):
    """Two convolutions of stride 2, a hidden layer, and the head that the scenario asks for.

    K classes are cut into T tasks of K / T classes each, in their order. The head has an output for each class, and
    with the scenario "domain" one for each class of a task, which all tasks share. With "task" the outputs of one task
    stand for a head of its own.

    Attributes:
        per: Classes of a task.
        met: (T,), uint8: 1 for the tasks that it has learned from.
        turn: (), int64: the task whose turn it is, or is next; -1 before the first step.
        best: (T,), float32: the highest accuracy on each task's test pictures at the end of a task; -1 before its own
            end.
    """

    met: Tensor
    turn: Tensor
    best: Tensor

    def __init__(
        self, *, image_size: int, channels: int, classes: int, tasks: int, scenario: Scenario, width: int = 16
    ) -> None:
        """`width` channels in the first maps, twice as many in the second and in the hidden layer.

        Raises:
            ValueError: When the classes cannot be cut into `tasks` equal parts.
        """
        super().__init__()
        if classes % tasks:
            raise ValueError(f"{classes} classes cannot be cut into {tasks} equal tasks")
        self.classes, self.tasks, self.per, self.scenario = classes, tasks, classes // tasks, scenario
        self.outputs = self.per if scenario == "domain" else classes
        side = image_size // 4
        self.body = nn.Sequential(
            nn.Conv2d(channels, width, kernel_size=4, stride=2, padding=1),  # (B, width, H / 2, W / 2)
            nn.ReLU(),
            nn.Conv2d(width, 2 * width, kernel_size=4, stride=2, padding=1),  # (B, 2 width, H / 4, W / 4)
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(2 * width * side**2, 2 * width),  # (B, 2 width)
            nn.ReLU(),
        )
        self.head = nn.Linear(2 * width, self.outputs)
        self.register_buffer("met", torch.zeros(tasks, dtype=torch.uint8))
        self.register_buffer("turn", torch.tensor(-1))
        self.register_buffer("best", torch.full((tasks,), -1.0))
        channels_last(self)

    def forward(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W) in [-1, 1] to the logits of all outputs, (B, outputs)."""
        return self.head(self.body(images))

    @property
    def seen(self) -> Tensor:
        """Which tasks it has learned from: (T,), bool."""
        return self.met.bool()

    def tasks_of(self, labels: Tensor) -> Tensor:
        """The task (B,) that each class of `labels` (B,) belongs to."""
        return labels // self.per

    def targets(self, labels: Tensor) -> Tensor:
        """The output (B,) that is right for each class of `labels` (B,)."""
        return labels % self.per if self.scenario == "domain" else labels

    def choices(self, tasks: Tensor, seen: Tensor) -> Tensor:
        """Which outputs may be the answer: (B, outputs), bool.

        Args:
            tasks: (B,), the task of each picture; it matters with the scenario "task" alone.
            seen: (T,), bool, the tasks so far; with "class" only their classes are in question, and all of them for a
                network that has seen none yet.
        """
        of_output = torch.arange(self.outputs, device=tasks.device) // self.per  # (outputs,)
        if self.scenario == "task":
            return of_output == tasks[:, None]
        if self.scenario == "domain":
            return torch.ones(len(tasks), self.outputs, dtype=torch.bool, device=tasks.device)
        return (seen if bool(seen.any()) else torch.ones_like(seen))[of_output].expand(len(tasks), -1)

    def chance(self) -> float:
        """The accuracy of a guess among the outputs that may be the answer."""
        guesses = self.choices(torch.zeros(1, dtype=torch.long, device=self.seen.device), self.seen)
        return 1 / int(guesses.sum())

    def taken(self, images: Tensor, tasks: Tensor) -> Tensor:
        """The class (B,) that each of images (B, C, H, W) is taken for; `tasks` (B,) are theirs.

        With "domain" an output is read as that class of the picture's own task.
        """
        best = self(images).masked_fill(~self.choices(tasks, self.seen), -torch.inf).argmax(dim=1)
        return best + tasks * self.per if self.scenario == "domain" else best
