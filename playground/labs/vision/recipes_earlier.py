"""The recipes of networks that stand in a history of image classifiers before or beside those of the other files."""

from __future__ import annotations

from typing import ClassVar

from playground.data import ImageSpec
from playground.labs.vision.alexnet import AlexNet
from playground.labs.vision.classify import Heatmap
from playground.labs.vision.lenet import LeNet
from playground.labs.vision.mobilevit import MobileVit
from playground.labs.vision.recipes_base import AttentionRecipe, ClassifierRecipe, StagedRecipe
from playground.labs.vision.saliency import saliency
from playground.labs.vision.vgg import Vgg
from playground.recipe import Recipe, knob


class LenetRecipe(ClassifierRecipe):
    """LeNet-5, of 1998: convolutions that share their weights across the picture."""

    what: ClassVar[str] = "lenet"
    title: ClassVar[str] = "LeNet"

    width: int = knob(
        6,
        "Width: channels of the first convolution; all else grows with them.",
        ge=3,
        le=48,
        unit="features",
        shown=True,
    )
    shared: bool = knob(
        True,
        "Shared weights: a filter is the same at every place. Without them, each place has filters of its own.",
        label="Shared weights",
        shown=True,
    )

    def check(self, spec: ImageSpec) -> None:
        """Two halvings, and a convolution without padding between them."""
        if spec.size % 4 or spec.size < 12:
            raise ValueError(f"the side must be a multiple of 4 pixels, 12 or more, not {spec.size}")

    def network(self, spec: ImageSpec) -> LeNet:
        """The network for images of `spec`."""
        return LeNet(
            image_size=spec.size,
            channels=spec.channels,
            classes=len(spec.classes),
            width=self.width,
            shared=self.shared,
        )


class AlexnetRecipe(ClassifierRecipe):
    """An AlexNet, of 2012, small: rectified linear units, drop-out, and more depth and width than before."""

    what: ClassVar[str] = "alexnet"
    title: ClassVar[str] = "AlexNet"

    width: int = knob(
        24,
        "Width: channels of the first convolution; all else grows with them.",
        ge=8,
        le=96,
        unit="features",
        shown=True,
    )
    dropout: float = knob(
        0.5, "Drop-out: the share of a perceptron's inputs that are set to zero.", ge=0, le=0.9, shown=True
    )

    def check(self, spec: ImageSpec) -> None:
        """Three times overlapping windows."""
        if spec.size < 15:
            raise ValueError(f"the side must be at least 15 pixels, not {spec.size}")

    def network(self, spec: ImageSpec) -> AlexNet:
        """The network for images of `spec`."""
        return AlexNet(
            image_size=spec.size,
            channels=spec.channels,
            classes=len(spec.classes),
            width=self.width,
            dropout=self.dropout,
        )


class VggRecipe(StagedRecipe):
    """A VGG, of 2014: small convolutions, many of them."""

    what: ClassVar[str] = "vgg"
    title: ClassVar[str] = "VGG"

    depth: int = knob(
        2, "Depth: convolutions in each of the three stages.", ge=1, le=5, unit="layers", step=1, shown=True
    )

    def check(self, spec: ImageSpec) -> None:
        """Three halvings."""
        if spec.size < 8:
            raise ValueError(f"the side must be at least 8 pixels, not {spec.size}")

    def network(self, spec: ImageSpec) -> Vgg:
        """The network for images of `spec`."""
        return Vgg(
            channels=spec.channels,
            classes=len(spec.classes),
            widths=self.widths(3),
            depths=[self.depth] * 3,
        )


class MobilevitRecipe(AttentionRecipe):
    """A MobileViT, of 2021: thin convolutions with a transformer between them."""

    what: ClassVar[str] = "mobilevit"
    title: ClassVar[str] = "MobileViT"

    width: int = knob(32, "Width: size of a token; a multiple of the heads.", ge=8, le=384, unit="features")
    channels: int = knob(
        16, "Channels of the first stage; the second has twice as many.", ge=8, le=96, unit="features", shown=True
    )
    depth: int = knob(
        2, "Depth: blocks of each of the two transformers.", ge=0, le=6, unit="blocks", step=1, shown=True
    )

    def check(self, spec: ImageSpec) -> None:
        """Two halvings, and squares of 2 x 2."""
        if spec.size < 8:
            raise ValueError(f"the side must be at least 8 pixels, not {spec.size}")

    def network(self, spec: ImageSpec) -> MobileVit:
        """The network for images of `spec`."""
        return MobileVit(
            channels=spec.channels,
            classes=len(spec.classes),
            width=self.channels,
            token_width=self.width,
            depth=self.depth,
            heads=self.heads,
            mlp_ratio=self.mlp_ratio,
        )

    def heatmap(self) -> Heatmap:
        """Its attention is cut into four interleaved grids, so that saliency says more."""
        return saliency


EARLIER: dict[str, Recipe] = {
    "lenet-fashion": LenetRecipe(flip=False),
    "alexnet-fashion": AlexnetRecipe(flip=False),
    "vgg-fashion": VggRecipe(flip=False),
    "mobilevit-fashion": MobilevitRecipe(flip=False),
}
