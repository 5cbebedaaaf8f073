"""A learner of a part of the weights: against its optimizers with weights that are projected, and what it keeps."""

import pytest
import torch
from torch.nn import functional as F

from playground.data import unit
from playground.labs.vision.vit import VisionTransformer
from playground.learner import WARM_UP, Learner
from playground.optim import hidden, muon_and_adamw

pytestmark = pytest.mark.usefixtures("one_thread")

ROUNDS = 3


def small():
    torch.manual_seed(0)
    return VisionTransformer(image_size=8, patch_size=4, classes=3, width=8, depth=1, heads=2)


def masks():
    rng = torch.Generator().manual_seed(1)
    names = ("patches.weight", "blocks.0.mlp.0.weight", "head.weight")
    return {name: torch.rand(small().get_parameter(name).shape, generator=rng) < 0.3 for name in names}


def batches(round):
    rng = torch.Generator().manual_seed(round)
    return [(torch.randint(0, 256, (6, 1, 8, 8), generator=rng).to(torch.uint8), torch.arange(6) % 3) for _ in range(4)]


def test_it_takes_the_steps_of_its_optimizers_on_the_weights_that_stay():
    learner = Learner(small, rounds=ROUNDS, masks=masks())
    learner.learn(1, batches(1))
    network, hide = small(), masks()
    optimizers = muon_and_adamw(network, hidden(network), lr=0.01, weight_decay=0.01, fused=True)
    peaks = [one.param_groups[0]["lr"] for one in optimizers]

    def project():
        with torch.no_grad():
            for name, mask in hide.items():
                network.get_parameter(name)[~mask] = 0

    project()
    for step, (images, labels) in enumerate(batches(1)):
        share = min(1, (step + 1) / WARM_UP) * (1 - step / (ROUNDS * 4))
        for optimizer, peak in zip(optimizers, peaks, strict=True):
            optimizer.param_groups[0]["lr"] = share * peak
        network.zero_grad()
        F.cross_entropy(network(unit(images)), labels).backward()
        for name, mask in hide.items():
            network.get_parameter(name).grad[~mask] = 0
        for optimizer in optimizers:
            optimizer.step()
        project()
    for name, weight in network.named_parameters():
        torch.testing.assert_close(learner.network.get_parameter(name), weight, atol=1e-6, rtol=0)
    assert all((learner.network.get_parameter(name)[~mask] == 0).all() for name, mask in hide.items())


def test_it_goes_on_as_if_it_had_never_stopped_from_what_masks_leave():
    whole, state = Learner(small, rounds=ROUNDS, masks=masks()), None
    for round in range(1, ROUNDS + 1):
        whole.learn(round, batches(round))
        part = Learner(small, state, rounds=ROUNDS, masks=masks())
        part.learn(round, batches(round))
        state = part.state()
    expected = whole.state()
    assert state.keys() == expected.keys() and all(torch.equal(state[name], expected[name]) for name in state)
    for name, mask in masks().items():
        assert state[f"network.{name}"].shape == (int(mask.sum()),)
    everything = Learner(small, rounds=ROUNDS)
    everything.learn(1, batches(1))
    assert sum(map(torch.numel, state.values())) < sum(map(torch.numel, everything.state().values()))
