"""The recipes of the GAN lab."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import model_validator

from playground.data import Data, Spec
from playground.labs.gan.adversarial import Adversarial, Penalties
from playground.labs.gan.conditional import Gan
from playground.labs.gan.dcgan import DcganDiscriminator, DcganGenerator
from playground.labs.gan.losses import LOSSES
from playground.labs.gan.mlp import MlpDiscriminator, MlpGenerator
from playground.metrics.generated import fid_name
from playground.recipe import Recipe, knob

Game = Literal["non-saturating", "least-squares", "hinge", "wasserstein", "relativistic"]
Changes = Literal["none", "translation", "translation, cutout", "colour, translation, cutout"]


class GanRecipe(Recipe):
    """A generator that learns to draw from what a discriminator learns to see."""

    what: ClassVar[str] = "gan"
    lab: ClassVar[str] = "gan"
    title: ClassVar[str] = "Generative adversarial network"

    @property
    def watched(self) -> tuple[str, str]:
        """How far the pictures that it makes are from real ones."""
        return (fid_name(self.spec()), "falls")

    loss: Game = knob("relativistic", "What the two players minimise: the rules of their game.", shown=True)
    augment: Changes = knob(
        "none", "How real and made pictures are changed before they are judged; it helps when data are few."
    )
    conditional: bool = knob(True, "Tells both players the class, so that you can ask for one.", shown=True)
    architecture: Literal["dcgan", "mlp"] = knob("dcgan", "Convolutions, or perceptrons as in 2014.")
    batch_size: int = knob(32, "How many real and how many made pictures one step looks at.", ge=1, le=4096)
    latent: int = knob(64, "How many random numbers a picture is made of.", ge=2, le=512, unit="dimensions")
    width: int = knob(64, "How wide the layers are; a multiple of 4.", ge=8, le=512, unit="features")
    learning_rate: float = knob(2e-3, "How far one step of the generator goes during the first half.", ge=1e-6, le=1)
    discriminator_rate: float = knob(
        1.0, "How far one step of the discriminator goes, as a multiple of the generator's.", ge=0.01, le=100
    )
    momentum: float = knob(
        0.0, "How much of the last steps' direction a step keeps; games like little or none.", ge=0, le=0.95, step=0.05
    )
    r1: float = knob(1.0, "What the discriminator pays for a steep slope at real pictures (gamma).", ge=0, le=1000)
    r2: float = knob(1.0, "What the discriminator pays for a steep slope at made pictures (gamma).", ge=0, le=1000)
    gradient_penalty: float = knob(
        0.0, "What it pays where its slope between them is not 1; the Wasserstein loss needs about 10.", ge=0, le=1000
    )
    penalty_every: int = knob(
        8,
        "In which of the steps the penalties are paid, so many times over: one in so many.",
        ge=1,
        le=64,
        unit="steps",
    )
    ema: float = knob(
        0.995, "How much of the averaged generator is kept at each step; it is the one shown.", ge=0, le=0.9999
    )

    @model_validator(mode="after")
    def _fits(self) -> GanRecipe:
        if self.architecture == "dcgan" and self.spec().size % 4:
            size = self.spec().size
            raise ValueError(
                f"convolutions need pictures whose side is a multiple of 4, not {size}; choose mlp instead"
            )
        if self.width % 4:
            raise ValueError(f"the width must be a multiple of 4, not {self.width}")
        if self.conditional and len(self.spec().classes) < 2:
            raise ValueError(f"the pictures of “{self.data}” have no classes to tell; switch conditional off")
        return self

    def network(self, spec: Spec) -> Gan:
        """Both players for pictures of `spec`."""
        classes = len(spec.classes) if self.conditional else 0
        shape = {"image_size": spec.size, "channels": spec.channels, "classes": classes, "width": self.width}
        if self.architecture == "mlp":
            return Gan(
                generator=MlpGenerator(latent=self.latent, **shape),
                discriminator=MlpDiscriminator(**shape),
            )
        return Gan(
            generator=DcganGenerator(latent=self.latent, **shape),
            discriminator=DcganDiscriminator(**shape),
        )

    def build(self, data: Data) -> Adversarial:
        """The game of the two."""
        return Adversarial(
            network=self.network(data.spec),
            data=data,
            game=LOSSES[self.loss],
            penalties=Penalties(r1=self.r1, r2=self.r2, between=self.gradient_penalty, every=self.penalty_every),
            ways=() if self.augment == "none" else self.augment.split(", "),
            learning_rate=self.learning_rate,
            discriminator_rate=self.discriminator_rate,
            momentum=self.momentum,
            ema=self.ema,
        )


RECIPES: dict[str, Recipe] = {
    "gan-fashion": GanRecipe(),
    "gan-emoji": GanRecipe(
        data="emoji",
        image_size=32,
        conditional=False,
        augment="colour, translation, cutout",
        seconds=600,
        latent=32,
        learning_rate=1e-3,
    ),
    "gan-faces": GanRecipe(data="faces", image_size=32, conditional=False, augment="translation", seconds=300),
    "gan-digits": GanRecipe(data="digits", seconds=30, latent=16, width=32),
}
