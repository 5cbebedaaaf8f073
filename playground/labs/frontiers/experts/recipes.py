"""The recipes of mixtures of experts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import ClassVar

import torch
from pydantic import model_validator

from playground.data import Data, ImageSpec
from playground.flops import flops
from playground.labs.frontiers.experts.objective import ClassifyByExperts
from playground.labs.frontiers.experts.transformer import MoeTransformer
from playground.labs.vision.recipes import VitRecipe
from playground.metrics.labels import Share
from playground.randomness import ambient
from playground.recipe import Recipe, knob


class MoeRecipe(VitRecipe):
    """A Vision Transformer with a mixture of experts in every second block."""

    what: ClassVar[str] = "moe"
    lab: ClassVar[str] = "frontiers"
    title: ClassVar[str] = "Mixture of experts"
    labels: ClassVar[Mapping[str, str]] = {
        "objective": "Loss and losses of the routers",
        "balance": "Load-balancing loss",
        "z_loss": "Router z-loss",
        "dropped": Share("Tokens without room"),
        "load": Share("Load of an expert"),
        "least": "Least load (equal share: 1)",
        "most": "Greatest load (equal share: 1)",
        "used": "Experts in use",
    }

    folded: ClassVar[tuple[str, ...]] = ("patch_size", "positions")

    depth: int = knob(4, "Depth: transformer blocks in a row; every second one has experts.", ge=2, le=12, step=1)
    experts: int = knob(8, "Experts of a block; with one it is a dense network.", ge=1, le=10, step=1, shown=True)
    top: int = knob(1, "Top-k: how many experts each patch asks.", ge=1, le=4, step=1, label="Top-k")
    balance: float = knob(
        0.05,
        "Load-balancing loss: what it weighs that all experts are asked alike.",
        ge=0,
        le=1,
        label="Load-balancing loss",
        shown=True,
    )
    z_loss: float = knob(
        0.001, "Router z-loss: what it weighs that the router's logits stay small.", ge=0, le=1, label="Router z-loss"
    )
    capacity: float | None = knob(
        1.25,
        "Capacity factor: how many times its equal share an expert takes of a batch, in training; none is no limit.",
        ge=1,
        le=10,
        label="Capacity factor",
    )

    @model_validator(mode="after")
    def _there_are_so_many_experts(self) -> MoeRecipe:
        if self.top > self.experts:
            raise ValueError(f"{self.top} of {self.experts} experts cannot be asked")
        return self

    def network(self, spec: ImageSpec) -> MoeTransformer:
        """The transformer for images of `spec`."""
        return MoeTransformer(**self.layers(spec), experts=self.experts, top=self.top, capacity=self.capacity)

    def flops(self, spec: ImageSpec) -> int:
        """From a picture to its logits: of all experts only those that are asked compute."""
        return _flops(self, spec)

    def build(self, data: Data) -> ClassifyByExperts:
        """Cross entropy on the classes of `data`, and the losses of the routers."""
        return ClassifyByExperts(balance=self.balance, z_loss=self.z_loss, **self.settings(data))


@lru_cache(maxsize=256)
def _flops(recipe: MoeRecipe, spec: ImageSpec) -> int:
    """Counted on real numbers: which experts compute depends on them, though not how many."""
    with ambient(0, torch.device("cpu")), torch.no_grad():
        network = recipe.network(spec).eval()
        image = torch.zeros(1, spec.channels, spec.size, spec.size)
        return flops(lambda: network(image))


_FASHION = MoeRecipe(heads=2, flip=False, batch_size=64)

RECIPES: dict[str, Recipe] = {
    "moe-fashion": _FASHION,
    # a capacity would keep an expert from being asked too often, too
    "moe-fashion-collapse": _FASHION.changed(balance=0, z_loss=0, capacity=None),
    "moe-emoji": MoeRecipe(data="emoji", image_size=32, shift=True, batch_size=64),
}
