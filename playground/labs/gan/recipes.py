"""The recipes of the GAN lab."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from playground.data import Data, ImageSpec, PointSpec
from playground.labs.gan.adversarial import Penalties
from playground.labs.gan.conditional import Gan
from playground.labs.gan.dcgan import DcganDiscriminator, DcganGenerator
from playground.labs.gan.losses import LOSSES
from playground.labs.gan.mlp import MlpDiscriminator, MlpGenerator
from playground.labs.gan.points import PointAdversarial, PointGan
from playground.labs.gan.recipes_base import LABELS, Loss, PenalizedRecipe
from playground.labs.gan.recipes_growing import GROWING
from playground.labs.gan.recipes_r3 import R3
from playground.labs.gan.recipes_style import STYLE
from playground.metrics.labels import Share
from playground.recipe import Recipe, knob
from playground.sampler import ShuffledEpochs
from playground.trained import Trained


class DcganRecipe(PenalizedRecipe):
    """A convolutional GAN."""

    what: ClassVar[str] = "dcgan"
    title: ClassVar[str] = "DCGAN"

    def check(self, spec: ImageSpec) -> None:
        """The side must halve twice."""
        super().check(spec)
        if spec.size % 4:
            raise ValueError(f"convolutions need pictures whose side is a multiple of 4, not {spec.size}")

    def network(self, spec: ImageSpec) -> Gan:
        """Generator and discriminator for images of `spec`."""
        shape = self.layers(spec)
        return Gan(generator=DcganGenerator(latent=self.latent, **shape), discriminator=DcganDiscriminator(**shape))


class CganRecipe(DcganRecipe):
    """A convolutional GAN that is asked for a class, or for all attributes of a picture."""

    what: ClassVar[str] = "cgan"
    title: ClassVar[str] = "Conditional GAN"

    condition: Literal["class", "attributes"] = knob(
        "class", "Condition: what both networks are given, so that a picture can be asked for it.", shown=True
    )
    auxiliary: float = knob(
        0.0,
        "Auxiliary classifier: what it weighs that generated pictures are recognized as what was asked for.",
        ge=0,
        le=10,
    )

    def network(self, spec: ImageSpec) -> Gan:
        """The discriminator names what it sees, too, if that weighs anything."""
        shape = self.layers(spec)
        discriminator = DcganDiscriminator(classifies=self.auxiliary > 0, **shape)
        return Gan(generator=DcganGenerator(latent=self.latent, **shape), discriminator=discriminator)

    def settings(self, data: Data, features: Trained) -> dict[str, Any]:
        """The auxiliary classifier, too."""
        return {**super().settings(data, features), "auxiliary": self.auxiliary}


class MlpGanRecipe(PenalizedRecipe):
    """A GAN of perceptrons, as in 2014."""

    what: ClassVar[str] = "gan"
    title: ClassVar[str] = "GAN of perceptrons"

    def network(self, spec: ImageSpec) -> Gan:
        """Generator and discriminator for images of `spec`."""
        shape = self.layers(spec)
        return Gan(generator=MlpGenerator(latent=self.latent, **shape), discriminator=MlpDiscriminator(**shape))


_GAMMAS = (0, 0.02, 0.1, 0.5, 2)


class PointGanRecipe(Recipe):
    """A GAN of perceptrons that learns a density in the plane."""

    what: ClassVar[str] = "point-gan"
    lab: ClassVar[str] = "gan"
    title: ClassVar[str] = "GAN in the plane"
    labels: ClassVar[Mapping[str, str]] = {**LABELS, "coverage": Share("Coverage"), "modes": "Modes covered"}
    kinds: ClassVar[tuple[str, ...]] = ("points",)
    columns: ClassVar[tuple[str, ...]] = ("points",)
    live: ClassVar[tuple[str, ...]] = (
        "loss",
        "generator_steps",
        "discriminator_steps",
        "r1",
        "r2",
        "gradient_penalty",
        "learning_rate",
        "discriminator_rate",
        "momentum",
        "ema",
    )

    data: str = knob("gaussians", "The density to learn.", control="name", shown=True)
    seconds: float | None = knob(20, "Training time at most.", ge=1, le=86_400, unit="seconds", shown=True)
    batch_size: int = knob(128, "Batch size: real, and as many generated, points in one step.", ge=1, le=512)
    loss: Loss = knob("relativistic", "Adversarial loss: what generator and discriminator minimize.", shown=True)
    discriminator_steps: int = knob(1, "Discriminator steps in its turn.", ge=1, le=20, unit="steps", step=1)
    generator_steps: int = knob(1, "Generator steps in its turn.", ge=1, le=20, unit="steps", step=1)
    r1: float = knob(0.02, "R1: gamma of the gradient penalty on real points.", ge=0, le=100, among=_GAMMAS)
    r2: float = knob(0.02, "R2: gamma of the gradient penalty on generated points.", ge=0, le=100, among=_GAMMAS)
    gradient_penalty: float = knob(
        0.0,
        "WGAN-GP: weight of the penalty between real and generated; Wasserstein needs about 1 here.",
        ge=0,
        le=100,
        label="WGAN-GP",
        among=(0, 1, 10),
    )
    learning_rate: float = knob(
        2e-3, "Learning rate of the generator.", ge=1e-6, le=0.1, among=(0.0005, 0.001, 0.002, 0.005, 0.01)
    )
    discriminator_rate: float = knob(
        1.0,
        "Learning rate of the discriminator, as a multiple of the generator's.",
        ge=0.01,
        le=100,
        among=(0.1, 0.5, 1, 2, 5),
    )
    momentum: float = knob(0.0, "Momentum (Adam's beta 1) of both networks.", ge=0, le=0.95, step=0.05)
    ema: float = knob(
        0.9,
        "EMA decay of the averaged generator, which is the one shown; 0 for none.",
        ge=0,
        le=0.999,
        label="EMA decay",
        among=(0, 0.9, 0.98),
    )
    latent: int = knob(
        2, "Latent dimensions: random numbers that a point is generated from.", ge=1, le=16, among=(1, 2, 8)
    )
    width: int = knob(64, "Width of the hidden layers.", ge=2, le=128, unit="features")

    def watched(self, spec: PointSpec) -> tuple[str, str]:
        """How much of the density is covered."""
        return "coverage", "rises"

    def sampler(self, data: Data) -> ShuffledEpochs:
        """As many points as the phase with the most steps needs."""
        count = max(self.generator_steps, self.discriminator_steps) * self.batch_size
        return ShuffledEpochs(data.train.repeated(count), batch_size=count, seed=self.seed)

    def network(self, spec: PointSpec, loss: str | None = None) -> PointGan:
        """Generator and discriminator; `loss` where it was changed during the training."""
        return PointGan(latent=self.latent, width=self.width, loss=loss or self.loss)

    def build(self, data: Data) -> PointAdversarial:
        """Generator against discriminator."""
        return PointAdversarial(
            steps={"generator": self.generator_steps, "discriminator": self.discriminator_steps},
            batch_size=self.batch_size,
            network=self.network(data.spec),
            data=data,
            conditions=(),
            features=None,
            adversarial_loss=LOSSES[self.loss],
            penalties=Penalties(r1=self.r1, r2=self.r2, wgan_gp=self.gradient_penalty),
            augmentations=(),
            learning_rate=self.learning_rate,
            discriminator_rate=self.discriminator_rate,
            momentum=self.momentum,
            ema=self.ema,
        )


RECIPES: dict[str, Recipe] = {
    **STYLE,
    **GROWING,
    "gan-digits": MlpGanRecipe(data="digits", seconds=30, latent=16, width=128),
    "dcgan-emoji": DcganRecipe(
        data="emoji",
        image_size=32,
        augment="color, translation, cutout",
        seconds=600,
        latent=32,
        learning_rate=1e-3,
    ),
    "dcgan-faces": DcganRecipe(data="faces", image_size=64, augment="translation", seconds=600, batch_size=16),
    "dcgan-fashion": DcganRecipe(),
    "dcgan-fashion-collapse": DcganRecipe(discriminator_rate=0.02, width=16, seconds=60),
    "dcgan-digits": DcganRecipe(data="digits", seconds=30, latent=16, width=32),
    "cgan-fashion": CganRecipe(auxiliary=0.5),
    "cgan-faces": CganRecipe(
        data="faces",
        image_size=64,
        condition="attributes",
        auxiliary=0.5,
        augment="translation",
        seconds=600,
        batch_size=16,
        width=40,
    ),
    "cgan-digits": CganRecipe(data="digits", seconds=30, latent=16, width=32, auxiliary=0.5),
    "point-gan-gaussians": PointGanRecipe(),
    "point-gan-gaussians-collapse": PointGanRecipe(
        loss="non-saturating", r1=0.5, r2=0.5, generator_steps=20, momentum=0.9, ema=0.0
    ),
    "point-gan-gaussians-vanishing": PointGanRecipe(
        loss="minimax", r1=0, r2=0, momentum=0.9, learning_rate=5e-3, discriminator_rate=5
    ),
    "point-gan-gaussians-oscillation": PointGanRecipe(momentum=0.95, learning_rate=7.5e-3),
    "point-gan-gaussians-starved": PointGanRecipe(learning_rate=1e-5, discriminator_rate=100, ema=0.98),
    "point-gan-gaussians-wasserstein": PointGanRecipe(
        loss="wasserstein", r1=0, r2=0, gradient_penalty=1, discriminator_steps=3
    ),
    **R3,
}
