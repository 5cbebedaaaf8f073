"""What the recipes of all methods share that learn from random views."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from playground.data import Data, ImageSpec
from playground.labs.selfsupervised.augment import Augmentation
from playground.labs.selfsupervised.representation import Representation
from playground.labs.vision.cnn import ConvolutionalNetwork
from playground.metrics.labels import Share
from playground.recipe import ImageRecipe, knob


class AugmentedRecipe(ImageRecipe):
    """Learns from random views of pictures, which `augmentation` draws."""

    @abstractmethod
    def augmentation(self, spec: ImageSpec) -> Augmentation:
        """How views of images of `spec` are drawn."""


class ViewsRecipe(AugmentedRecipe):
    """The knobs of what learns from random views: the encoder's, and those of the views."""

    lab: ClassVar[str] = "selfsupervised"
    task: ClassVar[str] = "image-feature-extraction"
    labels: ClassVar[Mapping[str, str]] = {
        "knn": Share("k-NN accuracy"),
        "effective_rank": "Effective rank",
        "spread": "Spread",
        "alignment": "Alignment",
        "uniformity": "Uniformity",
    }

    batch_size: int = knob(64, "Batch size: pictures of which one step draws views.", ge=2, le=1024, unit="pictures")
    views: int = knob(4, "Views: random crops of each picture.", ge=2, le=16, unit="crops", step=1)
    view_size: int = knob(20, "View size: the side of a crop, once it is resized.", ge=8, le=64, unit="pixels")
    smallest: float = knob(0.15, "Smallest crop: the part of a picture's area that it shows.", ge=0.02, le=1)
    largest: float = knob(0.6, "Largest crop: the part of a picture's area that it shows.", ge=0.02, le=1)
    color: float = knob(
        0.4, "Color jitter: how much brightness, contrast, saturation and hue vary.", ge=0, le=1, step=0.1, shown=True
    )
    gray: float = knob(0.2, "Grayscale: how often a crop loses its colors.", ge=0, le=1)
    flip: bool = knob(True, "Random horizontal flips, so that left and right count the same.")
    width: int = knob(
        32, "Width: channels of the encoder's first stage; the second has twice as many.", ge=4, le=128, unit="features"
    )
    depth: int = knob(1, "Depth: residual blocks in each of the two stages.", ge=1, le=4, unit="blocks", step=1)
    embedding: int = knob(128, "Embedding: numbers that the loss sees of a crop.", ge=2, le=512, unit="dimensions")
    learning_rate: float = knob(2e-3, "Peak learning rate.", ge=1e-6, le=1)
    weight_decay: float = knob(0.05, "Weight decay: how strongly weights are pulled towards zero.", ge=0, le=1)

    def check(self, spec: ImageSpec) -> None:
        """The smallest crop is no larger than the largest one."""
        if self.smallest > self.largest:
            raise ValueError(f"the smallest crop, {self.smallest:g}, is larger than the largest one, {self.largest:g}")

    def watched(self, spec: ImageSpec) -> tuple[str, str]:
        """What neighbors say where there are classes to tell apart, else how many dimensions are used."""
        return ("knn" if len(spec.classes) > 1 else "effective_rank", "rises")

    def augmentation(self, spec: ImageSpec) -> Augmentation:
        """As the knobs say."""
        return Augmentation(
            size=self.view_size,
            smallest=self.smallest,
            largest=self.largest,
            flip=self.flip,
            color=self.color,
            gray=self.gray,
        )

    def encoder(self, spec: ImageSpec) -> ConvolutionalNetwork:
        """The vision lab's network, without its head."""
        return ConvolutionalNetwork(channels=spec.channels, classes=0, width=self.width, depth=self.depth)

    def network(self, spec: ImageSpec) -> Representation:
        """Encoder and projector for images of `spec`."""
        return Representation(encoder=self.encoder(spec), embedding=self.embedding)

    def shared(self, data: Data) -> dict[str, Any]:
        """What every `Pretrain` takes."""
        return {
            "network": self.network(data.spec),
            "data": data,
            "augmentation": self.augmentation(data.spec),
            "learning_rate": self.learning_rate,
            "weight_decay": self.weight_decay,
        }
