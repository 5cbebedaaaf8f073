"""Whether the GANs in the plane do what the page says of them: cover all modes, fail each in its way, and recover."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import NamedTuple

import torch

from playground.data import packs
from playground.labs import recipe
from playground.labs.gan.dynamics import negative_gradient
from playground.labs.gan.modes import centers, covered
from playground.labs.gan.points import PointGan, fixed_noise
from playground.labs.gan.views import TRAINING
from training.benchmarks import Row
from training.session import with_knobs
from training.trainer import Trainer, prepared

BALANCED, COLLAPSE = "point-gan-gaussians", "point-gan-gaussians-collapse"
EVERY = 50
"""Turns between two checks."""
SEEDS = range(10)
LAST = 3
"""Checks at the end of a cure."""
LATE = 100
"""Turns that a failure may take to show itself."""


class Check(NamedTuple):
    """What is seen of a training.

    Attributes:
        modes: Which are covered.
        gradient: The median norm of the generator's gradient since the check before.
        arrow: The median length of the arrows that the view draws: the gradient at a generated point.
    """

    modes: tuple[bool, ...]
    gradient: float
    arrow: float


@dataclass(frozen=True)
class Failure:
    """What a preset shows that fails, from turn `LATE` on.

    Attributes:
        turns: How long it is looked at before it is cured.
        most: How many modes it covers at once, at most.
        what: Another sign of this failure in words.
        sign: That sign as a number, from its checks and those of the balanced preset in the same turns.
        goal: Of that number.
        cured: Turns within which the cure is to cover all modes.
    """

    turns: int
    most: int
    what: str
    sign: Callable[[Sequence[Check], Sequence[Check]], float]
    goal: str
    cured: int


def gradient(found: Sequence[Check], balanced: Sequence[Check]) -> float:
    """The median gradient norm of the generator, as a multiple of that of the balanced preset."""
    return median(check.gradient for check in found) / median(check.gradient for check in balanced)


def arrow(found: Sequence[Check], balanced: Sequence[Check]) -> float:
    """The median gradient at a generated point, as a multiple of that of the balanced preset."""
    return median(check.arrow for check in found) / median(check.arrow for check in balanced)


def changing(found: Sequence[Check], balanced: Sequence[Check]) -> float:
    """The share of checks at which other modes are covered than at the one before."""
    pairs = list(pairwise(found))
    return sum(before.modes != after.modes for before, after in pairs) / len(pairs)


FAILURES = {
    "point-gan-gaussians-vanishing": Failure(
        200, 2, "gradient at the median generated point, as a multiple of balanced", arrow, "<= 0.1", 500
    ),
    "point-gan-gaussians-oscillation": Failure(
        500, 4, "share of checks at which other modes are covered than before", changing, ">= 0.8", 500
    ),
    "point-gan-gaussians-starved": Failure(
        500, 3, "the generator's gradient norm, as a multiple of balanced", gradient, ">= 1", 500
    ),
}


def rows() -> Iterator[Row]:
    """Modes of eight Gaussians that are covered over time, for ten seeds, and of 25 after 3,000 turns."""
    how = f"turns, checked every {EVERY}; seeds 0 to 9"
    starts = [first_turn(counts(checks(trainer_of(BALANCED, seed), 3000)), 8) for seed in SEEDS]
    yield Row("balanced: all 8 modes covered to turn 3,000, from turn", starts, "", "<= 2000", how)
    max_modes, recovered, by_cure = [], [], []
    for seed in SEEDS:
        trainer = trainer_of(COLLAPSE, seed)
        max_modes.append(float(max(counts(checks(trainer, 2000))[300 // EVERY :])))
        by_cure.append(first_turn(counts(checks(cured(COLLAPSE, trainer), 500)), 8))
        balanced = with_knobs(trainer, recipe(BALANCED).changed(seed=seed))
        recovered.append(first_turn(counts(checks(balanced, 2000)), 8))
    yield Row("collapse: most modes covered at once from turn 300 to 2,000", max_modes, "of 8", "<= 2", how)
    yield Row("its knobs turned to balanced: all 8 covered to the end, after", recovered, "", "<= 2000", how)
    yield Row("its cure alone: all 8 covered to turn 500, after", by_cure, "", "<= 500", how)
    for name, failure in FAILURES.items():
        yield from failing(name, failure)
    grid = [float(counts(checks(trainer_of(BALANCED, seed, data="grid"), 3000))[-1]) for seed in SEEDS[:5]]
    yield Row("balanced on the grid: modes after 3,000 turns", grid, "of 25", ">= 23", "seeds 0 to 4")


def failing(name: str, failure: Failure) -> Iterator[Row]:
    """How a preset fails, and from when on its cure covers all modes."""
    late, how = LATE // EVERY, f"turns, checked every {EVERY}; seeds 0 to 9"
    most, signs, recovered, last = [], [], [], []
    for seed in SEEDS:
        trainer = trainer_of(name, seed)
        found = checks(trainer, failure.turns)[late - 1 :]
        most.append(float(max(counts(found))))
        signs.append(failure.sign(found, checks(trainer_of(BALANCED, seed), failure.turns)[late - 1 :]))
        after = counts(checks(cured(name, trainer), failure.cured))
        recovered.append(float(EVERY * (after.index(8) + 1)) if 8 in after else float("inf"))
        last.append(float(min(after[-LAST:])))
    label, (knob, value) = TRAINING.presets[name].label, TRAINING.presets[name].cure or ("", "")
    span = f"turns {LATE} to {failure.turns}"
    yield Row(f"{label}: most modes covered at once, {span}", most, "of 8", f"<= {failure.most}", how)
    yield Row(f"{label}: {failure.what}, {span}", signs, "", failure.goal, how)
    cure = f"{label}, {knob} then {value}"
    yield Row(f"{cure}: all 8 covered at once, after", recovered, "", f"<= {failure.cured}", how)
    yield Row(
        f"{cure}: fewest covered in the last {LAST} of {failure.cured // EVERY} checks", last, "of 8", ">= 8", how
    )


def trainer_of(name: str, seed: int, **knobs: object) -> Trainer:
    """A training of a recipe at its start."""
    chosen = recipe(name).changed(seed=seed, **knobs)
    return prepared(chosen, chosen.load(packs))


def cured(name: str, trainer: Trainer) -> Trainer:
    """A branch off a training as it is now, with the knob turned that its preset names: as the page begins it."""
    cure = TRAINING.presets[name].cure
    assert cure is not None
    objective, chosen = trainer.objective, trainer.recipe.changed(**dict([cure]))
    return prepared(chosen, trainer.data, start=objective.snapshot(), shape=objective.shape(), first_step=trainer.step)


def checks(trainer: Trainer, turns: int) -> list[Check]:
    """What is found after every `EVERY` of some turns more."""
    modes = centers(trainer.data.spec.name)
    assert modes is not None
    found = []
    for _ in range(turns // EVERY):
        gradients = [float(trainer.one_step()[0]["generator/gradient"]) for _ in range(EVERY)]
        network: PointGan = trainer.objective.shown  # type: ignore[assignment]
        with torch.no_grad():
            samples = network.generator(fixed_noise(network.generator.latent))
            on_real = network.discriminator(trainer.data.test["points"])
        arrows = negative_gradient(network, samples, on_real).norm(dim=1)
        found.append(Check(tuple(covered(samples, *modes).tolist()), median(gradients), float(arrows.median())))
    return found


def counts(found: Sequence[Check]) -> list[int]:
    """How many modes are covered at each check."""
    return [sum(check.modes) for check in found]


def first_turn(covered: Sequence[int], enough: int) -> float:
    """The turn from which on every check finds `enough` modes; infinity where the last one does not."""
    last_miss = next((number for number in range(len(covered), 0, -1) if covered[number - 1] < enough), 0)
    return float("inf") if last_miss == len(covered) else float(EVERY * (last_miss + 1))
