"""The recipes of mixtures of experts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar

import torch
from pydantic import model_validator
from torch import nn

from playground.data import Data, ImageSpec, TextSpec
from playground.flops import flops
from playground.labs.frontiers.experts.characters import CharacterTransformer
from playground.labs.frontiers.experts.losses import RouterLosses
from playground.labs.frontiers.experts.objective import ClassifyByExperts
from playground.labs.frontiers.experts.prediction import PredictByExperts
from playground.labs.frontiers.experts.transformer import MoeTransformer
from playground.labs.vision.recipes import VitRecipe
from playground.metrics.labels import Share
from playground.randomness import ambient
from playground.recipe import Recipe, knob


class ExpertRecipe(Recipe):
    """The knobs of a mixture of experts in every second block of a transformer."""

    lab: ClassVar[str] = "frontiers"
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

    depth: int = knob(4, "Depth: transformer blocks in a row; every second one has experts.", ge=2, le=12, step=1)
    experts: int = knob(8, "Experts of a block; with one it is a dense network.", ge=1, le=10, step=1, shown=True)
    top: int = knob(1, "Top-k: how many experts each token asks.", ge=1, le=4, step=1, label="Top-k")
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
    def _there_are_so_many_experts(self) -> ExpertRecipe:
        if self.top > self.experts:
            raise ValueError(f"{self.top} of {self.experts} experts cannot be asked")
        return self

    @property
    def routing(self) -> dict[str, Any]:
        """What a network's experts are."""
        return {"experts": self.experts, "top": self.top, "capacity": self.capacity}

    @property
    def losses(self) -> RouterLosses:
        """What the losses of its routers weigh."""
        return RouterLosses(balance=self.balance, z_loss=self.z_loss)


class MoeRecipe(ExpertRecipe, VitRecipe):
    """A Vision Transformer with a mixture of experts in every second block."""

    what: ClassVar[str] = "moe"
    title: ClassVar[str] = "Mixture of experts"
    folded: ClassVar[tuple[str, ...]] = ("patch_size", "positions")

    def network(self, spec: ImageSpec) -> MoeTransformer:
        """The transformer for images of `spec`."""
        return MoeTransformer(**self.layers(spec), **self.routing)

    def flops(self, spec: ImageSpec) -> int:
        """From a picture to its logits: of all experts only those that are asked compute."""
        return _flops(self, spec)

    def build(self, data: Data) -> ClassifyByExperts:
        """Cross entropy on the classes of `data`, and the losses of the routers."""
        return ClassifyByExperts(losses=self.losses, **self.settings(data))


class MoeTextRecipe(ExpertRecipe):
    """A transformer that predicts the next character, with a mixture of experts in every second block."""

    what: ClassVar[str] = "moe-text"
    title: ClassVar[str] = "Mixture of experts, on text"
    task: ClassVar[str] = "text-generation"
    kinds: ClassVar[tuple[str, ...]] = ("texts",)
    columns: ClassVar[tuple[str, ...]] = ("characters", "labels")
    labels: ClassVar[Mapping[str, str]] = {
        **ExpertRecipe.labels,
        "loss": "Cross entropy (nats a character)",
        "accuracy": Share("Characters predicted right"),
    }

    data: str = knob("books", "The texts that it learns from.", control="name", shown=True)
    batch_size: int = knob(16, "Batch size: passages in one step.", ge=1, le=256, unit="passages")
    width: int = knob(48, "Width: size of a token.", ge=8, le=256, unit="features")
    heads: int = knob(3, "Attention heads of each block.", ge=1, le=12, unit="heads", step=1)
    mlp_ratio: float = knob(2.0, "Hidden width of an expert, in widths.", ge=0.5, le=8, label="MLP ratio")
    learning_rate: float = knob(8e-3, "Peak learning rate.", ge=1e-6, le=1)
    weight_decay: float = knob(0.05, "Weight decay: how strongly weights are pulled towards zero.", ge=0, le=1)

    def watched(self, spec: TextSpec) -> tuple[str, str]:
        """The cross entropy on test passages."""
        return ("loss", "falls")

    def check(self, spec: TextSpec) -> None:
        """Each head has pairs of features, half of which its positions turn."""
        if self.width % (4 * self.heads):
            raise ValueError(f"a width of {self.width} cannot be cut into {self.heads} heads of a multiple of 4")

    def network(self, spec: TextSpec) -> CharacterTransformer:
        """The transformer for the symbols of `spec`."""
        return CharacterTransformer(
            symbols=len(spec.symbols),
            length=spec.length - 1,
            width=self.width,
            depth=self.depth,
            heads=self.heads,
            mlp_ratio=self.mlp_ratio,
            **self.routing,
        )

    def flops(self, spec: TextSpec) -> int:
        """From a passage to the logits of all characters after it began."""
        return _flops(self, spec)

    def build(self, data: Data) -> PredictByExperts:
        """Cross entropy of the next character, and the losses of the routers."""
        return PredictByExperts(
            network=self.network(data.spec),
            data=data,
            losses=self.losses,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
        )


@lru_cache(maxsize=256)
def _flops(recipe: Recipe, spec: ImageSpec | TextSpec) -> int:
    """Counted on real numbers: which experts compute depends on them, though not how many."""
    with ambient(0, torch.device("cpu")), torch.no_grad():
        network: nn.Module = recipe.network(spec).eval()
        if isinstance(spec, TextSpec):
            example = torch.zeros(1, spec.length - 1, dtype=torch.uint8)
        else:
            example = torch.zeros(1, spec.channels, spec.size, spec.size)
        return flops(lambda: network(example))


_FASHION = MoeRecipe(width=48, heads=2, flip=False, batch_size=64)
_TEXT = MoeTextRecipe()

RECIPES: dict[str, Recipe] = {
    "moe-fashion": _FASHION,
    # a capacity would keep an expert from being asked too often, too
    "moe-fashion-collapse": _FASHION.changed(balance=0, z_loss=0, capacity=None),
    "moe-emoji": MoeRecipe(data="emoji", image_size=32, shift=True, batch_size=64),
    "moe-text-books": _TEXT,
    "moe-text-books-collapse": _TEXT.changed(balance=0, z_loss=0, capacity=None, learning_rate=1e-3),
}
