"""The recipes of R3GAN."""

from __future__ import annotations

from typing import ClassVar

from playground.data import Data, ImageSpec
from playground.labs.gan.adversarial import Penalties
from playground.labs.gan.annealed import AnnealedAdversarial
from playground.labs.gan.conditional import Gan
from playground.labs.gan.r3gan import R3Discriminator, R3Generator
from playground.labs.gan.recipes_base import DoublingRecipe, Loss
from playground.recipe import Recipe, knob
from playground.trained import Trained


class R3ganRecipe(DoublingRecipe):
    """A GAN without tricks: plain residual networks, a relativistic loss, and R1 with R2."""

    what: ClassVar[str] = "r3gan"
    title: ClassVar[str] = "R3GAN"

    loss: Loss = knob("relativistic", "Adversarial loss: what generator and discriminator minimize.")
    width: int = knob(
        64, "Width of the layers up to 16 pixels, halved at every size after that.", ge=8, le=512, unit="features"
    )
    depth: int = knob(1, "Depth: residual blocks of each size.", ge=1, le=4, unit="blocks", step=1)
    learning_rate: float = knob(2e-3, "Learning rate of the generator at first; it falls to a quarter.", ge=1e-6, le=1)
    momentum: float = knob(0.0, "Momentum (Adam's beta 1) of both networks.", ge=0, le=0.95, step=0.05)
    gamma: float = knob(
        2.0,
        "Gamma of the gradient penalties R1 and R2 at first; it falls to a tenth.",
        ge=0,
        le=1000,
        label="R1 and R2",
        shown=True,
    )
    penalty_every: int = knob(
        4, "Lazy regularization: penalties in one of so many steps, so many times over.", ge=1, le=64, unit="steps"
    )

    def network(self, spec: ImageSpec) -> Gan:
        """Generator and discriminator for images of `spec`."""
        shape = {**self.layers(spec), "depth": self.depth}
        return Gan(generator=R3Generator(latent=self.latent, **shape), discriminator=R3Discriminator(**shape))

    def build(self, data: Data, features: Trained) -> AnnealedAdversarial:
        """Generator against discriminator."""
        return AnnealedAdversarial(
            penalties=Penalties(r1=self.gamma, r2=self.gamma, every=self.penalty_every),
            momentum=self.momentum,
            half_life=self.ema,
            batch_size=self.batch_size,
            **self.settings(data, features),
        )


R3: dict[str, Recipe] = {
    "r3gan-fashion": R3ganRecipe(condition="class", width=32),
    "r3gan-faces": R3ganRecipe(data="faces", image_size=64, augment="translation", seconds=600, batch_size=16),
}
