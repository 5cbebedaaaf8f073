"""How likely a VAE of each likelihood holds test pictures to be: the importance-weighted bound, in nats a picture.

Each trains for the same time in one process, one after the other; what is compared are probabilities of 256
brightnesses, see `playground.labs.vae.likelihood`. A Bernoulli's nats are a cross entropy and compare with no other.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from typing import Any

import torch
from torch import Generator

from playground.data import Data, packs
from playground.labs import recipe
from playground.labs.vae.bound import importance_weighted_bound
from playground.labs.vae.likelihood import LIKELIHOODS
from playground.labs.vae.vae import VAE
from training.benchmarks import Row
from training.benchmarks.generation import trained

NAME, FULL = "vae-fashion", "fashion-full"
SHAPE: dict[str, Any] = {"latent": 20, "convolutional": True}
SAMPLES, TESTS, CHUNK = 500, 2_000, 500


def rows(seconds: float = 120, seeds: int = 3) -> Iterator[Row]:
    """The bounds for the seeds 0 to `seeds` - 1 after `seconds` of training, on all of Fashion-MNIST if it is here."""
    data = packs.load(FULL if packs.available(FULL) else "fashion")
    pixels = data.spec.channels * data.spec.size**2
    how = (
        f"{SHAPE['latent']} latent dimensions, convolutional; {seconds:g} s on {torch.get_num_threads()} threads, "
        f"{len(data.train):,} training pictures; {SAMPLES} samples each of {min(TESTS, len(data.test)):,} test pictures"
    )
    for likelihood in LIKELIHOODS:
        bounds, elbos = [], []
        for seed in range(seeds):
            chosen = recipe(NAME).changed(**SHAPE, likelihood=likelihood, seconds=seconds, steps=None, seed=seed)
            network = trained(chosen, data).shown
            assert isinstance(network, VAE)
            # a density of brightness from 0 to 1, as the probability of a step of 1 / 255
            shift = -pixels * math.log(255) if likelihood == "gaussian" else 0.0
            bounds.append(_nats(network, data, SAMPLES) + shift)
            elbos.append(_nats(network, data, 1) + shift)
            print(f"({likelihood}, seed {seed}: {bounds[-1]:.2f}, ELBO {elbos[-1]:.2f})", file=sys.stderr, flush=True)
        bound = "minus cross entropy" if likelihood == "bernoulli" else "log p(x)"
        yield Row(f"{bound} or more, {likelihood}", bounds, "nats", "", how)
        yield Row(f"ELBO, {likelihood}", elbos, "nats", "", "one sample")
        if likelihood != "bernoulli":
            bits = [-bound / pixels / math.log(2) for bound in bounds]
            yield Row(f"bits a pixel or fewer, {likelihood}", bits, "", "", "the same bound")


def _nats(network: VAE, data: Data, samples: int) -> float:
    """The mean bound of test pictures."""
    rng = Generator().manual_seed(0)
    chunks = data.test["images"][:TESTS].split(CHUNK)
    return float(torch.cat([importance_weighted_bound(network, x, rng, samples=samples) for x in chunks]).mean())
