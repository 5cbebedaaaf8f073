"""The recipes of methods that predict what the network itself, or its average, makes of other views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, Literal

from playground.data import Data, ImageSpec
from playground.labs.selfsupervised.augment import Augmentation
from playground.labs.selfsupervised.dino import Dino, SelfDistillation
from playground.labs.selfsupervised.recipes.base import ViewsRecipe
from playground.labs.selfsupervised.simsiam import Siamese, SimSiam
from playground.labs.vision.vit import VisionTransformer
from playground.recipe import Recipe, knob


class SimsiamRecipe(ViewsRecipe):
    """SimSiam with several views, as FastSiam."""

    what: ClassVar[str] = "simsiam"
    title: ClassVar[str] = "SimSiam"
    labels: ClassVar[Mapping[str, str]] = {**ViewsRecipe.labels, "loss": "Negative cosine"}

    stop_gradient: bool = knob(
        True,
        "Stop-gradient: what is predicted gets no gradient. Without it all pictures collapse to one point.",
        shown=True,
    )
    embedding: int = knob(
        128, "Embedding: numbers that the loss sees of a crop; the predictor's bottleneck is a quarter.", ge=4, le=512
    )

    def network(self, spec: ImageSpec) -> Siamese:
        """Encoder, projector and predictor for images of `spec`."""
        return Siamese(encoder=self.encoder(spec), embedding=self.embedding)

    def build(self, data: Data) -> SimSiam:
        """Predicts views of the training images of `data`."""
        return SimSiam(views=self.views, stop_gradient=self.stop_gradient, **self.shared(data))


class DinoRecipe(ViewsRecipe):
    """DINO with a small Vision Transformer, two large crops and several small ones."""

    what: ClassVar[str] = "dino"
    title: ClassVar[str] = "DINO"
    labels: ClassVar[Mapping[str, str]] = {
        **ViewsRecipe.labels,
        "loss": "Cross entropy of student and teacher (nats)",
        "entropy": "Entropy of the teacher (nats)",
        "divergence": "Divergence of the student from the teacher (nats)",
    }

    batch_size: int = knob(32, "Batch size: pictures of which one step draws views.", ge=2, le=1024, unit="pictures")
    centering: bool = knob(
        True, "Centering: the teacher's mean is taken off what it says; without it, training collapses.", shown=True
    )
    teacher_temperature: float = knob(
        0.05,
        "Temperature of the teacher: the lower, the sharper what it says; the student's is 0.1.",
        ge=0.01,
        le=1,
        shown=True,
    )
    momentum: float = knob(
        0.97,
        "Momentum: how much of the teacher stays in a step at first; it rises to 1; in the paper it is 0.996.",
        ge=0,
        le=1,
    )
    views: int = knob(
        6, "Views: crops of each picture, of which two are large and seen by the teacher, too.", ge=2, le=16, step=1
    )
    view_size: int = knob(24, "Size of a large crop, once it is resized; a multiple of the patches.", ge=8, le=64)
    small_size: int = knob(
        12, "Size of a small crop, once it is resized; a multiple of the patches.", ge=4, le=64, unit="pixels"
    )
    smallest: float = knob(0.4, "Smallest large crop: the part of a picture's area that it shows.", ge=0.02, le=1)
    largest: float = knob(1.0, "Largest large crop: the part of a picture's area that it shows.", ge=0.02, le=1)
    smallest_small: float = knob(0.1, "Smallest small crop: the part of a picture's area that it shows.", ge=0.02, le=1)
    largest_small: float = knob(0.4, "Largest small crop: the part of a picture's area that it shows.", ge=0.02, le=1)
    color: float = knob(
        0.4, "Color jitter: how much brightness, contrast, saturation and hue vary.", ge=0, le=1, step=0.1
    )
    patch_size: Literal[2, 4, 7, 8] = knob(
        4, "Patch size: the side of the squares that a crop is cut into.", unit="pixels"
    )
    width: int = knob(48, "Width: size of a patch embedding; a multiple of the heads.", ge=8, le=384, unit="features")
    depth: int = knob(3, "Depth: transformer blocks in a row.", ge=1, le=12, unit="blocks", step=1)
    heads: int = knob(4, "Attention heads of each block.", ge=1, le=12, unit="heads", step=1)
    mlp_ratio: float = knob(
        2.0, "Hidden width of the MLPs between two attentions, in widths.", ge=0.5, le=8, label="MLP ratio"
    )
    embedding: int = knob(256, "Prototypes: what the teacher tells pictures apart by.", ge=2, le=4096)
    hidden: int = knob(64, "Hidden width of the head, between features and its bottleneck.", ge=8, le=2048)
    bottleneck: int = knob(32, "Bottleneck: dimensions in which prototypes are compared.", ge=2, le=256)
    learning_rate: float = knob(3e-3, "Peak learning rate.", ge=1e-6, le=1)

    def check(self, spec: ImageSpec) -> None:
        """Patches must tile the picture and all crops, and heads divide the width."""
        super().check(spec)
        for name, size in (("picture", spec.size), ("large crop", self.view_size), ("small crop", self.small_size)):
            if size % self.patch_size:
                raise ValueError(f"patches of {self.patch_size} pixels do not tile a {name} of {size}")
        if self.width % self.heads:
            raise ValueError(f"{self.heads} heads do not divide a width of {self.width}")
        if self.smallest_small > self.largest_small:
            raise ValueError(
                f"the smallest small crop, {self.smallest_small:g}, is larger than the largest one, "
                f"{self.largest_small:g}"
            )

    def transformer(self, spec: ImageSpec) -> VisionTransformer:
        """The vision lab's, with a class token and without a head."""
        return VisionTransformer(
            image_size=spec.size,
            patch_size=self.patch_size,
            channels=spec.channels,
            classes=0,
            width=self.width,
            depth=self.depth,
            heads=self.heads,
            mlp_ratio=self.mlp_ratio,
        )

    def network(self, spec: ImageSpec) -> Dino:
        """Student and teacher for images of `spec`."""
        return Dino(
            encoder=self.transformer(spec),
            hidden=self.hidden,
            bottleneck=self.bottleneck,
            prototypes=self.embedding,
        )

    def small(self, spec: ImageSpec) -> Augmentation:
        """How small crops are drawn."""
        low, high = self.smallest_small, self.largest_small
        return replace(self.augmentation(spec), size=self.small_size, smallest=low, largest=high)

    def build(self, data: Data) -> SelfDistillation:
        """Self-distillation on the training images of `data`."""
        return SelfDistillation(
            small=self.small(data.spec),
            views=self.views,
            momentum=self.momentum,
            teacher_temperature=self.teacher_temperature,
            centering=self.centering,
            **self.shared(data),
        )


DISTILLATION: dict[str, Recipe] = {
    "simsiam-fashion": SimsiamRecipe(),
    "simsiam-emoji": SimsiamRecipe(data="emoji", image_size=32, flip=False),
    "simsiam-faces": SimsiamRecipe(data="faces", image_size=32, color=0.2, gray=0),
    "simsiam-cifar10": SimsiamRecipe(data="cifar10", width=48, view_size=24, seconds=900),
    "dino-fashion": DinoRecipe(),
    "dino-emoji": DinoRecipe(data="emoji", image_size=32, flip=False),
    # portraits differ in what small crops and other colors hide
    "dino-faces": DinoRecipe(data="faces", image_size=32, color=0.2, smallest_small=0.25, largest_small=0.6),
    "dino-cifar10": DinoRecipe(data="cifar10", view_size=32, width=96, depth=4, seconds=900),
}
