"""The recipes of methods that learn by clustering."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from playground.data import Data, ImageSpec
from playground.labs.selfsupervised.augment import Augmentation
from playground.labs.selfsupervised.recipes.base import ViewsRecipe
from playground.labs.selfsupervised.swav import LARGE, Clustering, SwAV
from playground.recipe import Recipe, knob


class SwavRecipe(ViewsRecipe):
    """SwAV with two large crops and several small ones, the multi-crop of the paper."""

    what: ClassVar[str] = "swav"
    title: ClassVar[str] = "SwAV"
    labels: ClassVar[Mapping[str, str]] = {**ViewsRecipe.labels, "loss": "Swapped prediction (nats)"}

    views: int = knob(
        6, "Views: crops of each picture; two are large, the others small.", ge=LARGE, le=16, unit="crops", step=1
    )
    small_size: int = knob(12, "Small views: the side of a small crop, once it is resized.", ge=8, le=64, unit="pixels")
    divide: float = knob(
        0.3,
        "Large from: the part of a picture's area that a large crop shows at least, a small one at most.",
        ge=0.02,
        le=1,
    )
    largest: float = knob(1.0, "Largest crop: the part of a picture's area that it shows.", ge=0.02, le=1)
    temperature: float = knob(0.1, "Temperature: the smaller, the surer the predicted assignment.", ge=0.01, le=2)
    epsilon: float = knob(
        0.02, "Epsilon of Sinkhorn-Knopp: the larger, the softer a crop is assigned; 0.05 in the paper.", ge=0.01, le=1
    )
    prototypes: int = knob(
        32, "Prototypes: the clusters, each of which gets an equal share of a batch.", ge=2, le=1024, shown=True
    )

    def check(self, spec: ImageSpec) -> None:
        """Small crops end where large ones begin."""
        if not self.smallest <= self.divide <= self.largest:
            raise ValueError(
                f"large crops begin at {self.divide:g}, which is not between the smallest crop, {self.smallest:g}, "
                f"and the largest one, {self.largest:g}"
            )

    def augmentation(self, spec: ImageSpec) -> Augmentation:
        """How the large crops are drawn."""
        return replace(super().augmentation(spec), smallest=self.divide)

    def network(self, spec: ImageSpec) -> Clustering:
        """Encoder, projector and prototypes for images of `spec`."""
        return Clustering(encoder=self.encoder(spec), embedding=self.embedding, prototypes=self.prototypes)

    def build(self, data: Data) -> SwAV:
        """Swapped prediction on the training images of `data`."""
        large = self.augmentation(data.spec)
        small = replace(large, size=self.small_size, smallest=self.smallest, largest=self.divide)
        return SwAV(
            small=small,
            small_views=self.views - LARGE,
            temperature=self.temperature,
            epsilon=self.epsilon,
            **self.shared(data),
        )


CLUSTERING: dict[str, Recipe] = {
    "swav-fashion": SwavRecipe(),
    "swav-emoji": SwavRecipe(data="emoji", image_size=32, flip=False),
    "swav-faces": SwavRecipe(data="faces", image_size=32, color=0.2, gray=0),
    "swav-cifar10": SwavRecipe(data="cifar10", width=48, view_size=24, seconds=900),
}
