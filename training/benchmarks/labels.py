"""What pretraining without labels is worth where few pictures have one: `simclr-fashion` against training from scratch.

Seed by seed: of each there is a pretraining, a draw of labels, and a network that learned from these labels alone.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import torch
from torch import Tensor

from playground.data import packs
from playground.labs import recipe
from playground.labs.selfsupervised.labels import FRACTIONS, drawn, reference, used
from playground.labs.selfsupervised.representation import Representation, embedded
from playground.metrics.probes import mean_and_interval, probe_accuracy
from training.benchmarks import Row
from training.benchmarks.generation import trained

RECIPE, STEPS = "simclr-fashion", 11_788
"""What ships, and how many steps it took in its 600 s."""
GOAL = 5
"""By how many points pretraining shall be better where 1% of the pictures have labels."""


def rows(seeds: int = 5) -> Iterator[Row]:
    """Accuracies of linear probes, in percent, and how far they are above training from scratch, by share of labels."""
    data = packs.load("fashion")
    known, (train, test) = reference(data), used(data)
    assert known is not None
    reached: list[list[float]] = []
    for seed in range(seeds):
        network = trained(recipe(RECIPE).changed(seed=seed, steps=STEPS, seconds=None), data).shown
        assert isinstance(network, Representation)
        features: list[Tensor] = [embedded(network, split["images"]) for split in (train, test)]
        reached.append([])
        for count in known.counts:
            chosen = drawn(train["labels"], count, seed)
            labels = train["labels"][chosen], test["labels"]
            reached[-1].append(probe_accuracy(features[0][chosen], labels[0], features[1], labels[1]))
        print(f"(seed {seed}: {reached[-1]})", file=sys.stderr, flush=True)
    for place, (fraction, count) in enumerate(zip(FRACTIONS, known.counts, strict=True)):
        probes = [100 * one[place] for one in reached]
        yield Row(f"linear probe, {count} labels ({fraction:.0%})", probes, "%", "", _interval(probes))
        scratch = [100 * value for value in known.scratch[place][:seeds]]
        better = (torch.tensor(probes[: len(scratch)]) - torch.tensor(scratch)).tolist()
        goal = f">= {GOAL}" if place == 0 else ""
        yield Row(f"above training from scratch, {count} labels", better, "points", goal, _interval(better))


def _interval(values: list[float]) -> str:
    mean, reach = mean_and_interval(values)
    return f"mean {mean:.1f} ± {reach:.1f} (95 %)"
