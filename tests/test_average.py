"""The moving average of the weights, in closed form: what moves, what is copied, what both copies share."""

import math

import pytest
import torch
from torch import nn

from playground.average import AveragedObjective, follow
from tests.moments import moment


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(1, 1, bias=False), nn.BatchNorm1d(1))
        self.head = nn.Linear(1, 1)


class MomentumEncoder(AveragedObjective):
    """BYOL's schedule: from `ema` at the beginning to 1 at the end (Grill et al., 2020, section 3.1)."""

    def decay(self, moment):
        return 1 - (1 - self.ema) * (1 + math.cos(math.pi * moment.progress)) / 2


def train(objective, value):
    with torch.no_grad():
        objective.network.encoder[0].weight.fill_(value)
        objective.network.encoder[1].running_mean.fill_(value)


def test_the_average_is_exponential_and_quick_at_first():
    objective = AveragedObjective(network=Pair(), ema=0.2)
    expected = float(objective.shown.encoder[0].weight)
    for step, decay in ((0, 1 / 10), (1, 2 / 11), (2, 0.2), (100, 0.2)):
        train(objective, step)
        objective.after_step(moment(step))
        expected = decay * expected + (1 - decay) * step
        assert float(objective.shown.encoder[0].weight) == pytest.approx(expected, rel=1e-5)
        assert float(objective.shown.encoder[1].running_mean) == step, "statistics are copied"
    assert float(objective.snapshot()["encoder.0.weight"]) == pytest.approx(expected, rel=1e-5)
    assert not any(parameter.requires_grad for parameter in objective.shown.parameters())


def test_a_method_may_have_a_schedule_of_its_own():
    objective = MomentumEncoder(network=Pair(), ema=0.5)
    objective.restore({name: torch.zeros_like(value) for name, value in objective.snapshot().items()})
    train(objective, 1.0)
    for progress, expected in ((0.0, 0.5), (0.5, 0.625), (1.0, 0.625)):
        objective.after_step(moment(progress=progress))
        assert float(objective.shown.encoder[0].weight) == pytest.approx(expected)


def test_what_is_shared_is_shown_as_it_is_trained():
    objective = AveragedObjective(network=Pair(), ema=0.9, shared=["head"])
    assert objective.shown.head is objective.network.head and objective.network.head.weight.requires_grad
    assert objective.shown.encoder is not objective.network.encoder
    before = objective.network.head.weight.clone()
    objective.after_step(moment())
    assert torch.equal(objective.network.head.weight, before)


def test_a_branch_starts_both_copies_at_the_snapshot():
    objective = AveragedObjective(network=Pair(), ema=0.9)
    weights = {name: value + 1 for name, value in objective.snapshot().items()}
    objective.restore(weights)
    for copy in (objective.network, objective.shown):
        assert all(torch.equal(value, weights[name]) for name, value in copy.state_dict().items())


def test_where_everything_is_shared_nothing_moves():
    network = Pair()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    follow(network, network, decay=0.9)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
