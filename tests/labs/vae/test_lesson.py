"""What the cards of the VAE lab's lesson state, measured on the runs that ship."""

import math

import pytest
import torch

from playground.data import packs, unit
from playground.labs.vae.aggregate import CODES, codes, filled, samples
from playground.labs.vae.factors import coded
from playground.labs.vae.latent import encoded
from playground.labs.vae.plane import manifold, plane_through

pytestmark = pytest.mark.usefixtures("one_thread", "no_gradients")
LAST = 15_000


@pytest.fixture
def no_gradients():
    with torch.no_grad():
        yield


@pytest.fixture(scope="module")
def test():
    return packs.load("fashion").test


def test_an_untrained_decoder_draws_gray(shipped, test):
    network = shipped("vae-fashion").network(0)
    mean = encoded(network, test["images"]).mean
    drawn = manifold(network, plane_through(mean), side=12).float() / 255
    assert float(drawn.mean()) == pytest.approx(0.5, abs=0.005)
    assert float(drawn.std(dim=0).mean()) == pytest.approx(0.03, abs=0.01)


def test_the_divergence_rises_while_the_loss_falls(curve):
    kl, loss = (curve("vae-fashion", "metrics", name) for name in ("kl", "loss"))
    assert kl[0][1] == pytest.approx(0.01, abs=0.005) and kl[-1][1] == pytest.approx(6.8, abs=0.05)
    assert loss[-1][1] < loss[0][1] / 2


def test_posteriors_become_narrow(shipped, test):
    run = shipped("vae-fashion")
    width = {step: float(encoded(run.network(step), test["images"]).deviation.mean()) for step in run.snapshots}
    assert width[0] == pytest.approx(1.0, abs=0.02) and width[LAST] == pytest.approx(0.05, abs=0.005)
    assert list(width.values()) == sorted(width.values(), reverse=True)
    assert len(packs.load("fashion").train) == 12_000


def test_shirts_stay_mixed(shipped, test):
    codes = encoded(shipped("vae-fashion").network(LAST), test["images"]).mean
    distances = torch.cdist(codes, codes).fill_diagonal_(torch.inf)
    alike = test["labels"][distances.argmin(dim=1)] == test["labels"]
    names = shipped("vae-fashion").spec.classes
    own = {name: float(alike[test["labels"] == label].float().mean()) for label, name in enumerate(names)}
    assert min(own, key=own.__getitem__) == "Shirt" and own["Shirt"] == pytest.approx(0.30, abs=0.01)
    assert min(own["Trouser"], own["Bag"]) >= 0.795


def test_without_a_prior_samples_miss_the_codes(shipped, test):
    near, spread = {}, {}
    for name in ("ae-fashion", "vae-fashion"):
        run = shipped(name)
        network = run.network(LAST)
        drawn = codes(network, run.spec, {"test": test.first(CODES)}).drawn
        near[name] = filled(samples(network, CODES, 0), drawn).coverage
        spread[name] = float(drawn.norm(dim=1).median())
    assert near["ae-fashion"] == pytest.approx(0.17, abs=0.005)
    assert near["vae-fashion"] == pytest.approx(0.86, abs=0.005)
    assert spread["ae-fashion"] > 10 and spread["vae-fashion"] < 3


def test_places_get_dimensions_of_their_own(shipped):
    run = shipped("tcvae-sprites")
    told = coded(run.network(run.nearest(None)), run.spec, {"data": packs.load("sprites")}).told
    share = (told.nats / told.entropy).T  # (factors, dimensions)
    for place in share[3:]:
        assert place.max().item() == pytest.approx(0.75, abs=0.01) and place.sort().values[-2].item() < 0.045
    assert (share[0] > 0.25).sum().item() == 3 and told.gaps[0].item() < 0.05 and share[2].max().item() < 0.15


def test_a_prior_halves_the_bits(shipped, test):
    run = shipped("vqvae-fashion")
    network = run.network(run.snapshots[-1])
    indices = network.encode(unit(test["images"]))
    bits = float(network.prior.nats(indices.flatten(1)).mean()) / math.log(2)
    assert (indices[0].numel(), len(network.codebook.codes), len(test)) == (49, 128, 2_000)
    assert bits == pytest.approx(163, abs=0.5) and len(indices.unique()) == 128
    shares = torch.bincount(indices.flatten()) / indices.numel()
    assert 49 * float(torch.special.entr(shares).sum()) / math.log(2) > 0.9 * 343, "codes apart from each other"
