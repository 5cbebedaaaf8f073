"""Learning tasks in turn without minding the earlier ones: finetuning, and what all methods that do mind share."""

from __future__ import annotations

import torch
from torch import Generator, Tensor
from torch.nn import functional as F
from torch.optim import Adam

from playground.data import Data, Split, unit
from playground.labs.frontiers.continual.accuracy import accuracies, answered
from playground.labs.frontiers.continual.network import TaskClassifier
from playground.labs.frontiers.recognized import COLUMNS, dimmed, first_of_each
from playground.media import Sheet
from playground.objective import Batch, Moment, Objective, Phase, Terms

TESTS = 1000
"""Of how many test pictures the accuracies at the end of a task are."""


class Finetune(Objective):
    """Cross entropy on the examples of the task whose turn it is, and nothing else.

    A method against forgetting extends it: `regularize` gives what it adds to the loss, `consolidate` is called when a
    task has ended, before its last weights change. The step between two tasks is spent on that: its frame shows the
    network as the task left it.

    What a method remembers is part of the saved state, though not of a frame: a branch goes through all tasks anew.
    """

    shown: TaskClassifier
    tests: Tensor
    answers: Tensor
    fixed: Tensor

    def __init__(self, *, network: TaskClassifier, data: Data, learning_rate: float) -> None:
        """Takes a fresh network; `learning_rate` is Adam's, the same throughout."""
        super().__init__()
        self.shown, self.learning_rate = network, learning_rate
        test = data.test.first(TESTS)
        rows = first_of_each(network.tasks_of(test["labels"]), network.tasks)
        self.register_buffer("tests", test["images"], persistent=False)
        self.register_buffer("answers", test["labels"], persistent=False)
        self.register_buffer("fixed", rows, persistent=False)  # of the test pictures, a task after the other
        self._ended = ""

    def phases(self) -> list[Phase]:
        """One phase with Adam."""
        return [Phase("learn", [Adam(self.shown.parameters(), lr=self.learning_rate)])]

    def schedule(self, phase: str, progress: float) -> float:
        """The last task is learned at the rate of the first."""
        return 1.0

    def update(self, phase: Phase, batch: Batch, moment: Moment) -> Terms:
        """A step on the task in turn; the first one of another turn ends the task before it, and trains nothing."""
        network, turn = self.shown, int(batch["turn"][0])
        ended = int(network.turn)
        network.turn.fill_(turn)
        if ended != turn and 0 <= ended < network.tasks and bool(network.seen[ended]):  # of a branch there may be fewer
            self.consolidate(ended)
            self._remember_accuracies()
            self._ended = f"task {ended + 1} ends"
            with torch.no_grad(), self.autocast():
                return self.loss(phase.name, batch, moment)
        network.met[network.tasks_of(batch["labels"])] = 1
        return self.learn(phase, batch, moment)

    def learn(self, phase: Phase, batch: Batch, moment: Moment) -> Terms:
        """A step on the task whose turn it is."""
        return super().update(phase, batch, moment)

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """Cross entropy (nats) and accuracy (0 to 1) on the batch, and what the method adds, "kept"."""
        images, labels = unit(batch["images"]), batch["labels"]
        logits = self.shown(images)
        loss, right = self.classified(logits, labels)
        kept = self.regularize(images, logits, moment)
        terms = {"loss": loss, "accuracy": right}
        return terms if kept is None else {**terms, "kept": kept, "objective": loss + kept}

    def classified(self, logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Cross entropy and accuracy of logits (B, outputs) among the outputs that may be the answer."""
        network = self.shown
        tasks = network.tasks_of(labels)
        seen = network.seen.index_fill(0, tasks, True)
        logits = logits.masked_fill(~network.choices(tasks, seen), -torch.inf)
        targets = network.targets(labels)
        return F.cross_entropy(logits, targets), (logits.argmax(dim=1) == targets).float().mean()

    def regularize(self, images: Tensor, logits: Tensor, moment: Moment) -> Tensor | None:
        """What is added to the loss so that earlier tasks are not forgotten; nothing here.

        Args:
            images: (B, C, H, W) in [-1, 1], of the task whose turn it is.
            logits: (B, outputs), what the network says of them.
            moment: Of this step.
        """
        return None

    def consolidate(self, task: int) -> None:
        """Looks back at a `task` that has ended, at the network that it has left; finetuning does not."""

    def _remember_accuracies(self) -> None:
        """Notes the highest accuracies at the ends of tasks, of which `forgetting` is counted."""
        network = self.shown
        with torch.no_grad():
            now = accuracies(network, answered(network, self.tests, self.answers), self.answers)
        network.best.copy_(torch.where(network.seen, now.nan_to_num(-1).maximum(network.best), network.best))

    def mark(self, moment: Moment) -> str:
        """A task has ended."""
        label, self._ended = self._ended, ""
        return label

    def preview(self, rng: Generator) -> Sheet:
        """Eight test pictures of each task in a row; those that it does not recognize are dark."""
        images, labels = self.tests[self.fixed], self.answers[self.fixed]
        right = answered(self.shown, images, labels) == labels
        return Sheet(dimmed(images, right), COLUMNS)

    def evaluate(self, split: Split) -> dict[str, float]:
        """Accuracies (0 to 1), and what was forgotten.

        "accuracy" is the mean over all tasks, those that have not come yet among them; "so_far" over those that have;
        "task.1" and so on are theirs. "forgetting", of the tasks that have ended, is the mean of how far each accuracy
        lies below its highest one at the end of a task (Chaudhry et al., "Riemannian Walk for Incremental Learning",
        2018, equation 3).
        """
        network = self.shown
        found = accuracies(network, answered(network, split["images"], split["labels"]), split["labels"])
        here = ~found.isnan()
        seen = network.seen & here
        values = {"accuracy": float(found[here].mean())}
        if bool(seen.any()):
            values["so_far"] = float(found[seen].mean())
        values |= {f"task.{task + 1}": float(found[task]) for task in seen.nonzero()[:, 0].tolist()}
        lost = (network.best - found)[(network.best >= 0) & here]
        return values | ({"forgetting": float(lost.mean())} if len(lost) else {})
