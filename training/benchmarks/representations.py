"""What encoders learn from CIFAR-10 without labels in a fixed time, beside what needs no training, labels, and lightly.

Each trains in one process, one after the other, and only training counts as time. All have the encoder of their recipe;
features are those that the lab's views see.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from statistics import median

import torch
from torch import Tensor, nn

from playground.data import Data, packs, unit
from playground.labs import recipe, recipes
from playground.labs.selfsupervised.recipes.base import ViewsRecipe
from playground.labs.selfsupervised.recipes.masked import MaeRecipe
from playground.labs.selfsupervised.representation import Encodes
from playground.metrics.labels import Share
from playground.metrics.probes import probe_accuracy
from playground.metrics.representations import knn_accuracy
from playground.runs.experiment import Arm, Experiment, Trial
from training.benchmarks import Row
from training.benchmarks.generation import trained
from training.benchmarks.simclr import simclr

DATA, LAB = "cifar10", "selfsupervised"
SIMCLR, MAE = f"simclr-{DATA}", f"mae-{DATA}"
PROBED = 5_000
"""How many training images, the first ones, give their labels to the linear probe."""
MEASURES = {"knn": "k-NN", "linear_probe": "Linear probe"}
"""What rows call what the page calls metrics."""
UNTRAINED = ("pixels", "untrained", "untrained Vision Transformer")
SUPERVISED = recipe("cnn-fashion").changed(data=DATA, width=48)
Features = Callable[[Tensor], Tensor]
"""Images (N, C, H, W) in [-1, 1] to what is compared, (N, F)."""


def rows(seconds: float = 100, seeds: int = 3) -> Iterator[Row]:
    """k-NN and linear probe of all methods after `seconds` of training each, for the seeds 0 to `seeds` - 1."""
    if not packs.available(DATA):
        print(f"({DATA} is not here: name its folder in PLAYGROUND_DATA)", file=sys.stderr)
        return
    data = packs.load(DATA)
    threads = f"{torch.get_num_threads()} thread{'s' * (torch.get_num_threads() != 1)}"
    how = f"{seconds:g} s on {threads}, {len(data.test):,} test pictures"
    neighbors, labels = f"20 neighbors among {len(data.train):,}, {how}", f"{PROBED:,} labels, {how}"
    best: dict[str, float] = {}
    for name, train in _models(data, seconds).items():
        numbers = range(seeds) if name != "pixels" else range(1)
        values: dict[str, list[float]] = {measure: [] for measure in MEASURES.values()}
        for seed in numbers:
            for measure, accuracy in _accuracies(train(seed), data).items():
                values[measure].append(100 * accuracy)
            latest = ", ".join(f"{measure} {of_seeds[-1]:.2f} %" for measure, of_seeds in values.items())
            print(f"(seed {seed}, {name}: {latest})", file=sys.stderr, flush=True)
        best[name] = median(values["k-NN"])
        goal = f">= {max(value for other, value in best.items() if 'lightly' in other):.4g}" if name == SIMCLR else ""
        yield Row(f"k-NN on CIFAR-10, {name}", values["k-NN"], "%", goal, neighbors)
        yield Row(f"Linear probe on CIFAR-10, {name}", values["Linear probe"], "%", "", labels)


def _models(data: Data, seconds: float) -> dict[str, Callable[[int], Features]]:
    """What trains with a seed, by name, to features; lightly's before ours, whose goal it is."""
    ours = sorted(name for name, one in recipes().items() if one.lab == LAB and one.data == DATA)

    def of_recipe(name: str, seed: int) -> Features:
        chosen = recipe(name).changed(seconds=seconds, steps=None, seed=seed)
        return _features(trained(chosen, data).shown)

    def reference(seed: int, *, rate: float, adam: bool) -> Features:
        encoder = _untrained(SIMCLR, seed, data).encoder
        return _features(simclr(data.train["images"], encoder, seconds=seconds, seed=seed, rate=rate, adam=adam))

    supervised = SUPERVISED.changed(seconds=seconds, steps=None)
    return {
        "pixels": lambda seed: lambda images: images.flatten(1),
        "untrained": lambda seed: _features(_untrained(SIMCLR, seed, data)),
        "untrained Vision Transformer": lambda seed: _features(_untrained(MAE, seed, data)),
        "supervised": lambda seed: _features(trained(supervised.changed(seed=seed), data).shown),
        "lightly's SimCLR, SGD 0.06": partial(reference, rate=0.06, adam=False),
        "lightly's SimCLR, Adam 1e-3": partial(reference, rate=1e-3, adam=True),
        **{name: partial(of_recipe, name) for name in ours},
    }


def _untrained(name: str, seed: int, data: Data) -> Encodes:
    """The network that a recipe begins with."""
    chosen = recipe(name)
    assert isinstance(chosen, ViewsRecipe | MaeRecipe)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return chosen.network(data.spec).eval()


def _features(network: nn.Module) -> Features:
    return network.features  # type: ignore[return-value]  # what has features is a module like any other


@torch.no_grad()
def _accuracies(features: Features, data: Data) -> dict[str, float]:
    bank, queries = (
        torch.cat([features(unit(part)).float() for part in split["images"].split(500)])
        for split in (data.train, data.test)
    )
    labels, truth = data.train["labels"], data.test["labels"]
    return {
        "k-NN": knn_accuracy(bank, labels, queries, truth),
        "Linear probe": probe_accuracy(bank[:PROBED], labels[:PROBED], queries, truth),
    }


def experiment_of(file: Path) -> Experiment:
    """What the benchmark wrote by `--out`, as an experiment of the page: what each method reached, without curves."""
    written = json.loads(file.read_text(encoding="utf-8"))
    values: dict[str, dict[str, list[float]]] = {}
    for row in written["rows"]:
        title, _, model = row["what"].partition(" on CIFAR-10, ")
        measure = next(name for name, one in MEASURES.items() if one == title)
        values.setdefault(model, {})[measure] = [value / 100 for value in row["values"]]
        _, budget, tests = row["how"].split(", ", maxsplit=2)
    seconds, _, threads = budget.partition(" s on ")
    return Experiment(
        name="without-labels",
        title=f"What is learned without labels in {float(seconds):g} seconds?",
        labs=(LAB,),
        data="CIFAR-10",
        measured=f"On {tests}: k-NN among all training pictures, the linear probe with {PROBED:,} labels.",
        watched=("knn", "rises"),
        labels={name: Share(f"{title} accuracy") for name, title in MEASURES.items()},
        shares=tuple(MEASURES),
        machine=f"{written['machine'].partition(', Python')[0]}, {threads}",
        arms=tuple(
            _arm(
                model,
                reached,
                seconds=float(seconds),
                threads=int(threads.partition(" ")[0]),
                tests=int(tests.partition(" ")[0].replace(",", "")),
            )
            for model, reached in values.items()
        ),
    )


def _network(model: str) -> nn.Module:
    """What is behind a row's name, without numbers in it."""
    spec = packs.spec(DATA)
    with torch.device("meta"):
        if model == "pixels":
            return nn.Identity()
        if model == "supervised":
            return SUPERVISED.network(spec)
        network = recipe(model if model in recipes() else MAE if "Transformer" in model else SIMCLR).network(spec)
        return network if model in recipes() else network.get_submodule("encoder")


def _arm(model: str, reached: Mapping[str, list[float]], *, seconds: float, threads: int, tests: int) -> Arm:
    known = model in recipes()
    trained = model not in UNTRAINED
    return Arm(
        name=recipe(model).title if known else model[0].upper() + model[1:],
        recipe=model if known else "",
        knobs={},
        parameters=sum(p.numel() for p in _network(model).parameters() if p.requires_grad),
        batch=recipe(model).batch_size if known else 0,
        trials=tuple(
            Trial(
                run="",
                seed=seed,
                state="done",
                step=0,
                seconds=seconds if trained else 0,
                threads=threads if trained else None,
                points=(),
                final={measure: of_seeds[seed] for measure, of_seeds in reached.items()},
                n=tests,
            )
            for seed in range(len(reached["knn"]))
        ),
    )
