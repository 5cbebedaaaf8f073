"""Small recipes that train in a moment, and what is read off the events of a training."""

from __future__ import annotations

import json
from dataclasses import replace

import torch
from safetensors.torch import load, save
from torch import nn

from playground.labs import recipe
from playground.labs.vae.elbo import Elbo
from playground.runs.events import Snapshot, State

SMALL = {
    "vae": {"width": 16, "latent": 3},
    "vit": {"width": 16, "heads": 2, "depth": 1, "patch_size": 4, "shift": True},
    "cgan": {"width": 16, "latent": 4, "r1": 1.0, "penalty_every": 2, "augment": "translation, cutout"},
    "diffusion": {"width": 8, "attention": False},
}


def small(what="vae", **knobs):
    return recipe(f"{what}-digits").changed(**{"seconds": None, "batch_size": 32, **SMALL[what], **knobs})


def every(kind, events):
    return [event for event in events if isinstance(event, kind)]


def last_weights(events):
    return every(Snapshot, events)[-1].weights


def stopper(step_count):
    """Says stop before step `step_count` + 1."""
    calls = 0

    def stop():
        nonlocal calls
        calls += 1
        return calls > step_count

    return stop


def through_a_file(state):
    """The state as it comes back from a run's folder."""
    return State(load(save(dict(state.tensors))), json.loads(json.dumps(state.values)))


class Dropping(Elbo):
    """With a layer whose randomness is torch's own, a term a class, a phase every third step, and a mark."""

    def __init__(self, **options):
        super().__init__(**options)
        self.dropout = nn.Dropout(0.5)

    def phases(self):
        first = super().phases()[0]
        return [first, replace(first, name="rare", every=3)]

    def loss(self, phase, batch, moment):
        terms = super().loss(phase, {"images": (self.dropout(batch["images"].float())).byte()}, moment)
        return {**terms, "steps": torch.tensor([moment.step, 2.0 * moment.step])}

    def mark(self, moment):
        return "seven" if moment.step == 6 else ""


def dropping(data, **knobs):
    class Chosen(type(small(steps=1))):
        def build(self, data):
            knobs = {"beta": self.beta, "learning_rate": self.learning_rate}
            return Dropping(network=self.network(data.spec), data=data, **knobs)

    return Chosen(**{**small(steps=1).model_dump(), **knobs})
