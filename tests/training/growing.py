"""A method whose network grows while it is trained, and its recipe: what continual learning and growth need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import nn

from playground.labs.vae.elbo import Elbo
from playground.labs.vae.recipes import VaeRecipe
from playground.labs.vae.vae import VAE

GROWS_AT = 6


class Grown(VAE):
    """A VAE with heads that nothing but their own loss uses."""

    def __init__(self, *, heads: int, **options: object) -> None:
        """Begins with so many `heads`."""
        super().__init__(**options)
        self.heads = nn.ModuleList(nn.Linear(2, 3) for _ in range(heads))


class Growing(Elbo):
    """Gets one more head after step `GROWS_AT`."""

    def loss(self, phase, batch, moment):
        """Pulls the heads to zero as well; a term for each of them."""
        terms = super().loss(phase, batch, moment)
        sizes = torch.stack([head.weight.square().sum() + head.bias.square().sum() for head in self.shown.heads])
        return {**terms, "loss": terms["loss"] + sizes.sum(), "heads": sizes}

    def mark(self, moment):
        """Adds the head."""
        if moment.step + 1 != GROWS_AT:
            return ""
        self.shown.heads.append(nn.Linear(2, 3))
        return "a new head"

    def shape(self):
        """How many heads there are."""
        return {"heads": len(self.shown.heads)}

    def reshape(self, shape):
        """Adds those that lack."""
        while len(self.shown.heads) < shape.get("heads", 0):
            self.shown.heads.append(nn.Linear(2, 3))


class GrowingRecipe(VaeRecipe):
    """The recipe of the VAE lab, with heads."""

    labels: ClassVar[Mapping[str, str]] = {**VaeRecipe.labels, "heads": "Size of head"}

    def network(self, spec, heads=1):
        """With so many heads."""
        shape = {"image_size": spec.size, "channels": spec.channels, "latent": self.latent, "width": self.width}
        return Grown(heads=heads, **shape)

    def build(self, data):
        """The bound, and the heads."""
        return Growing(network=self.network(data.spec), data=data, beta=self.beta, learning_rate=self.learning_rate)
