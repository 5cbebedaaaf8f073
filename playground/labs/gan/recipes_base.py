"""What the recipes of all GANs for images share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import model_validator

from playground.data import Data, ImageSpec
from playground.labs.gan.losses import LOSSES
from playground.metrics.features import Features, features_name
from playground.metrics.generated import fid_name
from playground.metrics.labels import Share
from playground.recipe import ImageRecipe, knob
from playground.trained import Trained

Loss = Literal["non-saturating", "least-squares", "hinge", "wasserstein", "relativistic"]
Augmentations = Literal["none", "translation", "translation, cutout", "color, translation, cutout"]


LABELS = {
    "discriminator/loss": "Discriminator loss",
    "discriminator/adversarial": "Discriminator loss without penalty",
    "discriminator/penalty": "Discriminator penalty (R1)",
    "discriminator/right": Share("Discriminator is right"),
    "generator/loss": "Generator loss",
    "generator/penalty": "Generator penalty (path length)",
}


class AdversarialRecipe(ImageRecipe):
    """The knobs that all GANs for images share."""

    lab: ClassVar[str] = "gan"
    labels: ClassVar[Mapping[str, str]] = LABELS

    loss: Loss = knob("relativistic", "Adversarial loss: what generator and discriminator minimize.", shown=True)
    augment: Augmentations = knob(
        "none", "Augmentation of real and generated pictures before the discriminator; it helps when data are few."
    )
    conditional: bool = knob(True, "Class-conditional: both networks are given the class.", shown=True)
    batch_size: int = knob(32, "Batch size: real, and as many generated, pictures in one step.", ge=1, le=4096)
    latent: int = knob(64, "Latent dimensions: random numbers that a picture is generated from.", ge=2, le=512)
    width: int = knob(64, "Width of the layers; a multiple of 4.", ge=8, le=512, unit="features")
    learning_rate: float = knob(2e-3, "Learning rate of the generator during the first half.", ge=1e-6, le=1)
    discriminator_rate: float = knob(
        1.0, "Learning rate of the discriminator, as a multiple of the generator's.", ge=0.01, le=100
    )

    @property
    def takes_class(self) -> bool:
        """As `conditional` says."""
        return self.conditional

    @model_validator(mode="after")
    def _width_fits(self) -> AdversarialRecipe:
        if self.width % 4:
            raise ValueError(f"the width must be a multiple of 4, not {self.width}")
        return self

    def watched(self, spec: ImageSpec) -> tuple[str, str]:
        """How far the generated images are from real ones."""
        return fid_name(spec), "falls"

    def uses(self, spec: ImageSpec) -> dict[str, str]:
        """The network in whose features generated images are evaluated."""
        return {"features": features_name(spec)}

    def check(self, spec: ImageSpec) -> None:
        """A conditional network needs classes."""
        if self.conditional and len(spec.classes) < 2:
            raise ValueError("these pictures have no classes; switch conditional off")

    def _options(self, data: Data, features: Trained) -> dict[str, Any]:
        """What `Adversarial` takes of these knobs."""
        return {
            "network": self.network(data.spec),
            "data": data,
            "features": Features.of(features),
            "adversarial_loss": LOSSES[self.loss],
            "augmentations": () if self.augment == "none" else self.augment.split(", "),
            "learning_rate": self.learning_rate,
            "discriminator_rate": self.discriminator_rate,
        }

    def _shape(self, spec: ImageSpec) -> dict[str, int]:
        classes = len(spec.classes) if self.conditional else 0
        return {"image_size": spec.size, "channels": spec.channels, "classes": classes, "width": self.width}
