"""The recipes of contrastive methods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from playground.data import Data
from playground.labs.selfsupervised.recipes.base import ViewsRecipe
from playground.labs.selfsupervised.simclr import SimCLR
from playground.recipe import Recipe, knob


class SimclrRecipe(ViewsRecipe):
    """SimCLR with many small crops of few images."""

    what: ClassVar[str] = "simclr"
    title: ClassVar[str] = "SimCLR"
    labels: ClassVar[Mapping[str, str]] = {**ViewsRecipe.labels, "loss": "NT-Xent (nats)"}

    temperature: float = knob(
        0.2, "Temperature: the smaller, the more the most similar of the others count.", ge=0.01, le=2, shown=True
    )

    def build(self, data: Data) -> SimCLR:
        """NT-Xent on the training images of `data`."""
        return SimCLR(views=self.views, temperature=self.temperature, **self.shared(data))


CONTRASTIVE: dict[str, Recipe] = {
    "simclr-fashion": SimclrRecipe(),
    "simclr-emoji": SimclrRecipe(data="emoji", image_size=32, flip=False),
    "simclr-faces": SimclrRecipe(data="faces", image_size=32),
    "simclr-cifar10": SimclrRecipe(data="cifar10", width=48, view_size=24, seconds=900),
}
