"""The recipes of the networks that came before and after the Vision Transformer."""

from __future__ import annotations

from typing import ClassVar, Literal

from playground.data import ImageSpec
from playground.labs.vision.convnext import ConvNeXt
from playground.labs.vision.hybrid import STRIDE, Hybrid
from playground.labs.vision.mixer import MlpMixer
from playground.labs.vision.recipes_base import AttentionRecipe, ClassifierRecipe, PatchRecipe, StagedRecipe
from playground.labs.vision.resnet import ResNet
from playground.labs.vision.resnet9 import HALVINGS, ResNet9
from playground.recipe import Recipe, knob


class ResnetRecipe(StagedRecipe):
    """A residual network for small pictures: stages at full size, half, a quarter and, of four, an eighth."""

    what: ClassVar[str] = "resnet"
    title: ClassVar[str] = "ResNet"

    depth: int = knob(2, "Depth: residual blocks in each stage.", ge=1, le=9, unit="blocks", step=1)
    stages: Literal[3, 4] = knob(3, "Stages: each but the first halves the picture and doubles the channels.")
    residual: bool = knob(
        True,
        "Residual connections: a block adds what it computes to its input. Without them it is a plain network.",
        label="Residual connections",
        shown=True,
    )

    def check(self, spec: ImageSpec) -> None:
        """All stages but the first halve the picture."""
        least = 2 ** (self.stages - 1)
        if spec.size < least:
            raise ValueError(f"{self.stages} stages need a side of {least} pixels or more, not {spec.size}")

    def network(self, spec: ImageSpec) -> ResNet:
        """The network for images of `spec`."""
        return ResNet(
            channels=spec.channels,
            classes=len(spec.classes),
            widths=self.widths(self.stages),
            depths=[self.depth] * self.stages,
            residual=self.residual,
        )


class Resnet9Recipe(StagedRecipe):
    """A small residual network that learns in little time: its stages see half the side, a quarter and an eighth."""

    what: ClassVar[str] = "resnet9"
    title: ClassVar[str] = "ResNet-9"

    depth: int = knob(
        1,
        "Depth: convolutions of each stage's residual; at 0 there is none.",
        ge=0,
        le=3,
        unit="layers",
        step=1,
        shown=True,
    )

    def check(self, spec: ImageSpec) -> None:
        """Each stage halves the picture."""
        if spec.size < 2**HALVINGS:
            raise ValueError(f"the side must be at least {2**HALVINGS} pixels, not {spec.size}")

    def network(self, spec: ImageSpec) -> ResNet9:
        """The network for images of `spec`."""
        return ResNet9(
            channels=spec.channels, classes=len(spec.classes), widths=self.widths(HALVINGS), depth=self.depth
        )


class HybridRecipe(AttentionRecipe):
    """Convolutions below and a transformer above as an image classifier."""

    what: ClassVar[str] = "hybrid"
    version: ClassVar[int] = 3
    title: ClassVar[str] = "Hybrid CNN-ViT"

    stem_depth: int = knob(
        1,
        "Stem depth: convolutions of the residual in each of the two stages below the transformer; at 0 there is none.",
        ge=0,
        le=4,
        unit="layers",
        shown=True,
    )
    depth: int = knob(3, "Depth: transformer blocks in a row.", ge=1, le=12, unit="blocks", step=1, shown=True)
    stem_width: int = knob(
        32, "Stem width: channels of its first stage; the second has twice as many.", ge=4, le=128, unit="features"
    )

    def check(self, spec: ImageSpec) -> None:
        """The stem halves the picture twice."""
        if spec.size % STRIDE:
            raise ValueError(f"the side must be a multiple of {STRIDE} pixels, not {spec.size}")

    def network(self, spec: ImageSpec) -> Hybrid:
        """The hybrid for images of `spec`."""
        return Hybrid(
            image_size=spec.size,
            channels=spec.channels,
            classes=len(spec.classes),
            stem_width=self.stem_width,
            stem_depth=self.stem_depth,
            width=self.width,
            depth=self.depth,
            heads=self.heads,
            mlp_ratio=self.mlp_ratio,
        )


class MixerRecipe(PatchRecipe):
    """An MLP-Mixer as an image classifier."""

    what: ClassVar[str] = "mixer"
    title: ClassVar[str] = "MLP-Mixer"

    depth: int = knob(4, "Depth: blocks in a row.", ge=1, le=12, unit="blocks", step=1)
    width: int = knob(64, "Width: size of a patch embedding.", ge=8, le=384, unit="features")
    token_mixing: bool = knob(
        True, "Token mixing: perceptrons across patches. Without them, each patch is looked at alone.", shown=True
    )
    token_ratio: float = knob(
        1.0, "Hidden width of the perceptrons across patches, in widths.", ge=0.25, le=8, label="Token-MLP ratio"
    )
    channel_ratio: float = knob(
        2.0, "Hidden width of the perceptrons across features, in widths.", ge=0.25, le=8, label="Channel-MLP ratio"
    )

    def network(self, spec: ImageSpec) -> MlpMixer:
        """The mixer for images of `spec`."""
        return MlpMixer(
            image_size=spec.size,
            patch_size=self.patch_size,
            channels=spec.channels,
            classes=len(spec.classes),
            width=self.width,
            depth=self.depth,
            token_mixing=self.token_mixing,
            token_ratio=self.token_ratio,
            channel_ratio=self.channel_ratio,
        )


class ConvnextRecipe(ClassifierRecipe):
    """A ConvNeXt of two stages as an image classifier."""

    what: ClassVar[str] = "convnext"
    title: ClassVar[str] = "ConvNeXt"

    stem: Literal[1, 2, 4] = knob(
        4, "Stem: the side of the squares that a picture is cut into at first.", unit="pixels"
    )
    width: int = knob(
        48,
        "Width: channels of the first stage; the second has twice as many.",
        ge=8,
        le=192,
        unit="features",
        shown=True,
    )
    depth: int = knob(2, "Depth: blocks in each of the two stages.", ge=1, le=6, unit="blocks", step=1)
    kernel_size: Literal[3, 5, 7] = knob(7, "Kernel size: how far a block looks around.", unit="pixels", shown=True)

    def check(self, spec: ImageSpec) -> None:
        """Stem and second stage need something to halve."""
        if spec.size < 2 * self.stem:
            raise ValueError(f"a stem of {self.stem} pixels needs a side of {2 * self.stem} or more, not {spec.size}")

    def network(self, spec: ImageSpec) -> ConvNeXt:
        """The network for images of `spec`."""
        return ConvNeXt(
            channels=spec.channels,
            classes=len(spec.classes),
            widths=(self.width, 2 * self.width),
            depths=(self.depth, self.depth),
            stem=self.stem,
            kernel_size=self.kernel_size,
        )


LATER: dict[str, Recipe] = {
    "resnet-fashion": ResnetRecipe(depth=1, flip=False, learning_rate=1e-2),
    "resnet-emoji": ResnetRecipe(data="emoji", image_size=32, shift=True),
    "resnet9-fashion": Resnet9Recipe(width=32, flip=False, learning_rate=1e-2),
    "resnet9-cifar10": Resnet9Recipe(data="cifar10", width=40, shift=True, learning_rate=1e-2, seconds=3400),
    "hybrid-fashion": HybridRecipe(depth=2, heads=2, flip=False),
    "hybrid-emoji": HybridRecipe(data="emoji", image_size=32, shift=True),
    "hybrid-cifar10": HybridRecipe(
        data="cifar10", stem_width=48, heads=2, shift=True, learning_rate=3e-3, seconds=3400
    ),
    "mixer-fashion": MixerRecipe(flip=False),
    "mixer-emoji": MixerRecipe(data="emoji", image_size=32, shift=True),
    "convnext-fashion": ConvnextRecipe(flip=False),
    "convnext-emoji": ConvnextRecipe(data="emoji", image_size=32, shift=True),
}
