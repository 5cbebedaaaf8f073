"""The recipes of StyleGAN2."""

from __future__ import annotations

from typing import ClassVar

from playground.data import Data, ImageSpec
from playground.labs.gan.adversarial import Penalties
from playground.labs.gan.recipes_base import Augmentations, Condition, DoublingRecipe, Loss
from playground.labs.gan.style_objective import StyleAdversarial, StyleSettings
from playground.labs.gan.stylegan import StyleDiscriminator, StyleGan, StyleGenerator
from playground.recipe import Recipe, knob
from playground.trained import Trained


class StyleganRecipe(DoublingRecipe):
    """StyleGAN2 for pictures of 16 to 64 pixels, with the settings of StyleGAN2-ADA where it has any for that size."""

    what: ClassVar[str] = "stylegan"
    title: ClassVar[str] = "StyleGAN2"

    data: str = knob("faces", "The data set that it learns from.", control="name", shown=True)
    image_size: int | None = knob(
        64, "Image size: the side that pictures are resized to; their own by default.", ge=4, le=256, unit="pixels"
    )
    seconds: float | None = knob(600, "Training time at most.", ge=1, le=86_400, unit="seconds", shown=True)
    loss: Loss = knob("non-saturating", "Adversarial loss: what generator and discriminator minimize.")
    augment: Augmentations = knob(
        "translation",
        "Augmentation of real and generated pictures before the discriminator; it helps when data are few.",
    )
    condition: Condition = knob(
        "none", "Condition: what both networks are given, so that a picture can be asked for it."
    )
    batch_size: int = knob(
        16, "Batch size: real, and as many generated, pictures in one step; best a multiple of 4.", ge=1, le=4096
    )
    latent: int = knob(128, "Latent dimensions, of the noise z and of the latent code w.", ge=2, le=512)
    width: int = knob(
        64,
        "Width: channels up to 16 pixels, half as many at each doubling after that; a multiple of 4.",
        ge=8,
        le=512,
        unit="features",
    )
    learning_rate: float = knob(2.5e-3, "Learning rate of the generator during the first half.", ge=1e-6, le=1)
    depth: int = knob(2, "Depth of the mapping network, which turns z into w.", ge=1, le=8, unit="layers", step=1)
    mixing: float = knob(
        0.9,
        "Style mixing: the probability that a training picture takes its coarse and its fine layers from two codes.",
        ge=0,
        le=1,
        step=0.05,
        shown=True,
    )
    r1: float | None = knob(
        None,
        "R1: gamma of the gradient penalty on real pictures; by default 0.0002 pixels per batch.",
        ge=0,
        le=1000,
        shown=True,
    )
    r1_every: int = knob(
        16, "Lazy R1: the penalty has a step of its own after so many steps.", ge=1, le=64, unit="steps"
    )
    path_length: float = knob(
        0.0, "Path length regularization: its weight, 2 in the paper; it makes a step an eighth slower.", ge=0, le=100
    )
    path_every: int = knob(
        4, "Lazy path length: it has a step of its own after so many steps.", ge=1, le=64, unit="steps"
    )

    def network(self, spec: ImageSpec) -> StyleGan:
        """Generator and discriminator for images of `spec`."""
        shape = self.layers(spec)
        return StyleGan(
            generator=StyleGenerator(latent=self.latent, depth=self.depth, **shape),
            discriminator=StyleDiscriminator(**shape),
        )

    def build(self, data: Data, features: Trained) -> StyleAdversarial:
        """Generator against discriminator."""
        gamma = default_gamma(data.spec.size, self.batch_size) if self.r1 is None else self.r1
        return StyleAdversarial(
            settings=StyleSettings(
                mixing=self.mixing,
                r1=gamma,
                r1_every=self.r1_every,
                path_length=self.path_length,
                path_every=self.path_every,
                half_life=self.ema,
            ),
            batch_size=self.batch_size,
            penalties=Penalties(),
            momentum=0.0,
            ema=0.0,
            **self.settings(data, features),
        )


def default_gamma(image_size: int, batch_size: int) -> float:
    """R1's gamma by the rule of StyleGAN2-ADA: 0.0002 of the number of pixels, divided by the batch size."""
    return 0.0002 * image_size**2 / batch_size


# The default gamma suits days of training. In the first minutes the discriminator, which sees few images, would be
# far ahead: at 32 pixels a gamma of 1 leads to a Frechet distance of 34 after 200 steps, the default (0.013) to 54.
STYLE: dict[str, Recipe] = {
    "stylegan-faces": StyleganRecipe(r1=1.0),
    "stylegan-emoji": StyleganRecipe(data="emoji", augment="color, translation, cutout", r1=1.0),
}
