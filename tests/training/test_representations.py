"""The benchmark of representations: its baseline trains, and touches nobody's randomness."""

import pytest
import torch

from playground.data import packs
from playground.labs.vision.cnn import ConvolutionalNetwork
from training.benchmarks.simclr import simclr

pytestmark = pytest.mark.usefixtures("one_thread")


def encoder(seed=0):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return ConvolutionalNetwork(channels=3, classes=0, width=16)


def colored(n):
    return packs.load("emoji").train.first(n).resized(32)


def test_the_baseline_trains_the_encoder_that_it_is_given_by_its_seed_alone():
    images, state = colored(64)["images"], torch.get_rng_state()
    fresh, first, again, other = (
        simclr(images, encoder(), seconds=6000, seed=seed, batch_size=32, max_steps=steps)
        for seed, steps in ((0, 0), (0, 3), (0, 3), (1, 3))
    )
    weights = [each.stem[0].weight for each in (fresh, first, again, other)]
    assert not torch.equal(weights[0], weights[1]) and not torch.equal(weights[1], weights[3])
    torch.testing.assert_close(weights[1], weights[2], rtol=1e-3, atol=1e-5)  # the clock sets the learning rate
    assert torch.equal(state, torch.get_rng_state())
    assert not first.training
