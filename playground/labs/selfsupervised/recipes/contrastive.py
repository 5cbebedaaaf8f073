"""The recipes of contrastive methods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from playground.data import Data, ImageSpec
from playground.labs.selfsupervised.moco import MoCo, MomentumContrast
from playground.labs.selfsupervised.recipes.base import ViewsRecipe
from playground.labs.selfsupervised.simclr import SimCLR
from playground.recipe import Recipe, knob


class SimclrRecipe(ViewsRecipe):
    """SimCLR with many small crops of few images."""

    what: ClassVar[str] = "simclr"
    title: ClassVar[str] = "SimCLR"
    labels: ClassVar[Mapping[str, str]] = {**ViewsRecipe.labels, "loss": "NT-Xent (nats)"}

    temperature: float = knob(
        0.2, "Temperature: the smaller, the more the most similar of the others count.", ge=0.01, le=2
    )
    negatives: bool = knob(
        True, "Negatives: other pictures are pushed away. Without them all pictures collapse to one point.", shown=True
    )

    def build(self, data: Data) -> SimCLR:
        """NT-Xent on the training images of `data`."""
        return SimCLR(views=self.views, temperature=self.temperature, negatives=self.negatives, **self.shared(data))


class MocoRecipe(ViewsRecipe):
    """MoCo v2 with several small queries for each key."""

    what: ClassVar[str] = "moco"
    title: ClassVar[str] = "MoCo"
    labels: ClassVar[Mapping[str, str]] = {**ViewsRecipe.labels, "loss": "InfoNCE (nats)"}

    temperature: float = knob(
        0.2, "Temperature: the smaller, the more the most similar of the negatives count.", ge=0.01, le=2, shown=True
    )
    momentum: float = knob(
        0.99,
        "Momentum: how much of the teacher, which encodes the keys, stays in a step; in the paper 0.999.",
        ge=0,
        le=1,
    )
    queue: int = knob(1024, "Queue: how many keys of pictures before are the negatives.", ge=1, le=65_536, unit="keys")

    def network(self, spec: ImageSpec) -> MomentumContrast:
        """Student, teacher and queue for images of `spec`."""
        return MomentumContrast(encoder=self.encoder(spec), embedding=self.embedding, queue=self.queue)

    def build(self, data: Data) -> MoCo:
        """InfoNCE on the training images of `data`."""
        return MoCo(views=self.views, temperature=self.temperature, momentum=self.momentum, **self.shared(data))


CONTRASTIVE: dict[str, Recipe] = {
    "simclr-fashion": SimclrRecipe(batch_size=32, views=8, view_size=16, smallest=0.08, largest=0.4),
    "simclr-emoji": SimclrRecipe(data="emoji", image_size=32, flip=False),
    "simclr-faces": SimclrRecipe(data="faces", image_size=32),
    "simclr-cifar10": SimclrRecipe(data="cifar10", width=48, view_size=24, seconds=900),
    "moco-fashion": MocoRecipe(),
    "moco-emoji": MocoRecipe(data="emoji", image_size=32, flip=False),
    "moco-faces": MocoRecipe(data="faces", image_size=32),
    "moco-cifar10": MocoRecipe(data="cifar10", width=48, view_size=24, seconds=900),
}
