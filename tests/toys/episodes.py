"""Meta-learning on digits: batches are episodes, and a step has an inner loop and makes its gradients itself."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Generator, nn
from torch.func import functional_call
from torch.nn import functional as F
from torch.optim import Adam

from playground.data import unit
from playground.media import Sheet
from playground.objective import Objective, Phase
from playground.randomness import seeded
from playground.recipe import ImageRecipe, knob

WAYS = 2
INNER_RATE = 0.5


class Episodes:
    """Tasks of `WAYS` classes with other numbers in each: an image of every class to adapt to, and one to be tested."""

    def __init__(self, split, *, tasks, seed):
        self.split, self.tasks, self.seed = split, tasks, seed
        rows = [torch.where(split["labels"] == label)[0] for label in split["labels"].unique()]
        self.rows = [of_class for of_class in rows if len(of_class) >= 2]

    def __call__(self, moment):
        return self.drawn(seeded(Generator(), self.seed, "episodes", moment.step))

    def drawn(self, rng):
        """Images (tasks, WAYS, C, H, W), uint8; the one at place i of a task is of its class number i."""
        pairs = []
        for _ in range(self.tasks * WAYS):
            if len(pairs) % WAYS == 0:
                classes = torch.randperm(len(self.rows), generator=rng).tolist()
            rows = self.rows[classes[len(pairs) % WAYS]]
            pairs.append(rows[torch.randperm(len(rows), generator=rng)[:2]])
        support, query = self.split["images"][torch.stack(pairs)].unflatten(0, (self.tasks, WAYS)).unbind(2)
        return {"support": support, "query": query}


class Maml(Objective):
    """First-order MAML (Finn et al., 2017, section 5.2): the gradient of the adapted weights, for those before."""

    def __init__(self, *, network, data):
        super().__init__()
        self.shown, self.fixed = network, data.examples["images"][:16]
        self.classes = torch.arange(WAYS)

    def phases(self):
        return [Phase("meta", [Adam(self.shown.parameters(), lr=0.01)])]

    def adapted(self, images):
        """The weights after one step of gradient descent on the images (WAYS, C, H, W) of a task."""
        weights = {name: value.detach().requires_grad_() for name, value in self.shown.named_parameters()}
        with self.autocast():
            loss = F.cross_entropy(functional_call(self.shown, weights, unit(images)), self.classes)
        grads = torch.autograd.grad(loss, list(weights.values()))
        return {
            name: (value - INNER_RATE * grad).detach().requires_grad_()
            for (name, value), grad in zip(weights.items(), grads, strict=True)
        }

    def update(self, phase, batch, moment):
        """A step, without a loss of its own; a term for each task."""
        (optimizer,) = phase.optimizers
        optimizer.zero_grad(set_to_none=True)
        losses = []
        for support, query in zip(batch["support"], batch["query"], strict=True):
            weights = self.adapted(support)
            with self.autocast():
                losses.append(F.cross_entropy(functional_call(self.shown, weights, unit(query)), self.classes))
            grads = torch.autograd.grad(losses[-1] / len(batch["query"]), list(weights.values()))
            for parameter, grad in zip(self.shown.parameters(), grads, strict=True):
                parameter.grad = grad if parameter.grad is None else parameter.grad + grad
        optimizer.step()
        tasks = torch.stack(losses).detach()
        return {"loss": tasks.mean(), "task": tasks}

    def preview(self, rng):
        """Fixed images, the likelier of class 0 first."""
        return Sheet(self.fixed[self.shown(unit(self.fixed))[:, 0].argsort(descending=True)], columns=4)

    def evaluate(self, split):
        """The loss after adapting to tasks that are always the same."""
        tasks = Episodes(split, tasks=16, seed=0).drawn(seeded(Generator(), 0))
        losses, right = [], []
        for support, query in zip(tasks["support"], tasks["query"], strict=True):
            with torch.enable_grad():
                weights = self.adapted(support)
            logits = functional_call(self.shown, weights, unit(query))
            losses.append(F.cross_entropy(logits, self.classes))
            right.append((logits.argmax(dim=1) == self.classes).float().mean())
        return {"loss": float(torch.stack(losses).mean()), "accuracy": float(torch.stack(right).mean())}


class MamlRecipe(ImageRecipe):
    """MAML on digits."""

    what: ClassVar[str] = "maml"
    lab: ClassVar[str] = "toys"
    title: ClassVar[str] = "Model-agnostic meta-learning"
    columns: ClassVar[tuple[str, ...]] = ("images", "labels")
    labels: ClassVar[dict[str, str]] = {"task": "Loss of task"}

    batch_size: int = knob(4, "Batch size: tasks in one step.", ge=1, le=64, unit="tasks", shown=True)

    def sampler(self, data):
        return Episodes(data.train, tasks=self.batch_size, seed=self.seed)

    def network(self, spec):
        return nn.Sequential(nn.Flatten(), nn.Linear(spec.channels * spec.size**2, 32), nn.Tanh(), nn.Linear(32, WAYS))

    def build(self, data):
        return Maml(network=self.network(data.spec), data=data)
