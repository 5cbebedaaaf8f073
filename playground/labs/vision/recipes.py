"""The recipes of the vision lab."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import model_validator

from playground.data import ImageSpec
from playground.labs.vision.cnn import ConvolutionalNetwork
from playground.labs.vision.recipes_base import AttentionRecipe, ClassifierRecipe, PatchRecipe
from playground.labs.vision.recipes_earlier import EARLIER
from playground.labs.vision.recipes_later import LATER
from playground.labs.vision.vit import Positions, VisionTransformer
from playground.recipe import Recipe, knob


class VitRecipe(AttentionRecipe, PatchRecipe):
    """A Vision Transformer as an image classifier."""

    what: ClassVar[str] = "vit"
    title: ClassVar[str] = "Vision Transformer"

    depth: int = knob(4, "Depth: transformer blocks in a row.", ge=1, le=12, unit="blocks", step=1)
    class_token: bool = knob(
        False, "Class token: reads the class off a token of its own instead of the mean of all patches."
    )

    registers: int = knob(
        0, "Registers: tokens that stand for no patch, in which blocks may keep what they want.", ge=0, le=8, step=1
    )
    positions: Positions = knob(
        "learned",
        "Position codes: what tells a patch where it lies. Learned vectors or sine waves are added to it, rotary codes "
        "turn its queries and keys.",
        shown=True,
    )

    @model_validator(mode="after")
    def _positions_come_in_pairs(self) -> VitRecipe:
        each = {"sin-cos": self.width, "rotary": self.width // self.heads}.get(self.positions, 0)
        if each % 4:
            raise ValueError(f"{self.positions} position codes need a multiple of 4 features, not {each}")
        return self

    def network(self, spec: ImageSpec) -> VisionTransformer:
        """The transformer for images of `spec`."""
        return VisionTransformer(**self.layers(spec))

    def layers(self, spec: ImageSpec) -> dict[str, Any]:
        """What a transformer for images of `spec` is made of."""
        return {
            "image_size": spec.size,
            "patch_size": self.patch_size,
            "channels": spec.channels,
            "classes": len(spec.classes),
            "width": self.width,
            "depth": self.depth,
            "heads": self.heads,
            "mlp_ratio": self.mlp_ratio,
            "class_token": self.class_token,
            "registers": self.registers,
            "positions": self.positions,
        }


class CnnRecipe(ClassifierRecipe):
    """A small convolutional network as an image classifier.

    On one thread of a server CPU, all of Fashion-MNIST; see the card of `cnn-fashion` for what it reaches.
    """

    what: ClassVar[str] = "cnn"
    title: ClassVar[str] = "Convolutional network"

    width: int = knob(
        32,
        "Width: channels of the first stage; the second has twice as many.",
        ge=4,
        le=128,
        unit="features",
        step=4,
        shown=True,
    )
    depth: int = knob(1, "Depth: residual blocks in each of the two stages.", ge=1, le=4, unit="blocks", step=1)

    def network(self, spec: ImageSpec) -> ConvolutionalNetwork:
        """The network for images of `spec`."""
        return ConvolutionalNetwork(
            channels=spec.channels, classes=len(spec.classes), width=self.width, depth=self.depth
        )


RECIPES: dict[str, Recipe] = {
    "vit-fashion": VitRecipe(patch_size=7, heads=2, mlp_ratio=4, flip=False),
    "vit-emoji": VitRecipe(data="emoji", image_size=32, shift=True),
    "vit-cifar10": VitRecipe(data="cifar10", depth=6, shift=True, seconds=1800),
    "vit-digits": VitRecipe(data="digits", patch_size=2, flip=False, seconds=20),
    # their features measure generated images; label smoothing would erase the differences within a class
    # from them (Müller et al., "When Does Label Smoothing Help?", 2019, arXiv 1906.02629, section 3)
    "cnn-fashion": CnnRecipe(label_smoothing=0.0, flip=False, learning_rate=1e-2),
    "cnn-emoji": CnnRecipe(data="emoji", image_size=32, shift=True, label_smoothing=0.0),
    **EARLIER,
    **LATER,
}
