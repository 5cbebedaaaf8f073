"""Recipes with few examples of their data, trained for some steps, and what was seen of that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from playground.data import Data
from playground.objective import Objective, Phase, Terms
from playground.recipe import Recipe
from playground.sampler import Sampler
from playground.trained import Trained
from tests.moments import moment


@dataclass(frozen=True)
class Case:
    """A recipe with few examples of its data, the training examples taken evenly from all of them."""

    recipe: Recipe
    data: Data
    networks: dict[str, Trained]

    def objective(self) -> Objective:
        """Freshly built, always alike."""
        torch.manual_seed(0)
        return self.recipe.build(self.data, **self.networks)

    def network(self, shape: Mapping[str, Any]) -> nn.Module:
        """The network of a frame of that shape."""
        return self.recipe.network(self.data.spec, **self.recipe.shape(**self.networks), **shape)

    @cached_property
    def trained(self) -> Training:
        """A few steps; whoever looks at it leaves it as it is."""
        return Training(self.objective(), self.recipe.sampler(self.data)).after(4)

    @cached_property
    def evaluation(self) -> dict[str, float]:
        """What is said of it after these steps."""
        return evaluated(self.trained.objective, self.data.test)


@dataclass
class Training:
    """An objective that is trained at the full learning rate, and what was seen of it.

    Attributes:
        objective: What is trained.
        sampler: Gives the batches.
        first: The state before the first step.
        step: Steps done.
        terms: What the phases reported, by the number of the phase and of the step.
        grads: By the name of a parameter, of each step of its optimizer the gradient, None where it got none.
    """

    objective: Objective
    sampler: Sampler
    first: dict[str, Tensor] = field(init=False)
    step: int = 0
    terms: dict[tuple[int, int], Terms] = field(default_factory=dict)
    grads: dict[str, list[Tensor | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.first = copied(self.objective.state_dict())
        self._optimize()

    def after(self, steps: int) -> Training:
        """The same after so many more steps."""
        self.objective.train()
        for _ in range(steps):
            now, before = moment(self.step, progress=0.5), self.objective.shape()
            batch = self.sampler(now)
            for number, phase in enumerate(self.phases):
                if self.step % phase.every == 0:
                    self.terms[number, self.step] = self.objective.update(phase, batch, now)
            self.objective.after_step(now)
            self.step += 1
            self.objective.mark(now)
            if self.objective.shape() != before:
                self._optimize()
        return self

    @property
    def losses(self) -> list[float]:
        """The loss of the first phase, step by step."""
        return [float(terms["loss"].detach()) for (phase, _), terms in self.terms.items() if phase == 0]

    def _optimize(self) -> None:
        self.phases = self.objective.phases()
        names = {id(parameter): name for name, parameter in self.objective.named_parameters()}
        for parameter, optimizer in held(self.phases):
            seen = self.grads.setdefault(names[id(parameter)], [])
            optimizer.register_step_pre_hook(lambda *_, to=seen, of=parameter: to.append(_copy(of.grad)))


def held(phases: list[Phase]) -> Iterator[tuple[Tensor, torch.optim.Optimizer]]:
    """All parameters of all optimizers."""
    for optimizer in (optimizer for phase in phases for optimizer in phase.optimizers):
        for group in optimizer.param_groups:
            yield from ((parameter, optimizer) for parameter in group["params"])


def copied(weights):
    return {name: value.detach().clone() for name, value in weights.items()}


def _copy(grad):
    return None if grad is None else grad.clone()


@torch.no_grad()
def evaluated(objective, split):
    return objective.eval().evaluate(split)


@torch.no_grad()
def shown(objective):
    return objective.eval().preview(torch.Generator().manual_seed(0))
