"""What few-shot methods minimize: prototypical networks, MAML and Reptile."""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor
from torch.nn import functional as F
from torch.optim import SGD, Adam

from playground.data import Data, Split, unit
from playground.labs.frontiers.meta.episodes import affordable, fixed
from playground.labs.frontiers.meta.hand import rewritten
from playground.labs.frontiers.meta.network import FewShot, Learner, Prototypes, classes, nearness
from playground.labs.frontiers.recognized import dimmed
from playground.media import Sheet
from playground.objective import Batch, Moment, Objective, Phase, Terms

QUERIES = 15
"""Test examples of a class in an episode, as the literature has it."""
QUICK, THOROUGH = 50, 1000
"""Episodes that an evaluation during a run, and one of a finished run, are the mean of."""
MANY = 20
"""Ways of the harder test."""


class FewShotLearning(Objective):
    """What all methods share: how they are tested, always on classes that they have never seen."""

    shown: FewShot
    fixed: Tensor

    def __init__(
        self, *, network: FewShot, data: Data, ways: int, shots: int, rewritten: bool, learning_rate: float
    ) -> None:
        """Takes a fresh network; tests are of `ways` classes with `shots` examples of each.

        With `rewritten`, examples that are learned from are changed a little each time, as by another hand.
        """
        super().__init__()
        self.shown, self.ways, self.shots = network, ways, shots
        self.rewritten, self.learning_rate = rewritten, learning_rate
        self.fixed_shots = affordable(data.examples, shots)
        (rows,) = fixed(data.examples, ways=ways, shots=self.fixed_shots, queries=QUERIES, count=1)
        self.register_buffer("fixed", data.examples["images"][rows], persistent=False)  # (ways, each, C, H, W)

    def phases(self) -> list[Phase]:
        """One phase with Adam."""
        return [Phase("learn", [Adam(self.shown.parameters(), lr=self.learning_rate)])]

    def episodes(self, batch: Batch, moment: Moment) -> Tensor:
        """Those of a batch, (tasks, ways, each, C, H, W) in [-1, 1], as they are learned from."""
        images = unit(batch["images"])
        if not self.rewritten:
            return images
        return rewritten(images.flatten(0, 2), moment.rng).view_as(images)

    def answered(self, task: Tensor) -> Tensor:
        """Logits (ways * queries, ways) of the queries of an episode (ways, each, C, H, W) that is learned from."""
        raise TypeError(f"{type(self).__name__} has no loss of queries")

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """Mean cross entropy (nats) and accuracy (0 to 1) of the queries of all episodes."""
        losses, rights = [], []
        for task in self.episodes(batch, moment):
            logits, labels = self.answered(task), classes(task[:, self.shots :])
            losses.append(F.cross_entropy(logits, labels))
            rights.append((logits.argmax(dim=1) == labels).float().mean())
        return {"loss": torch.stack(losses).mean(), "accuracy": torch.stack(rights).mean()}

    def recognized(self, images: Tensor, shots: int) -> Tensor:
        """Whether each query of an episode is recognized, (ways, each - shots), bool.

        Args:
            images: (ways, each, C, H, W), uint8; the first `shots` of each class are learned from.
            shots: How many.
        """
        ways, queries = len(images), unit(images[:, shots:])
        logits = self.shown.learned(unit(images[:, :shots]))[-1](queries.flatten(0, 1))  # (ways * queries, ways)
        return (logits.argmax(dim=1) == classes(queries)).view(ways, -1)

    def preview(self, rng: Generator) -> Sheet:
        """A row for each new class: the examples that are learned from, then queries, dark where not recognized."""
        images = self.fixed
        right = self.recognized(images, self.fixed_shots)
        right = torch.cat([right.new_ones(len(images), self.fixed_shots), right], dim=1)
        return Sheet(dimmed(images.flatten(0, 1), right.flatten()), images.shape[1])

    def evaluate(self, split: Split) -> dict[str, float]:
        """Accuracy (0 to 1) on episodes of classes that were never learned from."""
        return {"accuracy": self._accuracies(split, self.ways, self.shots, QUICK)[0]}

    def examine(self, data: Data) -> dict[str, float]:
        """The same on more episodes, with the half-width of its 95% interval, and with five examples of each class."""
        found = {}
        for name, shots in (("one_shot", 1), ("five_shots", 5)):
            found[name], found[f"{name}_half"] = self._accuracies(data.test, self.ways, shots, THOROUGH)
        return found

    def _accuracies(self, split: Split, ways: int, shots: int, count: int) -> tuple[float, float]:
        """The mean over `count` episodes, and the half-width of its 95% interval."""
        episodes = fixed(split, ways=ways, shots=shots, queries=QUERIES, count=count)
        images = split["images"]
        right = [self.recognized(images[rows.to(images.device)], shots).float().mean() for rows in episodes]
        each = torch.stack(right) if right else images.new_full((1,), math.nan, dtype=torch.float)
        return float(each.mean()), float(1.96 * each.std(correction=0) / len(each) ** 0.5)


class PrototypicalLearning(FewShotLearning):
    """Cross entropy of the queries of an episode, given how near their codes are to the classes' prototypes.

    Snell, Swersky & Zemel, 2017, algorithm 1: an episode of training has more ways than one of a test.
    """

    shown: Prototypes

    def answered(self, task: Tensor) -> Tensor:
        """By how near each code is to each class's prototype."""
        codes = self.shown(task.flatten(0, 1)).unflatten(0, task.shape[:2])  # (ways, each, D)
        return nearness(codes[:, : self.shots], codes[:, self.shots :].flatten(0, 1))

    def examine(self, data: Data) -> dict[str, float]:
        """Besides what all methods are asked, one example of each of twenty classes."""
        found = super().examine(data)
        found["many"], found["many_half"] = self._accuracies(data.test, MANY, 1, THOROUGH)
        return found


class ModelAgnosticMetaLearning(FewShotLearning):
    """MAML: the loss of the queries after gradient descent on the support set, as a function of where that began.

    Finn, Abbeel & Levine, "Model-Agnostic Meta-Learning for Fast Adaptation of Deep Networks", 2017 (arXiv 1703.03400),
    algorithm 2. First-order MAML, section 5.2, takes the inner gradients for constants.
    """

    shown: Learner

    def __init__(self, *, second_order: bool, **common: object) -> None:
        """`second_order` differentiates through the inner steps; see `FewShotLearning` for the rest."""
        super().__init__(**common)  # type: ignore[arg-type]
        self.second_order = second_order

    def answered(self, task: Tensor) -> Tensor:
        """By the classifier after the last inner step."""
        network, start = self.shown, dict(self.shown.named_parameters())
        *_, weights = network.descent(start, task[:, : self.shots], second_order=self.second_order)
        return network.at(weights, task[:, self.shots :].flatten(0, 1))


class Reptile(FewShotLearning):
    """Reptile: the weights move to where gradient descent on a task has taken them, by a part of the way.

    Nichol, Achiam & Schulman, "On First-Order Meta-Learning Algorithms", 2018 (arXiv 1803.02999), algorithm 2: the
    batched version, with plain gradient descent inside. All examples of an episode are learned from.
    """

    shown: Learner

    def phases(self) -> list[Phase]:
        """Plain steps towards the mean of where the tasks have led."""
        return [Phase("learn", [SGD(self.shown.parameters(), lr=self.learning_rate)])]

    def schedule(self, phase: str, progress: float) -> float:
        """The way that is gone shrinks linearly to nothing, as in the paper's experiments."""
        return 1 - progress

    def update(self, phase: Phase, batch: Batch, moment: Moment) -> Terms:
        """Learns each task from the same weights; "drift" is how far, as a Euclidean distance, that has taken them."""
        network, start = self.shown, dict(self.shown.named_parameters())
        ends, losses, drifts = [], [], []
        for task in self.episodes(batch, moment):  # (ways, each, C, H, W)
            with self.autocast():
                *_, weights = network.descent(start, task, second_order=False)
                with torch.no_grad():
                    losses.append(F.cross_entropy(network.at(weights, task.flatten(0, 1)), classes(task)))
            ends.append(weights)
            moved = [(weights[name] - value).detach().norm() for name, value in start.items()]
            drifts.append(torch.stack(moved).norm())
        for name, value in start.items():
            value.grad = torch.stack([(value - end[name]).detach() for end in ends]).mean(dim=0)
        for optimizer in phase.optimizers:
            optimizer.step()
        return {"loss": torch.stack(losses).mean(), "drift": torch.stack(drifts).mean()}
