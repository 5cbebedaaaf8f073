"""The benchmark of likelihoods: what a density says becomes the probability of one of 256 brightnesses."""

import math

import pytest
import torch

from playground.data import packs
from training.benchmarks import likelihoods
from training.benchmarks.likelihoods import rows

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(likelihoods, "FULL", "digits")
    monkeypatch.setattr(likelihoods, "SAMPLES", 20)
    monkeypatch.setattr(likelihoods, "SHAPE", {"latent": 4, "width": 32})


def test_each_likelihood_is_told_in_nats_and_bits_of_the_same_probability(quick):
    found = {row.what: row.values[0] for row in rows(seconds=1, seeds=1)}
    assert len(packs.load("digits").train["images"][0].flatten()) == 64
    for name in ("gaussian", "logistic"):
        bound = found[f"log p(x) or more, {name}"]
        assert found[f"bits a pixel or fewer, {name}"] == pytest.approx(-bound / 64 / math.log(2))
        assert found[f"ELBO, {name}"] < bound < 0
    # by chance, a brightness has 8 bits; what has learned a little needs fewer, and none can need next to none
    assert 2 < found["bits a pixel or fewer, logistic"] < 8
    assert 2 < found["bits a pixel or fewer, gaussian"] < 9
    assert "bits a pixel or fewer, bernoulli" not in found and torch.get_num_threads() == 1
