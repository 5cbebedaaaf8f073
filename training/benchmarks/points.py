"""Whether the GANs in the plane do what the page says of them: cover all modes, collapse, and recover."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from playground.data import packs
from playground.labs import recipe
from playground.labs.gan.modes import centers, modes_covered
from playground.labs.gan.points import fixed_noise
from training.benchmarks import Row
from training.session import with_knobs
from training.trainer import Trainer, prepared

BALANCED, COLLAPSE = "point-gan-gaussians", "point-gan-gaussians-collapse"
EVERY = 50
"""Turns between two checks."""
SEEDS = range(10)


def rows() -> Iterator[Row]:
    """Modes of eight Gaussians that are covered over time, for ten seeds, and of 25 after 3,000 turns."""
    how = f"turns, checked every {EVERY}; seeds 0 to 9"
    starts = [_first_turn(_modes(_trainer(BALANCED, seed), 3000), 8) for seed in SEEDS]
    yield Row("balanced: all 8 modes covered to turn 3,000, from turn", starts, "", "<= 2000", how)
    max_modes, recovered = [], []
    for seed in SEEDS:
        trainer = _trainer(COLLAPSE, seed)
        max_modes.append(float(max(_modes(trainer, 2000)[300 // EVERY :])))
        balanced = with_knobs(trainer, recipe(BALANCED).changed(seed=seed))
        recovered.append(_first_turn(_modes(balanced, 2000), 8))
    yield Row("collapse: most modes covered at once from turn 300 to 2,000", max_modes, "of 8", "<= 2", how)
    yield Row("its knobs turned to balanced: all 8 covered to the end, after", recovered, "", "<= 2000", how)
    grid = [float(_modes(_trainer(BALANCED, seed, data="grid"), 3000)[-1]) for seed in SEEDS[:5]]
    yield Row("balanced on the grid: modes after 3,000 turns", grid, "of 25", ">= 23", "seeds 0 to 4")


def _trainer(name: str, seed: int, **knobs: object) -> Trainer:
    chosen = recipe(name).changed(seed=seed, **knobs)
    return prepared(chosen, chosen.load(packs))


def _modes(trainer: Trainer, turns: int) -> list[int]:
    """How many modes are covered after every `EVERY` of some turns more."""
    counts = []
    for _ in range(turns // EVERY):
        for _ in range(EVERY):
            trainer.one_step()
        with torch.no_grad():
            samples = trainer.objective.shown(fixed_noise(trainer.recipe.latent))  # type: ignore[attr-defined]
        modes = centers(trainer.data.spec.name)
        assert modes is not None
        counts.append(modes_covered(samples, *modes))
    return counts


def _first_turn(covered: Sequence[int], enough: int) -> float:
    """The turn from which on every check finds `enough` modes; infinity where the last one does not."""
    last_miss = next((number for number in range(len(covered), 0, -1) if covered[number - 1] < enough), 0)
    return float("inf") if last_miss == len(covered) else float(EVERY * (last_miss + 1))
