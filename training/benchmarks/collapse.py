"""Whether methods collapse without what keeps them from it, and not with it: trainings of the recipes as they stand.

What a collapse is, the page's own view says. The embedded Fashion-MNIST; the schedule is that of the few steps.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import torch

from playground.data import Data, packs
from playground.labs import recipe
from playground.labs.selfsupervised.representation import Representation
from playground.labs.selfsupervised.views.collapse import collapse_view, prepared_collapse
from playground.recipe import Recipe
from playground.view import Options
from training.benchmarks import Row
from training.benchmarks.generation import trained

SWITCHES = {
    "simclr-fashion": ("negatives", 300),
    "simsiam-fashion": ("stop_gradient", 900),
    "dino-fashion": ("centering", 1200),
}
"""Recipes, the knob that is turned off, and the steps of a training."""


def rows(seeds: int = 5) -> Iterator[Row]:
    """Of how many of the seeds 0 to `seeds` - 1, in percent, the view says what is expected."""
    data = packs.load("fashion")
    for name, (switch, steps) in SWITCHES.items():
        for on in (True, False):
            verdicts = []
            for seed in range(seeds):
                chosen = recipe(name).changed(**{switch: on}, seed=seed, steps=steps, seconds=None)
                verdicts.append(verdict(chosen, data))
                print(f"({name}, {switch} {on}, seed {seed}: {verdicts[-1]})", file=sys.stderr, flush=True)
            sought = ": not collapsed." if on else ": collapsed."  # a partial collapse is neither
            share = 100 * sum(sought in said for said in verdicts) / seeds
            title = f"{recipe(name).title}, {'as it stands' if on else f'without {switch}'}{sought}"
            how = f"seeds 0 to {seeds - 1}, {steps} steps; {'; '.join(sorted(set(verdicts)))}"
            yield Row(title, [share], "% of the seeds", ">= 100", how)


def verdict(chosen: Recipe, data: Data) -> str:
    """What the view says of a training."""
    network = trained(chosen, data).shown
    assert isinstance(network, Representation)
    inputs = {"test": data.test, "recipe": chosen}
    with torch.no_grad():
        seen = prepared_collapse(network, data.spec, inputs)
        return str(collapse_view(network, data.spec, Options(), {**inputs, "prepared": seen}).words["verdict"])
