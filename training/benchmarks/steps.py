"""What the loop costs: our training step compared with the same network, batch and optimizer in a bare loop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import torch

from playground.labs import recipe
from playground.objective import Moment, minimized
from playground.runs.store import Store
from training.benchmarks import Row
from training.trainer import Trainer, prepared

NAMES = (
    "vit-fashion",
    "vae-fashion",
    "cgan-fashion",
    "diffusion-fashion",
    "point-gan-gaussians",
    "point-diffusion-moons",
)
ROUNDS = 25
"""How often the two take turns."""
SPAN = 0.5
"""Seconds of one turn, about."""


def rows() -> Iterator[Row]:
    """Examples a second of our step as a part of the bare loop's, both in one process and in turns."""
    store = Store(Path("nowhere"))
    for name in NAMES:
        chosen = recipe(name).changed(seconds=None, steps=10**6)
        spec = chosen.spec(store.data)
        data, networks = chosen.load(store.data), store.used_by(chosen, spec)
        ours, bare = (prepared(chosen, data, networks=networks) for _ in range(2))
        step = _bare(bare)
        times = max(1, round(SPAN / max(_seconds(step, 5) / 5, 1e-4)))
        _seconds(ours.one_step, 5)
        pairs = [(_seconds(step, times), _seconds(ours.one_step, times)) for _ in range(ROUNDS)]
        ratios = sorted(bare_time / our_time for bare_time, our_time in pairs)
        quartiles = [ratios[ROUNDS // 4], median(ratios), ratios[3 * ROUNDS // 4]]
        rate = chosen.batch_size * times / median(our_time for _, our_time in pairs)
        how = f"{rate:,.0f} examples/s; {ROUNDS} turns of {times} steps each; the spread is that of the quartiles"
        yield Row(f"our step / a bare loop ({name})", quartiles, "x", ">= 0.95", how)


def _bare(trainer: Trainer) -> Callable[[], object]:
    """A step written for this method alone: no seeds, no schedule, no records."""
    objective, data, batch_size = trainer.objective.train(), trainer.data.train, trainer.recipe.batch_size
    rng, number = torch.Generator().manual_seed(0), 0

    def step() -> None:
        nonlocal number
        batch = data.batch(torch.randint(len(data), (batch_size,), generator=rng))
        moment = Moment(number, 0.0, rng)
        for phase in trainer.phases:
            for optimizer in phase.optimizers:
                optimizer.zero_grad(set_to_none=True)
            minimized(objective.loss(phase.name, batch, moment)).backward()
            for optimizer in phase.optimizers:
                optimizer.step()
        objective.after_step(moment)
        number += 1

    return step


def _seconds(step: Callable[[], object], times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        step()
    return time.perf_counter() - start
