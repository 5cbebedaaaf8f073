"""What the recipes of all GANs for images share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import model_validator
from torch import Generator, Tensor

from playground.data import Data, ImageSpec, Split
from playground.labs.gan.adversarial import Adversarial, Penalties
from playground.labs.gan.conditional import Gan
from playground.labs.gan.losses import LOSSES
from playground.labs.gan.resolutions import sides
from playground.labs.gan.samples import generated
from playground.metrics.features import Features, features_name
from playground.metrics.generated import fid_name
from playground.metrics.labels import Share
from playground.recipe import ImageRecipe, knob
from playground.trained import Trained

Loss = Literal["non-saturating", "minimax", "least-squares", "hinge", "wasserstein", "relativistic"]
Condition = Literal["none", "class", "attributes"]
Augmentations = Literal["none", "translation", "translation, cutout", "color, translation, cutout"]


LABELS = {
    "discriminator/loss": "Discriminator loss",
    "discriminator/adversarial": "Discriminator loss without penalty",
    "discriminator/penalty": "Discriminator penalty (R1)",
    "discriminator/auxiliary": "Auxiliary classifier's loss on real pictures",
    "generator/auxiliary": "Auxiliary classifier's loss on generated pictures",
    "discriminator/right": Share("Discriminator is right"),
    "discriminator/margin": "Logit margin of real over generated",
    "discriminator/gradient": "Discriminator gradient (norm)",
    "generator/gradient": "Generator gradient (norm)",
    "as_asked": Share("As asked"),
    "generator/loss": "Generator loss",
    "generator/penalty": "Generator penalty (path length)",
}


class AdversarialRecipe(ImageRecipe):
    """The knobs that all GANs for images share."""

    lab: ClassVar[str] = "gan"
    task: ClassVar[str] = "unconditional-image-generation"
    labels: ClassVar[Mapping[str, str]] = LABELS

    loss: Loss = knob("relativistic", "Adversarial loss: what generator and discriminator minimize.", shown=True)
    augment: Augmentations = knob(
        "none", "Augmentation of real and generated pictures before the discriminator; it helps when data are few."
    )
    condition: Condition = knob(
        "none", "Condition: what both networks are given, so that a picture can be asked for it.", shown=True
    )
    batch_size: int = knob(32, "Batch size: real, and as many generated, pictures in one step.", ge=1, le=4096)
    latent: int = knob(64, "Latent dimensions: random numbers that a picture is generated from.", ge=2, le=512)
    width: int = knob(64, "Width of the layers; a multiple of 4.", ge=8, le=512, unit="features")
    learning_rate: float = knob(2e-3, "Learning rate of the generator during the first half.", ge=1e-6, le=1)
    discriminator_rate: float = knob(
        1.0, "Learning rate of the discriminator, as a multiple of the generator's.", ge=0.01, le=100
    )

    @property
    def takes_class(self) -> bool:
        """As the condition says."""
        return self.condition == "class"

    @property
    def takes_attributes(self) -> bool:
        """As the condition says."""
        return self.condition == "attributes"

    @property
    def generates(self) -> bool:
        """It does."""
        return True

    def generate(self, network: Gan, spec: ImageSpec, like: Split, rng: Generator) -> Tensor:
        """By the averaged generator."""
        return generated(network, spec, like, rng)

    def conditions(self, spec: ImageSpec) -> dict[str, int]:
        """The columns that both networks are given, and how many values each has."""
        if self.condition == "attributes":
            return {attribute.name: len(attribute.values) for attribute in spec.attributes}
        return {"labels": len(spec.classes)} if self.condition == "class" else {}

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
        """A conditional network needs classes or attributes."""
        if self.condition == "class" and len(spec.classes) < 2:
            raise ValueError("these pictures have no classes; choose another condition")
        if self.condition == "attributes" and not spec.attributes:
            raise ValueError("these pictures have no attributes; choose another condition")

    def settings(self, data: Data, features: Trained) -> dict[str, Any]:
        """What `Adversarial` takes of these knobs."""
        return {
            "network": self.network(data.spec),
            "data": data,
            "conditions": tuple(self.conditions(data.spec)),
            "features": Features.of(features),
            "adversarial_loss": LOSSES[self.loss],
            "augmentations": () if self.augment == "none" else self.augment.split(", "),
            "learning_rate": self.learning_rate,
            "discriminator_rate": self.discriminator_rate,
        }

    def layers(self, spec: ImageSpec) -> dict[str, Any]:
        """What all generators and discriminators for images of `spec` take."""
        choices = tuple(self.conditions(spec).values())
        return {"image_size": spec.size, "channels": spec.channels, "choices": choices, "width": self.width}


class DoublingRecipe(AdversarialRecipe):
    """The knobs of networks that draw from a small side up, and whose average forgets by pictures seen."""

    ema: float = knob(
        10_000,
        "EMA half-life of the averaged generator, which is the one shown; shorter at first.",
        ge=0,
        le=1_000_000,
        unit="pictures",
        label="EMA half-life",
    )

    def check(self, spec: ImageSpec) -> None:
        """The side must be a small one doubled some times."""
        super().check(spec)
        sides(spec.size)


class PenalizedRecipe(AdversarialRecipe):
    """The knobs of GANs whose penalties are part of the discriminator's loss."""

    momentum: float = knob(
        0.0, "Momentum (Adam's beta 1); adversarial training works best with little or none.", ge=0, le=0.95, step=0.05
    )
    r1: float = knob(1.0, "R1: gamma of the gradient penalty on real pictures.", ge=0, le=1000)
    r2: float = knob(1.0, "R2: gamma of the gradient penalty on generated pictures.", ge=0, le=1000)
    gradient_penalty: float = knob(
        0.0, "WGAN-GP: weight of the penalty between real and generated; Wasserstein needs about 10.", ge=0, le=1000
    )
    penalty_every: int = knob(
        8, "Lazy regularization: penalties in one of so many steps, so many times over.", ge=1, le=64, unit="steps"
    )
    ema: float = knob(
        0.995, "EMA decay of the averaged generator, which is the one shown.", ge=0, le=0.9999, label="EMA decay"
    )

    def settings(self, data: Data, features: Trained) -> dict[str, Any]:
        """Penalties, momentum and average, too."""
        return {
            **super().settings(data, features),
            "penalties": Penalties(r1=self.r1, r2=self.r2, wgan_gp=self.gradient_penalty, every=self.penalty_every),
            "momentum": self.momentum,
            "ema": self.ema,
        }

    def build(self, data: Data, features: Trained) -> Adversarial:
        """Generator against discriminator."""
        return Adversarial(**self.settings(data, features))
