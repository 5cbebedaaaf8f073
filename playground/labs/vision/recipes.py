"""The recipes of the vision lab."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import model_validator

from playground.data import Data, Spec
from playground.labs.vision.attention import attended
from playground.labs.vision.classify import Classify, Look
from playground.labs.vision.cnn import ConvolutionalNetwork
from playground.labs.vision.saliency import saliency
from playground.labs.vision.vit import VisionTransformer
from playground.recipe import Recipe, knob


class ClassifierRecipe(Recipe):
    """The knobs that all networks share which learn to name what is in a picture."""

    lab: ClassVar[str] = "vision"

    learning_rate: float = knob(2e-3, "How far one step goes at the fastest.", ge=1e-6, le=1)
    weight_decay: float = knob(0.05, "How strongly weights are pulled towards zero.", ge=0, le=1)
    label_smoothing: float = knob(0.1, "How much doubt is mixed into the right answers.", ge=0, le=0.9)
    flip: bool = knob(True, "Mirrors half of the pictures, so that left and right count the same.")
    shift: bool = knob(False, "Moves every picture by up to an eighth of its side.")

    @property
    def watched(self) -> tuple[str, str]:
        """How many pictures it names rightly."""
        return ("accuracy", "rises")

    def build(self, data: Data) -> Classify:
        """Cross entropy on the classes of `data`."""
        return Classify(
            network=self.network(data.spec),
            spec=data.spec,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            label_smoothing=self.label_smoothing,
            augment=[way for way in ("flip", "shift") if getattr(self, way)],
            look=self.look(),
        )

    def look(self) -> Look:
        """What previews show; any network has a saliency."""
        return saliency


class VitRecipe(ClassifierRecipe):
    """A Vision Transformer that learns to name what is in a picture."""

    what: ClassVar[str] = "vit"
    title: ClassVar[str] = "Vision Transformer"

    patch_size: Literal[1, 2, 4, 7, 8, 14, 16, 32] = knob(
        4, "The side of the squares that a picture is cut into.", unit="pixels", shown=True
    )
    depth: int = knob(4, "How many blocks follow one another.", ge=1, le=12, unit="blocks", step=1, shown=True)
    heads: int = knob(
        4,
        "How many attention maps a block makes side by side.",
        ge=1,
        le=12,
        unit="heads",
        step=1,
    )
    width: int = knob(64, "How many numbers describe a patch; a multiple of the heads.", ge=8, le=384, unit="features")
    mlp_ratio: float = knob(2.0, "How much wider the layers between two attentions are.", ge=0.5, le=8)
    class_token: bool = knob(False, "Reads the class off a token of its own instead of the mean of all patches.")

    @model_validator(mode="after")
    def _fits(self) -> VitRecipe:
        if self.spec().size % self.patch_size:
            raise ValueError(f"patches of {self.patch_size} pixels do not tile a picture of {self.spec().size}")
        if self.width % self.heads:
            raise ValueError(f"{self.heads} heads do not divide a width of {self.width}")
        return self

    def network(self, spec: Spec) -> VisionTransformer:
        """The transformer for pictures of `spec`."""
        return VisionTransformer(
            image_size=spec.size,
            patch_size=self.patch_size,
            channels=spec.channels,
            classes=len(spec.classes),
            width=self.width,
            depth=self.depth,
            heads=self.heads,
            mlp_ratio=self.mlp_ratio,
            class_token=self.class_token,
        )

    def look(self) -> Look:
        """What flows into the answer through all layers of attention."""
        return attended


class CnnRecipe(ClassifierRecipe):
    """A small convolutional network that learns to name what is in a picture.

    On one thread of a server CPU, all of Fashion-MNIST; see the card of `cnn-fashion` for what it reaches.
    """

    what: ClassVar[str] = "cnn"
    title: ClassVar[str] = "Convolutional network"

    width: int = knob(
        32,
        "How many features the first stage finds at each place; the second finds twice as many.",
        ge=4,
        le=128,
        unit="features",
        step=4,
        shown=True,
    )
    depth: int = knob(1, "How many residual blocks each of the two stages has.", ge=1, le=4, unit="blocks", step=1)

    def network(self, spec: Spec) -> ConvolutionalNetwork:
        """The network for pictures of `spec`."""
        return ConvolutionalNetwork(
            channels=spec.channels, classes=len(spec.classes), width=self.width, depth=self.depth
        )


RECIPES: dict[str, Recipe] = {
    "vit-fashion": VitRecipe(patch_size=7, width=96, heads=3, mlp_ratio=4, flip=False),
    "vit-emoji": VitRecipe(data="emoji", image_size=32, shift=True),
    "vit-cifar10": VitRecipe(data="cifar10", depth=6, shift=True, seconds=1800),
    "vit-digits": VitRecipe(data="digits", patch_size=2, flip=False, seconds=20),
    # their features measure generated pictures; smoothed labels would wipe out of them what sets pictures of one class
    # apart (Müller et al., "When Does Label Smoothing Help?", 2019, arXiv 1906.02629, section 3)
    "cnn-fashion": CnnRecipe(label_smoothing=0.0),
    "cnn-emoji": CnnRecipe(data="emoji", image_size=32, shift=True, label_smoothing=0.0),
}
