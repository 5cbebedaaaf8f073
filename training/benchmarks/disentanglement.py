"""How well a code's dimensions hold the factors of sprites, against beta, beside the settings of a well-kept library.

Each trains for the same time in one process, one after the other. The library is disentangling-vae (Dubois et al.,
2019, MIT): the network of Burgess et al., "Understanding disentangling in beta-VAE", 2018 (arXiv 1804.03599), batches
of 64, Adam at 5e-4, all that regularizes rising over the first 10,000 steps, and beta 6 (its general settings) or 36
(those for dSprites); its loss is ours, equation 2 of beta-TCVAE.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median

import torch
from torch import Generator, Tensor, nn
from torch.optim import Adam

from playground.data import Data, packs, unit
from playground.labs import recipe
from playground.labs.vae.correlation import decomposition
from playground.labs.vae.factors import PICTURES, PREDICTED, first, scored
from playground.labs.vae.latent import LatentModel, Posterior
from playground.labs.vae.vae import VAE
from playground.metrics.disentanglement import information
from playground.runs.experiment import Arm, Experiment, Trial
from training.benchmarks import Row
from training.benchmarks.generation import trained

DATA = "sprites"
BETAS = {"betavae": (1, 2, 4, 8, 16), "tcvae": (1, 3, 6, 10, 20)}
"""Weights that are tried, by the recipe whose knob they are."""
LIBRARY, THEIRS = "disentangling-vae", (6, 36)
RATE, BATCH, ANNEALED = 5e-4, 64, 10_000
SCORES = {"mig": "MIG", "factor_vae": "FactorVAE score", "sap": "SAP", "disentanglement": "DCI disentanglement"}
GOAL = 0.3
"""What the best median of the mutual information gap shall reach, and the library's if that is more."""


class Burgess(VAE):
    """The network of Burgess et al.: three convolutions, two layers of 256 features, and their mirror image."""

    def __init__(self, *, image_size: int, channels: int, latent: int) -> None:
        """The side must be a multiple of 8."""
        super().__init__(image_size=image_size, channels=channels, latent=latent, width=256, convolutional=True)
        side, sizes = image_size // 8, (32, 32, 32)
        layers: list[nn.Module] = []
        for before, after in pairwise((channels, *sizes)):
            layers += [nn.Conv2d(before, after, 4, stride=2, padding=1), nn.ReLU()]
        flat = sizes[-1] * side**2
        self.encoder = nn.Sequential(
            *layers, nn.Flatten(), nn.Linear(flat, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU()
        )
        up: list[nn.Module] = []
        for before, after in pairwise((*sizes, channels)):
            up += [nn.ConvTranspose2d(before, after, 4, stride=2, padding=1), nn.ReLU()]
        self.decoder = nn.Sequential(
            nn.Linear(latent, 256),
            nn.ReLU(),
            nn.Linear(256, 256),
            nn.ReLU(),
            nn.Linear(256, flat),
            nn.ReLU(),
            nn.Unflatten(1, (sizes[-1], side, side)),
            *up[:-1],
        )

    def posterior_of(self, features: Tensor) -> Posterior:
        """Mean and logarithm of the variance as the layer gives them."""
        return Posterior(*self.posterior(features).chunk(2, dim=1))


def theirs(data: Data, seed: int, *, beta: float, seconds: float = math.inf, steps: float = math.inf) -> LatentModel:
    """beta-TCVAE with the library's settings, until the first of both limits."""
    rng = Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Burgess(image_size=data.spec.size, channels=data.spec.channels, latent=10)
    optimizer, images = Adam(network.parameters(), lr=RATE), data.train["images"]
    start, step = time.perf_counter(), 0
    while step < steps and time.perf_counter() - start < seconds:
        x = images[torch.randint(len(images), (BATCH,), generator=rng)]
        posterior = network.encode(unit(x))
        z = posterior.sample(rng)
        terms = decomposition(posterior, z, len(images))
        rate = terms.mutual_information + beta * terms.total_correlation + terms.dimensionwise_kl
        loss = min(1.0, step / ANNEALED) * rate - network.likelihood.log_prob(network.outputs(z), x).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
    return network.eval()


def ours(data: Data, seed: int, *, name: str, beta: float, seconds: float) -> LatentModel:
    """A recipe of the lab with another beta."""
    chosen = recipe(f"{name}-{DATA}").changed(beta=beta, seconds=seconds, steps=None, seed=seed)
    network = trained(chosen, data).shown
    assert isinstance(network, LatentModel)
    return network


def rows(seconds: float = 120, seeds: int = 5) -> Iterator[Row]:
    """The scores of each after `seconds` of training, for the seeds 0 to `seeds` - 1."""
    data = packs.load(DATA)
    threads = f"{torch.get_num_threads()} thread{'s' * (torch.get_num_threads() != 1)}"
    how = f"{seconds:g} s on {threads}; mean codes, MIG of {PICTURES:,} pictures, the others of {PREDICTED:,}"
    best, asked = 0.0, GOAL
    for name, train in _models(data, seconds).items():
        values: dict[str, list[float]] = {score: [] for score in SCORES}
        for seed in range(seeds):
            for score, value in _scores(train(seed), data).items():
                values[score].append(value)
            latest = ", ".join(f"{SCORES[score]} {of_seeds[-1]:.3f}" for score, of_seeds in values.items())
            print(f"({name}, seed {seed}: {latest})", file=sys.stderr, flush=True)
        gap = median(values["mig"])
        if "disentangling-vae" in name:
            asked = max(asked, gap)
        else:
            best = max(best, gap)
        for score, title in SCORES.items():
            yield Row(f"{title}, {name}", values[score], "", "", how)
    yield Row("MIG, the best median of ours", [best], "", f">= {asked:.4g}", how)


def _models(data: Data, seconds: float) -> dict[str, Callable[[int], LatentModel]]:
    models: dict[str, Callable[[int], LatentModel]] = {}
    for beta in THEIRS:
        models[f"disentangling-vae's settings, beta {beta}"] = partial(theirs, data, beta=beta, seconds=seconds)
    for name, betas in BETAS.items():
        for beta in betas:
            title = f"{recipe(f'{name}-{DATA}').title}, beta {beta}"
            models[title] = partial(ours, data, name=name, beta=beta, seconds=seconds)
    return models


def _scores(network: LatentModel, data: Data) -> dict[str, float]:
    codes, table, _ = first(network, data, PICTURES)
    scores = scored(network, data.spec, {"data": data})
    return {"mig": information(codes, table).mig, **{name: scores[name] for name in SCORES if name != "mig"}}


def experiment_of(file: Path) -> Experiment:
    """What the benchmark wrote by `--out`, as an experiment that the page shows along beta."""
    written = json.loads(file.read_text(encoding="utf-8"))
    data = packs.load(DATA)
    values: dict[str, dict[str, list[float]]] = {}
    seconds, threads = 0.0, 1
    for row in written["rows"]:
        title, _, model = row["what"].partition(", ")
        score = next((name for name, one in SCORES.items() if one == title), None)
        if score and model != "the best median of ours":
            values.setdefault(model, {})[score] = row["values"]
            budget, _, where = row["how"].partition(" s on ")
            seconds, threads = float(budget), int(where.partition(" thread")[0])
    arms = []
    for model, scores in values.items():
        name, _, beta = model.partition(", beta ")
        recipe_name = next(
            (f"{key}-{DATA}" for key in BETAS if recipe(f"{key}-{DATA}").title == name), "disentangling-vae"
        )
        trials = [
            Trial(
                run="",
                seed=seed,
                state="done",
                step=0,
                seconds=seconds,
                points=(),
                final={score: of_seeds[seed] for score, of_seeds in scores.items()},
                n=PICTURES,
                threads=threads,
            )
            for seed in range(len(scores["mig"]))
        ]
        shown = model.replace("disentangling-vae's settings", "beta-TCVAE, settings of disentangling-vae")
        arms.append(
            Arm(
                name=shown,
                recipe=recipe_name,
                knobs={"beta": float(beta)},
                parameters=_parameters(recipe_name, data),
                batch=BATCH if recipe_name == LIBRARY else recipe(recipe_name).batch_size,
                trials=tuple(trials),
            )
        )
    return Experiment(
        name="disentanglement",
        title="Does a larger beta disentangle more? Four scores on sprites",
        labs=("vae",),
        data="Sprites",
        measured=f"MIG is that of {PICTURES:,} training pictures, the other scores are of {PREDICTED:,}.",
        watched=("mig", "rises"),
        labels={**SCORES, "mig": "Mutual information gap (MIG)"},
        shares=(),
        machine=written["machine"].partition(", Python")[0],
        arms=tuple(arms),
    )


def _parameters(name: str, data: Data) -> int:
    with torch.device("meta"):
        if name == LIBRARY:
            network: nn.Module = Burgess(image_size=data.spec.size, channels=data.spec.channels, latent=10)
        else:
            network = recipe(name).network(data.spec)
    return sum(parameter.numel() for parameter in network.parameters())
