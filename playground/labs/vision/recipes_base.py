"""What the recipes of all image classifiers share."""

from __future__ import annotations

from typing import ClassVar

from playground.data import Data, ImageSpec
from playground.labs.vision.classify import Classify, Heatmap
from playground.labs.vision.saliency import saliency
from playground.recipe import ImageRecipe, knob


class ClassifierRecipe(ImageRecipe):
    """The knobs that all image classifiers share."""

    lab: ClassVar[str] = "vision"
    columns: ClassVar[tuple[str, ...]] = ("images", "labels")

    learning_rate: float = knob(2e-3, "Peak learning rate.", ge=1e-6, le=1)
    weight_decay: float = knob(0.05, "Weight decay: how strongly weights are pulled towards zero.", ge=0, le=1)
    label_smoothing: float = knob(0.1, "Label smoothing: probability mass spread over the wrong classes.", ge=0, le=0.9)
    flip: bool = knob(True, "Random horizontal flips, so that left and right count the same.")
    shift: bool = knob(False, "Random shifts of the pictures by up to an eighth of their side.")

    def watched(self, spec: ImageSpec) -> tuple[str, str]:
        """The accuracy on the test set."""
        return ("accuracy", "rises")

    def build(self, data: Data) -> Classify:
        """Cross entropy on the classes of `data`."""
        return Classify(
            network=self.network(data.spec),  # type: ignore[arg-type]  # every subclass builds a `Classifier`
            data=data,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            label_smoothing=self.label_smoothing,
            augment=[way for way in ("flip", "shift") if getattr(self, way)],
            heatmap=self.heatmap(),
        )

    def heatmap(self) -> Heatmap:
        """What previews show; saliency works for any network."""
        return saliency
