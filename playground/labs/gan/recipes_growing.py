"""The recipes of GANs that grow."""

from __future__ import annotations

from typing import ClassVar

from playground.data import Data, ImageSpec
from playground.labs.gan.growing import GrowingDiscriminator, GrowingGan, GrowingGenerator
from playground.labs.gan.growing_objective import GrowingAdversarial
from playground.labs.gan.recipes_base import Loss, PenalizedRecipe
from playground.labs.gan.resolutions import sides
from playground.recipe import Recipe, knob
from playground.trained import Trained


class ProganRecipe(PenalizedRecipe):
    """A GAN that grows from small pictures to large ones."""

    what: ClassVar[str] = "progan"
    title: ClassVar[str] = "Progressive GAN"

    seconds: float | None = knob(600, "Training time at most.", ge=1, le=86_400, unit="seconds", shown=True)
    loss: Loss = knob("relativistic", "Adversarial loss: what generator and discriminator minimize.")
    longer: float = knob(
        1.5,
        "Progressive growing: how many times as long each size is trained as the one before.",
        label="Time per size",
        ge=1,
        le=4,
        step=0.1,
        shown=True,
    )
    fade: float = knob(
        0.5, "Fade-in: the part of its time in which a new size is blended in.", label="Fade-in", ge=0, le=1, step=0.05
    )
    batch_size: int = knob(
        16, "Batch size: real, and as many generated, pictures in one step; best a multiple of 4.", ge=1, le=4096
    )
    width: int = knob(
        64, "Width of the layers up to 16 pixels, halved at every size after that.", ge=8, le=512, unit="features"
    )
    learning_rate: float = knob(3e-3, "Learning rate of the generator until its last size is all there.", ge=1e-6, le=1)

    def check(self, spec: ImageSpec) -> None:
        """The side must be a small one doubled some times."""
        super().check(spec)
        sides(spec.size)

    def network(self, spec: ImageSpec, side: int = 0) -> GrowingGan:
        """Generator and discriminator for images of `spec`, grown to `side`."""
        shape = self.layers(spec)
        gan = GrowingGan(
            generator=GrowingGenerator(latent=self.latent, **shape), discriminator=GrowingDiscriminator(**shape)
        )
        while gan.side < side:
            gan.grow()
        return gan

    def grown(self, spec: ImageSpec) -> dict[str, int]:
        """At the full side."""
        return {"side": spec.size}

    def build(self, data: Data, features: Trained) -> GrowingAdversarial:
        """Generator against discriminator, from the smallest side on."""
        return GrowingAdversarial(longer=self.longer, fade=self.fade, **self.settings(data, features))


GROWING: dict[str, Recipe] = {
    "progan-faces": ProganRecipe(data="faces", image_size=64, augment="translation"),
    "progan-fashion": ProganRecipe(condition="class"),
}
