"""Whether a search finds better cells than random search does at equal cost, and what cheap scores know beforehand.

All methods choose among cells trained in the same way, as `evolution-fashion` trains its candidates, and each cell is
trained once: what was measured is kept in `playground/labs/frontiers/search/references/`; delete the file to measure it
anew. What a search chose by its accuracy on pictures held out is evaluated on the test set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import cast

import torch
from torch import Generator, Tensor

from playground.data import Data, packs
from playground.labs import recipe
from playground.labs.frontiers.search.candidate import CandidateSampler
from playground.labs.frontiers.search.cells import EDGES, OPERATIONS, RESIDUAL, Cell, canonical, cell_at, index, pruned
from playground.labs.frontiers.search.latency import latency, table, whole
from playground.labs.frontiers.search.measured import FOLDER, Measured, Result, Span, best, compared, read
from playground.labs.frontiers.search.proxies import PROXIES, Examples, score, size
from playground.labs.frontiers.search.recipes import EvolutionRecipe
from playground.labs.frontiers.search.strategies import Strategy, at_random
from playground.labs.frontiers.search.view import shared
from playground.metrics.classified import classification
from playground.metrics.ranks import spearman_interval
from playground.objective import Moment
from playground.randomness import seeded
from playground.runs.folder import write_whole
from playground.runs.store import Store
from training.benchmarks import Row

DATA, CANDIDATES, TESTS = "fashion", 32, 500


class Cells:
    """Trains cells, each once."""

    def __init__(self, data: Data, chosen: EvolutionRecipe) -> None:
        """What is known already counts if data and budget are the same."""
        self.data, self.path = data, FOLDER / f"{data.spec.name}.json"
        FOLDER.mkdir(exist_ok=True)
        empty = Measured(data.hash, data.spec.size, chosen.batch_size, chosen.budget)
        known = read(self.path) if self.path.exists() else empty
        facts = ("data_hash", "size", "batch_size", "budget")
        self.known = known if all(getattr(known, fact) == getattr(empty, fact) for fact in facts) else empty
        sampler = CandidateSampler(
            data.train, batches=chosen.batches, batch_size=chosen.batch_size, seed=chosen.budget.seed
        )
        self.batch = sampler(Moment(0, 0.0, Generator()))

    def __call__(self, cell: Cell) -> Result:
        """How good a cell is."""
        named = canonical(cell)
        if named not in self.known.results:
            network, found = self.known.budget.trained(named, self.data.spec, self.batch)
            with torch.no_grad():
                tested = classification(network, self.data.test)["accuracy"]
            self.known.results[named] = Result(found["accuracy"], tested)
            self.save()
        return self.known.results[named]

    def save(self) -> None:
        """Keeps what is known."""
        write_whole(self.path, self.known.text().encode())


def searched(strategy: Strategy, cells: Cells, seed: int) -> list[Cell]:
    """The candidates of a search, in their order."""
    tried: list[Cell] = []
    rng = Generator()
    for step in range(CANDIDATES):
        rewards = torch.tensor([cells(cell).accuracy for cell in tried])
        tried.append(strategy(tried, rewards, seeded(rng, seed, step)).cell)
    return tried


def parzen(cells: Cells, seed: int) -> list[Cell]:
    """The same by Optuna's tree-structured Parzen estimator; what it tries again is no candidate more.

    Bergstra et al., "Algorithms for Hyper-Parameter Optimization", 2011, section 4.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    names = [f"{start}{end}" for start, end in EDGES]
    tried: list[Cell] = []
    while len(tried) < CANDIDATES:
        trial = study.ask()
        cell = tuple(OPERATIONS.index(str(trial.suggest_categorical(name, list(OPERATIONS)))) for name in names)
        named = canonical(cell)
        if not any(pruned(named)):
            study.tell(trial, 0.1)
            continue
        if named not in tried:
            tried.append(named)
        study.tell(trial, cells(named).accuracy)
    return tried


def rows(seeds: int = 5) -> Iterator[Row]:
    """What each method has found after equally many candidates, and rank correlations with the trained accuracy."""
    data, chosen = packs.load(DATA), cast(EvolutionRecipe, recipe(f"evolution-{DATA}"))
    cells = Cells(data, chosen)
    hand = cells(RESIDUAL)
    yield Row("Residual cell, made by hand", [100 * hand.tested], "%", how=f"held out {100 * hand.accuracy:.1f} %")
    methods: dict[str, Callable[[int], list[Cell]]] = {
        "Random search": partial(searched, at_random, cells),
        "Regularized evolution": partial(searched, chosen.strategy, cells),
        "Optuna's TPE": partial(parzen, cells),
    }
    searches: dict[str, list[list[int]]] = {name: [] for name in methods}
    for seed in range(seeds):  # all methods of a seed, so that what was cut short can be compared
        for name, method in methods.items():
            tried = method(seed)
            for cell in tried:
                cells(cell)
            searches[name].append([index(cell) for cell in tried])
    cells.known.searches = searches
    cells.save()
    for found in compared(cells.known):
        known = cells.known.results
        tested = [100 * one.tested for one in best(cells.known, found.name)]
        mean = fmean(known[cell_at(number)].accuracy for trial in searches[found.name] for number in trial)
        how = (
            f"{CANDIDATES} candidates, seeds 0 to {seeds - 1}; {percents(found.tested)}, "
            f"{percents(found.tested_more, '+')} over random search; held out {percents(found.held)}, "
            f"{percents(found.more, '+')}; mean candidate {100 * mean:.1f} %"
        )
        yield Row(f"{found.name}, tested", tested, "%", how=how)
    yield from correlations(cells, data, chosen)


def percents(values: Span, sign: str = "") -> str:
    """A mean and its interval, in percent."""
    mean, low, high = (f"{100 * value:{sign}.2f}" for value in values)
    return f"{mean} ({low} to {high})"


def correlations(cells: Cells, data: Data, chosen: EvolutionRecipe) -> Iterator[Row]:
    """Spearman's rank correlation of cheap scores with the accuracy, over all cells that random searches drew."""
    drawn = list(dict.fromkeys(cell for seed in range(5) for cell in searched(at_random, cells, seed)))
    accuracy = torch.tensor([cells(cell).accuracy for cell in drawn])
    examples, measured = Examples.of(data.train), table(chosen.width, data.spec.size)
    scored = {
        title: [score(name, cell, data.spec, chosen.width, examples) for cell in drawn]
        for name, (title, _) in PROXIES.items()
    }
    sizes = [size(cell, data.spec, chosen.width) for cell in drawn]
    scored |= {"Parameters": [one for one, _ in sizes], "FLOPs": [float(one) for _, one in sizes]}
    scored["Latency"] = [latency(cell, measured) for cell in drawn]
    for title, values in scored.items():
        yield correlation(f"{title} against accuracy", torch.tensor(values), accuracy)
    test, run = data.test.first(TESTS), Store(Path("nowhere")).get(f"supernet-{DATA}")
    shares = run.network(run.nearest(None))
    with torch.no_grad():
        yield correlation(
            "Shared weights against accuracy", torch.tensor([shared(shares, cell, test) for cell in drawn]), accuracy
        )
    again = torch.tensor([cells(cell).tested for cell in drawn])
    yield correlation("Accuracy held out against tested", accuracy, again)
    images = torch.rand(32, data.spec.channels, data.spec.size, data.spec.size)
    some = drawn[:48]
    true = torch.tensor([whole(chosen.budget.network(cell, data.spec, torch.device("cpu")), images) for cell in some])
    added = torch.tensor([latency(cell, measured) for cell in some])
    yield correlation("Latency added up against that of the network", added, true)


def correlation(what: str, one: Tensor, other: Tensor) -> Row:
    """A row of a rank correlation with its interval."""
    found = spearman_interval(one, other)
    how = f"95 % interval {found.low:.2f} to {found.high:.2f}, n = {len(one)}"
    return Row(what, [float(found.mean)], "Spearman", how=how)
