"""The benchmark of music: what its phrases are decoded from."""

from types import SimpleNamespace

import pytest
import torch

from training.benchmarks import music

N = 12


class Named:
    """A network in which the code of each phrase is a dimension of its own, and which remembers what it decodes."""

    latent = N

    def encode(self, rolls, onsets):
        return SimpleNamespace(mean=torch.eye(N)[rolls])

    def generate(self, z, *, temperature, fusion, rng):
        self.z, self.settings = z, (temperature, fusion)
        return z, z


def written(by, seed=0):
    network = Named()
    by(network, torch.arange(N), torch.arange(N), seed)
    assert network.settings == (music.TEMPERATURE, music.FUSION)
    return network.z


def test_what_is_between_phrases_has_half_of_each_of_two():
    z = written(music.between)
    assert z.shape == (N, N) and torch.equal(z.sum(dim=0), torch.ones(N)), "each is once a first and once a second"
    assert ((z == 0.5).sum(dim=1) == 2).sum() > N // 2 and torch.equal(z.sum(dim=1), torch.ones(N))
    assert not torch.equal(z, written(music.between, seed=1))


def test_samples_are_of_the_prior():
    z = written(music.samples)
    assert z.shape == (music.SAMPLES, N) and float(z.std()) == pytest.approx(1, abs=0.1)
    assert abs(float(z.mean())) < 0.1 and not torch.equal(z, written(music.samples, seed=1))
