"""One run in memory: what a step does, what can be said of where it is, and the state that it goes on from.

The same recipe, data and device give the same weights: on the CPU bit for bit, as long as the budget is in steps (a
budget in seconds ties the learning rate to the clock). The randomness of a step depends on the seed and the number of
the step alone, so previews, evaluations and snapshots cannot change it, and a resumed run needs no generator's state.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Generator, Tensor, nn
from torch.optim import Optimizer

from playground.data import Data
from playground.errors import PlaygroundError
from playground.objective import Moment, Objective
from playground.randomness import ambient, mixed, seeded
from playground.recipe import Recipe
from playground.runs.events import Evaluated, Event, Metrics, Preview, Snapshot, Started, State
from playground.trained import Trained
from training.pace import Pace


class TrainingDiverged(PlaygroundError):
    """The loss or a weight is no longer a finite number."""


def prepared(
    recipe: Recipe,
    data: Data,
    *,
    device: str = "cpu",
    start: Mapping[str, Tensor] | None = None,
    shape: Mapping[str, Any] | None = None,
    first_step: int = 0,
    state: State | None = None,
    networks: Mapping[str, Trained] | None = None,
) -> Trainer:
    """A run in memory, at its start or where it was left.

    Args:
        recipe: The knobs, the budget among them; the budget counts from `first_step`.
        data: What to learn from; it is moved to the device as a whole.
        device: As torch names it: "cpu", "cuda", "cuda:1", "mps".
        start: A snapshot's weights to begin with, for a branch.
        shape: That snapshot's shape.
        first_step: The step that `start` was taken at; the branch counts on from there.
        state: A `Checkpoint`'s state; the run goes on exactly where it was taken, under the knobs that it had then.
        networks: Those that the recipe uses, by role.

    Raises:
        StateMismatch: When `state` was saved by other code.
    """
    torch_device = torch.device(device)
    if state is not None:
        recipe = recipe.changed(**state.values.get("knobs", {}))
    with ambient(recipe.seed, torch_device):
        objective = recipe.build(data, **networks or {})
        objective.reshape((state.values.get("shape") if state else shape) or {})
    if start is not None:  # on other data a head may have another shape; it starts fresh
        initial = objective.snapshot()
        matching = {name: name in start and start[name].shape == value.shape for name, value in initial.items()}
        objective.restore({name: start[name] if matching[name] else value for name, value in initial.items()})
    trainer = Trainer(recipe, objective.to(torch_device), data.to(torch_device), torch_device, first_step)
    if state is not None:
        try:
            trainer.load(state)
        except (RuntimeError, ValueError, KeyError) as error:
            raise StateMismatch(
                "Another version of the playground saved the state of this run; branch from its newest snapshot."
            ) from error
    return trainer


class StateMismatch(PlaygroundError):
    """A saved state does not fit the objective that shall go on from it."""


class Trainer:
    """An objective, its optimizers, and the step that they are at."""

    def __init__(
        self, recipe: Recipe, objective: Objective, data: Data, device: torch.device, first_step: int = 0
    ) -> None:
        """Takes an objective and data that are on `device` already."""
        self.recipe, self.objective, self.data, self.device = recipe, objective, data, device
        self._optimize()
        self.sampler = recipe.sampler(data)
        self.rng = Generator(device)
        self.first_step = self.step = first_step
        self.seconds, self._started_at = 0.0, 0.0
        self.examples = 0
        self.resumed = False
        objective.precision = getattr(torch, recipe.precision)

    def _optimize(self) -> None:
        """Makes the optimizers of the modules as they are now."""
        self.phases = self.objective.phases()
        self.optimizers = [optimizer for phase in self.phases for optimizer in phase.optimizers]
        self.base_rates = {
            phase.name: [[group["lr"] for group in optimizer.param_groups] for optimizer in phase.optimizers]
            for phase in self.phases
        }

    def start_clock(self) -> None:
        """From now on time counts as training again."""
        self._started_at = time.perf_counter() - self.seconds

    def tick(self) -> None:
        """Takes the time."""
        self.seconds = time.perf_counter() - self._started_at

    def started(self) -> Started:
        """Where and from what step on it is trained."""
        return Started(self.step, _count(self.objective), str(self.device), torch.get_num_threads())

    @property
    def progress(self) -> float:
        """The spent part of the budget, of steps or of seconds, whichever is spent more; in [0, 1]."""
        by_steps = (self.step - self.first_step) / self.recipe.steps if self.recipe.steps else 0.0
        by_clock = self.seconds / self.recipe.seconds if self.recipe.seconds else 0.0
        return min(1.0, max(by_steps, by_clock))

    def one_step(self, only: str = "") -> tuple[dict[str, Tensor], str]:
        """One batch through all phases that are due, or one alone; their terms, detached, and what `mark` says."""
        moment = Moment(self.step, self.progress, seeded(self.rng, self.recipe.seed, self.step))
        self._set_rates(moment.progress)
        terms: dict[str, Tensor] = {}
        if not self.objective.training:
            self.objective.train()
        with ambient(mixed(self.recipe.seed, self.step, "layers"), self.device):
            batch = self.sampler(moment)
            self.examples += len(next(iter(batch.values())))
            for phase in self.phases:
                if phase.name == only or not only and self.step % phase.every == 0:
                    phase_terms = self.objective.update(phase, batch, moment)
                    prefix = f"{phase.name}/" if len(self.phases) > 1 else ""
                    terms |= {prefix + name: value.detach() for name, value in phase_terms.items()}
            self.objective.after_step(moment)
            self.step += 1
            before = self.objective.shape()
            label = self.objective.mark(moment)
            if self.objective.shape() != before:
                self.objective.to(self.device)
                self._optimize()
        return terms, label

    def _set_rates(self, progress: float) -> None:
        for phase in self.phases:
            scale = self.objective.schedule(phase.name, progress)
            for optimizer, rates in zip(phase.optimizers, self.base_rates[phase.name], strict=True):
                for group, rate in zip(optimizer.param_groups, rates, strict=True):
                    group["lr"] = rate * scale

    def metrics(self, pace: Pace) -> Metrics:
        """The means of the terms since the last time, checked to be finite."""
        values = pace.take()
        if not all(math.isfinite(value) for value in values.values()):
            raise TrainingDiverged(self._diverged("loss is no longer a finite number"))
        progress = self.progress
        left = self.seconds * (1 - progress) / progress if progress else 0.0
        return Metrics(self.step, self.seconds, values, self.examples / max(self.seconds, 1e-9), progress, left)

    def frame(self) -> Iterator[Event]:
        """The events of one frame: weights and the fixed preview."""
        self._check_weights()
        weights = {name: _packed(value) for name, value in self.objective.snapshot().items()}
        yield Snapshot(self.step, weights, self.objective.shape())
        yield self.preview()

    def preview(self) -> Preview:
        """The objective's preview from randomness that starts the same every time."""
        self._check_weights()
        self.objective.eval()
        with torch.no_grad():
            return Preview(self.step, self.objective.preview(self.rng.manual_seed(self.recipe.seed)))

    def evaluated(self, *, final: bool) -> Evaluated:
        """The objective's numbers on as many test examples as it wants."""
        self._check_weights()
        limit = self.objective.final if final else self.objective.quick_examples
        test = self.data.test if limit is None else self.data.test.first(limit)
        self.objective.eval()
        with torch.no_grad():
            return Evaluated(self.step, self.objective.evaluate(test), len(test), final)

    def _check_weights(self) -> None:
        """Before weights are looked at: what is fitted to infinite features fails in words that help nobody."""
        if not all(bool(weights.isfinite().all()) for weights in self.objective.parameters()):
            raise TrainingDiverged(self._diverged("weights are no longer finite numbers"))

    def _diverged(self, what: str) -> str:
        return f"The {what} after {self.step} steps. A lower learning rate may help."

    def state(self) -> State:
        """All that `load` needs to go on exactly from here; the tensors are on the CPU."""
        tensors = {f"objective.{name}": value for name, value in self.objective.state_dict().items()}
        groups = []
        for number, optimizer in enumerate(self.optimizers):
            state = optimizer.state_dict()
            groups.append(json.loads(json.dumps(state["param_groups"])))  # tuples become lists, as in a file
            for index, slots in state["state"].items():
                tensors |= {f"optimizer.{number}.{index}.{slot}": value for slot, value in slots.items()}
        values = {"step": self.step, "first_step": self.first_step, "seconds": self.seconds, "groups": groups}
        values |= {"examples": self.examples, "shape": self.objective.shape()}
        values["knobs"] = self.recipe.model_dump(mode="json")
        return State({name: _packed(value) for name, value in tensors.items()}, values)

    def load(self, state: State, *, groups: bool = True) -> None:
        """Goes back to where `state` was taken; without its `groups` the optimizers keep their own settings."""
        values: Mapping[str, Any] = state.values
        self.resumed = True
        self.step, self.first_step, self.seconds = values["step"], values["first_step"], values["seconds"]
        self.examples = values.get("examples", 0)
        weights = {k.removeprefix("objective."): v for k, v in state.tensors.items() if k.startswith("objective.")}
        self.objective.load_state_dict(weights)
        for number, (optimizer, saved) in enumerate(zip(self.optimizers, values["groups"], strict=True)):
            chosen = saved if groups else optimizer.state_dict()["param_groups"]
            _load_optimizer(optimizer, chosen, f"optimizer.{number}.", state.tensors)


def _packed(value: Tensor) -> Tensor:
    """A copy in main memory, its numbers in the plain order that files want."""
    return value.detach().cpu().clone(memory_format=torch.contiguous_format)


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)


def _load_optimizer(optimizer: Optimizer, groups: Any, prefix: str, tensors: Mapping[str, Tensor]) -> None:
    slots: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        if key.startswith(prefix):
            index, slot = key.removeprefix(prefix).split(".", 1)
            slots.setdefault(int(index), {})[slot] = value.clone()
    optimizer.load_state_dict({"state": slots, "param_groups": groups})
