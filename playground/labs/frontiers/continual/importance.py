"""Methods that hold on to the weights that earlier tasks need: elastic weight consolidation, synaptic intelligence."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor
from torch.func import functional_call, jacrev, vmap
from torch.nn import functional as F

from playground.data import Data, unit
from playground.labs.frontiers.continual.network import TaskClassifier
from playground.labs.frontiers.continual.objective import Finetune
from playground.objective import Batch, Moment, Phase, Terms

Fisher = Literal["exact", "empirical"]
"""Over which labels the squared gradients are averaged: over all answers, as likely as the network finds them, which is
the Fisher information itself; or over the right ones alone (van de Ven, "On the Computation of the Fisher Information
in Continual Learning", 2025)."""
CHUNK = 32
"""Pictures whose gradients are taken at once."""
DAMPING = 0.1
"""xi, which keeps the importance of a weight that has hardly moved finite."""


def weights(network: TaskClassifier) -> Tensor:
    """All parameters as one vector (P,)."""
    return torch.cat([parameter.flatten() for parameter in network.parameters()])


def fisher(network: TaskClassifier, images: Tensor, labels: Tensor, kind: Fisher) -> Tensor:
    """The diagonal of the Fisher information of a network's answers, (P,), in the order of its parameters.

    F_i = E_x E_y [(d log p(y | x) / d theta_i)^2] over the images (N, C, H, W), in [-1, 1], of one task. With "exact",
    y is distributed as the network says, and the expectation is a sum over all outputs that may be the answer; with
    "empirical" y is the label (N,).
    """
    chosen = network.choices(network.tasks_of(labels[:1]), network.seen)[0].nonzero()[:, 0]
    places = (network.targets(labels)[:, None] == chosen).float().argmax(dim=1)  # of the right one among these
    parameters = {name: value.detach() for name, value in network.named_parameters()}

    def log_likelihoods(parameters: dict[str, Tensor], image: Tensor) -> tuple[Tensor, Tensor]:
        logits = functional_call(network, parameters, image[None])[0, chosen]
        log_p = logits.log_softmax(dim=0)
        return log_p, log_p

    gradients_of = vmap(jacrev(log_likelihoods, has_aux=True), (None, 0))
    total = torch.zeros_like(weights(network))
    for some, right in zip(images.split(CHUNK), places.split(CHUNK), strict=True):
        by_name, log_p = gradients_of(parameters, some)
        of_answer = log_p.exp() if kind == "exact" else F.one_hot(right, len(chosen)).to(log_p)  # (n, answers)
        squares = [torch.einsum("ny,nyp->p", of_answer, value.flatten(2).square()) for value in by_name.values()]
        total += torch.cat(squares)
    return total / len(images)


class ElasticWeights(Finetune):
    """Elastic weight consolidation: each task that has ended ties weights to where it left them, as its Fisher says.

    Kirkpatrick et al., "Overcoming catastrophic forgetting in neural networks", 2017 (arXiv 1612.00796), equation 3,
    with one penalty a task. Symbols: `fishers` F, `anchors` theta*, `strength` lambda.
    """

    fishers: Tensor
    anchors: Tensor
    samples: Tensor
    sampled: Tensor

    def __init__(self, *, data: Data, strength: float, kind: Fisher, examples: int, **finetune: Any) -> None:
        """The Fisher information of a task is that of the first `examples` of its training pictures."""
        super().__init__(data=data, **finetune)
        self.strength, self.kind = strength, kind
        tasks = self.shown.tasks_of(data.train["labels"])
        rows = torch.cat([(tasks == task).nonzero()[:examples, 0] for task in range(self.shown.tasks)])
        self.register_buffer("samples", data.train["images"][rows], persistent=False)
        self.register_buffer("sampled", data.train["labels"][rows], persistent=False)
        size = (self.shown.tasks, len(weights(self.shown)))
        self.register_buffer("fishers", torch.zeros(size))
        self.register_buffer("anchors", torch.zeros(size))

    def regularize(self, images: Tensor, logits: Tensor, moment: Moment) -> Tensor:
        """The sum of lambda / 2 F_ti (theta_i - theta*_ti)^2 over tasks t that have ended and weights i."""
        moved = weights(self.shown) - self.anchors  # (T, P)
        return self.strength / 2 * (self.fishers * moved.square()).sum()

    def consolidate(self, task: int) -> None:
        """Takes the task's Fisher information, where it has left the weights."""
        mine = self.shown.tasks_of(self.sampled) == task
        self.fishers[task] = fisher(self.shown, unit(self.samples[mine]), self.sampled[mine], self.kind)
        self.anchors[task] = weights(self.shown).detach()


class SynapticIntelligence(Finetune):
    """Weights are important as far as their way through the training has brought the loss down.

    Zenke, Poole & Ganguli, "Continual Learning Through Synaptic Intelligence", 2017 (arXiv 1703.04200), equations 3 to
    5. Symbols: `path` omega, of the task whose turn it is, `importance` Omega, `anchor` theta~, `strength` c.
    """

    path: Tensor
    importance: Tensor
    anchor: Tensor

    def __init__(self, *, strength: float, **finetune: Any) -> None:
        """No weight is important yet."""
        super().__init__(**finetune)
        self.strength = strength
        for name in ("path", "importance"):
            self.register_buffer(name, torch.zeros_like(weights(self.shown)).detach())
        self.register_buffer("anchor", weights(self.shown).detach().clone())

    def regularize(self, images: Tensor, logits: Tensor, moment: Moment) -> Tensor:
        """The sum of c Omega_i (theta_i - theta~_i)^2 over weights i (equation 4)."""
        return self.strength * (self.importance * (weights(self.shown) - self.anchor).square()).sum()

    def learn(self, phase: Phase, batch: Batch, moment: Moment) -> Terms:
        """Adds -g dtheta of the step to the path integral (equation 3); g is the gradient of the task's loss alone."""
        before = weights(self.shown).detach()
        pull = 2 * self.strength * self.importance * (before - self.anchor)  # the gradient of the penalty
        terms = super().learn(phase, batch, moment)
        gradient = torch.cat([value.grad.flatten() for value in self.shown.parameters() if value.grad is not None])
        self.path -= (gradient - pull) * (weights(self.shown).detach() - before)
        return terms

    def consolidate(self, task: int) -> None:
        """Omega += omega / (Delta^2 + xi) (equation 5); a weight whose way raised the loss counts as not important."""
        now = weights(self.shown).detach()
        self.importance += self.path.clamp(min=0) / ((now - self.anchor).square() + DAMPING)
        self.anchor.copy_(now)
        self.path.zero_()
