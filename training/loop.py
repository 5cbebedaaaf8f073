"""The one training loop. It walks the phases of an objective and knows nothing of any method.

Same recipe, data and device give the same weights: on the CPU bit for bit, as long as the budget is in steps (a budget
in seconds ties the learning rate to the clock). Previews, evaluations and snapshots never touch the randomness of the
training, so how often they come changes nothing.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from accelerate import Accelerator
from torch import Generator, Tensor, nn
from torch.optim import Optimizer

from playground.data import Data
from playground.errors import PlaygroundError
from playground.objective import Objective
from playground.recipe import Recipe
from playground.runs.events import Checkpoint, Evaluated, Event, Finished, Metrics, Preview, Snapshot, Started, State
from training.pace import Pace


class TrainingDiverged(PlaygroundError):
    """The loss is no longer a finite number."""


def train(
    recipe: Recipe,
    data: Data,
    *,
    device: str = "cpu",
    start: Mapping[str, Tensor] | None = None,
    first_step: int = 0,
    state: State | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Event]:
    """Trains what `recipe` describes and tells about it.

    Args:
        recipe: The knobs, the budget among them; the budget counts from `first_step`.
        data: What to learn from; its training split is moved to the device as a whole.
        device: As torch names it: "cpu", "cuda", "mps".
        start: A snapshot's weights to begin with, for a fork.
        first_step: The step that `start` was taken at; the fork counts on from there.
        state: A `Checkpoint`'s state; the run goes on exactly where it was taken.
        stop: Asked before every step; once true, the run is saved and ends.

    Yields:
        `Started`, then `Metrics`, `Preview`, `Snapshot`, `Evaluated` and `Checkpoint` as they come, then `Finished`.

    Raises:
        TrainingDiverged: The loss became infinite or not a number.
    """
    accelerator = Accelerator(cpu=device == "cpu", mixed_precision="bf16" if recipe.precision == "bfloat16" else "no")
    with torch.random.fork_rng():
        torch.manual_seed(recipe.seed)
        objective = recipe.build(data)
    if start is not None:
        objective.restore(start)
    objective.to(accelerator.device)
    training = Training(recipe, objective, data.to(accelerator.device), accelerator, first_step)
    if state is not None:
        training.load(state)
    yield from training.events(stop, resumed=state is not None)


class Training:
    """One run in memory: objective, optimisers, random generators, and the position in the data."""

    def __init__(
        self, recipe: Recipe, objective: Objective, data: Data, accelerator: Accelerator, first_step: int
    ) -> None:
        """Takes an objective that is on its device already."""
        self.recipe, self.objective, self.data, self.accelerator = recipe, objective, data, accelerator
        self.phases = objective.phases()
        self.optimizers = [optimizer for phase in self.phases for optimizer in phase.optimizers]
        self.base_rates = [[group["lr"] for group in optimizer.param_groups] for optimizer in self.optimizers]
        self.loss: nn.Module = accelerator.prepare_model(objective)
        self.first_step = self.step = first_step
        self.seconds = 0.0
        self.order = Generator().manual_seed(recipe.seed)
        self.noise = Generator(accelerator.device).manual_seed(recipe.seed + accelerator.process_index)
        self.permutation = torch.randperm(len(data.train), generator=self.order)
        self.cursor = 0

    def events(self, stop: Callable[[], bool], *, resumed: bool) -> Iterator[Event]:
        """Trains until the budget is spent or `stop` says so."""
        pace = Pace(self.first_step, self.step)
        began = time.perf_counter() - self.seconds
        yield Started(self.step, _count(self.objective), str(self.accelerator.device), torch.get_num_threads())
        if not resumed:
            yield from self.frame()
        while self.progress < 1 and not stop():
            terms = self.one_step()
            self.seconds = time.perf_counter() - began
            pace.add(terms)
            if pace.metrics_due(self.step):
                yield self.metrics(pace)
            if self.step == pace.next_snapshot:
                yield from self.frame()
                pace.snapshot_taken()
                if pace.glance.due():
                    with pace.glance:
                        yield self.evaluated(final=False)
            elif pace.preview.due():
                with pace.preview:
                    yield self.preview()
            if pace.checkpoint.due():
                with pace.checkpoint:
                    yield Checkpoint(self.step, self.state())
            self.seconds = time.perf_counter() - began
        stopped = self.progress < 1
        if pace.count:
            yield self.metrics(pace)
        if self.step != pace.last_snapshot:
            yield from self.frame()
        yield Checkpoint(self.step, self.state())
        if not stopped:
            yield self.evaluated(final=True)
        yield Finished(self.step, self.seconds, "stopped" if stopped else "done")

    @property
    def progress(self) -> float:
        """The spent part of the budget, of steps or of seconds, whichever is spent more; in [0, 1]."""
        by_steps = (self.step - self.first_step) / self.recipe.steps if self.recipe.steps else 0.0
        by_clock = self.seconds / self.recipe.seconds if self.recipe.seconds else 0.0
        return min(1.0, max(by_steps, by_clock))

    def one_step(self) -> dict[str, Tensor]:
        """One batch through all phases; the loss terms, detached."""
        scale = self.objective.schedule(self.progress)
        for optimizer, rates in zip(self.optimizers, self.base_rates, strict=True):
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * scale
        batch = self.data.train[self.next_indices()]
        terms: dict[str, Tensor] = {}
        self.objective.train()
        for phase in self.phases:
            if self.step % phase.every:
                continue
            for optimizer in phase.optimizers:
                optimizer.zero_grad(set_to_none=True)
            found = self.loss(phase.name, batch, self.noise)
            self.accelerator.backward(found["loss"])
            for optimizer in phase.optimizers:
                optimizer.step()
            prefix = f"{phase.name}/" if len(self.phases) > 1 else ""
            terms |= {prefix + name: value.detach() for name, value in found.items()}
        self.step += 1
        self.objective.after_step(self.step)
        return terms

    def next_indices(self) -> Tensor:
        """The next batch of a shuffled walk through the training split; every process takes its share."""
        size = min(self.recipe.batch_size, len(self.permutation))
        if self.cursor + size > len(self.permutation):
            self.permutation = torch.randperm(len(self.permutation), generator=self.order)
            self.cursor = 0
        chosen = self.permutation[self.cursor : self.cursor + size]
        self.cursor += size
        share = chosen[self.accelerator.process_index :: self.accelerator.num_processes]
        return share.to(self.accelerator.device)

    def metrics(self, pace: Pace) -> Metrics:
        """The mean of the loss terms since the last time, checked to be finite."""
        values = pace.take()
        if not all(math.isfinite(value) for value in values.values()):
            raise TrainingDiverged(
                f"The loss is no longer a finite number after {self.step} steps. A lower learning rate may help."
            )
        done = (self.step - self.first_step) * self.recipe.batch_size
        progress = self.progress
        left = self.seconds * (1 - progress) / progress if progress else 0.0
        return Metrics(self.step, self.seconds, values, done / max(self.seconds, 1e-9), progress, left)

    def frame(self) -> Iterator[Event]:
        """What a frame of the film is made of: weights and the fixed preview."""
        weights = {name: _packed(value) for name, value in self.objective.snapshot().items()}
        yield Snapshot(self.step, weights)
        yield self.preview()

    def preview(self) -> Preview:
        """The objective's pictures from randomness that starts the same every time."""
        rng = Generator(self.accelerator.device).manual_seed(self.recipe.seed)
        self.objective.eval()
        with torch.no_grad():
            images = self.objective.preview(rng)
        return Preview(self.step, images.cpu(), self.objective.preview_columns)

    def evaluated(self, *, final: bool) -> Evaluated:
        """The objective's numbers on as many test pictures as it wants to look at."""
        most = self.objective.final if final else self.objective.glance
        test = self.data.test if most is None else self.data.test.first(most)
        self.objective.eval()
        with torch.no_grad():
            return Evaluated(self.step, self.objective.evaluate(test), len(test), final)

    def state(self) -> State:
        """All that `load` needs to go on exactly from here; the tensors are on the CPU."""
        tensors = {f"objective.{name}": value for name, value in self.objective.state_dict().items()}
        for number, optimizer in enumerate(self.optimizers):
            for index, slots in optimizer.state_dict()["state"].items():
                tensors |= {f"optimizer.{number}.{index}.{slot}": value for slot, value in slots.items()}
        tensors |= {"order": self.order.get_state(), "noise": self.noise.get_state(), "permutation": self.permutation}
        values = {"step": self.step, "first_step": self.first_step, "seconds": self.seconds, "cursor": self.cursor}
        return State({name: _packed(value) for name, value in tensors.items()}, values)

    def load(self, state: State) -> None:
        """Goes back to where `state` was taken."""
        values: Mapping[str, Any] = state.values
        self.step, self.first_step = values["step"], values["first_step"]
        self.seconds, self.cursor = values["seconds"], values["cursor"]
        weights = {k.removeprefix("objective."): v for k, v in state.tensors.items() if k.startswith("objective.")}
        self.objective.load_state_dict(weights)
        for number, optimizer in enumerate(self.optimizers):
            _load_optimizer(optimizer, f"optimizer.{number}.", state.tensors)
        self.order.set_state(state.tensors["order"])
        self.noise.set_state(state.tensors["noise"])
        self.permutation = state.tensors["permutation"]


def _packed(value: Tensor) -> Tensor:
    """A copy in main memory, its numbers in the plain order that files want."""
    return value.detach().cpu().clone(memory_format=torch.contiguous_format)


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)


def _load_optimizer(optimizer: Optimizer, prefix: str, tensors: Mapping[str, Tensor]) -> None:
    slots: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        if key.startswith(prefix):
            index, slot = key.removeprefix(prefix).split(".", 1)
            slots.setdefault(int(index), {})[slot] = value.clone()
    optimizer.load_state_dict({"state": slots, "param_groups": optimizer.state_dict()["param_groups"]})
