"""A tiny mixture of experts: a term for each expert, and experts that get no gradient in a step."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import nn
from torch.nn import functional as F
from torch.optim import Adam

from playground.data import unit
from playground.media import Sheet
from playground.objective import Objective, Phase
from playground.recipe import ImageRecipe, knob


class Experts(nn.Module):
    """Sends each image to one of some experts (Shazeer et al., 2017, noisy top-1 gating)."""

    def __init__(self, *, pixels, classes, experts):
        super().__init__()
        self.router = nn.Linear(pixels, experts)
        self.experts = nn.ModuleList(
            nn.Sequential(nn.Linear(pixels, 32), nn.ReLU(), nn.Linear(32, classes)) for _ in range(experts)
        )

    def route(self, images, noise=0.0):
        """The gates (B, experts), and the number of each image's expert (B,)."""
        scores = self.router(images.flatten(1))
        return scores.softmax(dim=1), (scores + noise).argmax(dim=1)

    def forward(self, images, noise=0.0):
        gates, chosen = self.route(images, noise)
        logits = images.new_zeros(len(images), self.experts[0][-1].out_features)
        for number in chosen.unique().tolist():  # the others get no gradient, not even zeros
            rows = chosen == number
            answers = self.experts[number](images[rows].flatten(1))
            logits[rows] = (gates[rows, number, None] * answers).to(logits)
        return logits


class Route(Objective):
    """Cross entropy."""

    def __init__(self, *, network, data):
        super().__init__()
        self.shown, self.fixed = network, data.examples["images"][:16]

    def phases(self):
        return [Phase("route", [Adam(self.shown.parameters(), lr=0.01)])]

    def loss(self, phase, batch, moment):
        images = unit(batch["images"])
        noise = torch.randn(len(images), len(self.shown.experts), generator=moment.rng)
        shares = F.one_hot(self.shown.route(images, noise)[1], len(self.shown.experts)).float().mean(dim=0)
        return {"loss": F.cross_entropy(self.shown(images, noise), batch["labels"]), "share": shares}

    def preview(self, rng):
        """Fixed images, in the order of their experts."""
        return Sheet(self.fixed[self.shown.route(unit(self.fixed))[1].argsort(stable=True)], columns=4)

    def evaluate(self, split):
        logits = self.shown(unit(split["images"]))
        right = logits.argmax(dim=1) == split["labels"]
        return {"accuracy": float(right.float().mean()), "loss": float(F.cross_entropy(logits, split["labels"]))}


class ExpertsRecipe(ImageRecipe):
    """A mixture of experts that classifies."""

    what: ClassVar[str] = "experts"
    lab: ClassVar[str] = "toys"
    title: ClassVar[str] = "Mixture of experts"
    columns: ClassVar[tuple[str, ...]] = ("images", "labels")
    labels: ClassVar[dict[str, str]] = {"share": "Images of expert"}

    experts: int = knob(4, "Experts: networks of which each image gets one.", ge=2, le=16, unit="experts", shown=True)

    def network(self, spec):
        return Experts(pixels=spec.channels * spec.size**2, classes=len(spec.classes), experts=self.experts)

    def build(self, data):
        return Route(network=self.network(data.spec), data=data)
