"""What one step hands an objective: rates for each phase, the recipe's number format, and means of what it says."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.optim import SGD

from playground.data import packs, unit
from playground.labs import recipe
from playground.objective import Objective, Phase
from tests.toys.episodes import MamlRecipe
from training.pace import Pace
from training.trainer import prepared

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def data():
    digits = packs.load("digits")
    return replace(digits, train=digits.train.first(100), test=digits.test.first(30))


class Alternate(Objective):
    """Weights and architecture in turn, the latter at a constant rate (Liu et al., 2019, as DARTS does)."""

    def __init__(self, pixels):
        super().__init__()
        self.shown, self.gate = nn.Linear(pixels, 10), nn.Parameter(torch.ones(()))

    def phases(self):
        return [Phase("weights", [SGD(self.shown.parameters(), lr=0.1)]), Phase("gate", [SGD([self.gate], lr=0.3)])]

    def schedule(self, phase, progress):
        return 1.0 if phase == "gate" else super().schedule(phase, progress)

    def loss(self, phase, batch, moment):
        self.dtype = (logits := self.shown(unit(batch["images"]).flatten(1))).dtype
        return {"loss": (self.gate * logits).square().mean()}


@pytest.fixture
def alternating(data, monkeypatch):
    """A trainer of `Alternate`, by the number format."""

    def made(**knobs):
        chosen = recipe("vae-digits").changed(seconds=None, steps=10, batch_size=8, **knobs)
        monkeypatch.setattr(type(chosen), "build", lambda self, data: Alternate(64))
        return prepared(chosen, data)

    return made


def test_every_phase_has_a_schedule_of_its_own(alternating):
    trainer = alternating()
    rates = []
    for _ in range(10):
        trainer.one_step()
        rates.append([optimizer.param_groups[0]["lr"] for optimizer in trainer.optimizers])
    weights, gate = zip(*rates, strict=True)
    assert set(gate) == {0.3}
    assert weights == tuple(pytest.approx(0.1 * Objective.schedule(trainer.objective, "", i / 10)) for i in range(10))


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_forward_passes_are_in_the_format_of_the_recipe(alternating, precision):
    trainer = alternating(precision=precision)
    trainer.one_step()
    assert trainer.objective.dtype is getattr(torch, precision)
    assert trainer.objective.shown.weight.grad.dtype is torch.float32


def test_a_step_of_ones_own_is_in_the_format_of_the_recipe_too(data):
    losses = {}
    for precision in ("float32", "bfloat16"):
        chosen = MamlRecipe(data="digits", seconds=None, steps=3, precision=precision)
        trainer = prepared(chosen, data)
        losses[precision] = float(trainer.one_step()[0]["loss"])
    assert losses["float32"] != losses["bfloat16"] == pytest.approx(losses["float32"], rel=0.02)


def test_parts_of_a_vector_that_say_nothing_are_no_part_of_the_mean():
    pace = Pace(0, 0)
    for shares in ([1.0, math.nan, math.nan], [3.0, 4.0, math.nan]):
        pace.add({"loss": torch.tensor(1.0), "share": torch.tensor(shares)})
    assert pace.take() == {"loss": 1.0, "share.0": 2.0, "share.1": 4.0}
    pace.add({"loss": torch.tensor(math.nan), "share": torch.tensor([math.inf, 1.0])})
    values = pace.take()
    assert math.isnan(values["loss"]) and values["share.0"] == math.inf
