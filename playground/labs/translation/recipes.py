"""The recipes of the style-transfer lab."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from playground.data import Catalog, Data, ImageSpec, Progress
from playground.labs.translation.cycle import Cycle
from playground.labs.translation.cyclegan import CycleGAN
from playground.labs.translation.domains import UnpairedDomains, domains, paired
from playground.metrics.features import Features, features_name
from playground.recipe import ImageRecipe, InvalidRecipe, Recipe, knob
from playground.sampler import Sampler
from playground.trained import Trained


class CycleGanRecipe(ImageRecipe):
    """A CycleGAN between two domains: emoji by Noto and Twemoji, shown unpaired, or two classes of pictures."""

    what: ClassVar[str] = "cyclegan"
    lab: ClassVar[str] = "translation"
    task: ClassVar[str] = "image-to-image"
    title: ClassVar[str] = "CycleGAN"
    labels: ClassVar[Mapping[str, str]] = {
        "l1": "L1 distance",
        "ssim": "SSIM",
        "features": "Feature distance",
        "cycle": "Cycle error",
        "generators/loss": "Generators' loss",
        "generators/adversarial": "Adversarial loss",
        "generators/cycle": "Cycle loss",
        "generators/identity": "Identity loss",
        "discriminators/loss": "Discriminators' loss",
        "discriminators/real": "Loss on real pictures",
        "discriminators/fake": "Loss on generated pictures",
    }
    columns: ClassVar[tuple[str, ...]] = ("images", "others")

    data: str = knob("emoji-styles", "The data set to learn from: pictures of two domains.", control="name", shown=True)
    seconds: float | None = knob(600, "Training time at most.", ge=1, le=86_400, unit="seconds", shown=True)
    batch_size: int = knob(4, "Batch size: pictures of each style in one step.", ge=1, le=256, unit="pictures")
    lambda_cycle: float = knob(
        10.0,
        "Cycle consistency: weight of the loss between a picture and its reconstruction.",
        ge=0,
        le=50,
        step=0.5,
        shown=True,
    )
    lambda_identity: float = knob(
        0.5,
        "Identity loss: weight, in units of the cycle's; a picture already in the target style should stay.",
        ge=0,
        le=2,
        step=0.1,
        shown=True,
    )
    width: int = knob(32, "Width: channels of the generators at half of the side.", ge=4, le=256, unit="features")
    blocks: int = knob(3, "Depth: residual blocks of each generator.", ge=1, le=12, unit="blocks", step=1)
    discriminator_width: int = knob(24, "Width of the discriminators' first layer.", ge=4, le=256, unit="features")
    learning_rate: float = knob(5e-4, "Learning rate during the first half.", ge=1e-6, le=1)
    pool: int = knob(
        50, "Image pool: earlier translations that the discriminators may see again.", ge=0, le=1000, unit="pictures"
    )
    ema: float = knob(
        0.99, "EMA decay of the averaged weights, which are those shown.", ge=0, le=0.9999, label="EMA decay"
    )
    flip: bool = knob(True, "Random horizontal flips, so that left and right count the same.")

    @classmethod
    def accepts(cls, catalog: Catalog, data: str) -> bool:
        """Data of true pairs, or of two classes."""
        return super().accepts(catalog, data) or (cls._labeled(catalog, data) and len(catalog.spec(data).classes) == 2)

    @classmethod
    def _labeled(cls, catalog: Catalog, data: str) -> bool:
        return catalog.fits(data, kinds=cls.kinds, columns=("images", "labels"))

    def spec(self, catalog: Catalog) -> Any:
        """See `Recipe.spec`; of classes that are on this machine the pictures are counted, which reads them."""
        unpaired = not super().accepts(catalog, self.data) and self._labeled(catalog, self.data)
        if unpaired and not self.accepts(catalog, self.data):
            count = len(catalog.spec(self.data).classes)
            pairs = ", ".join(name for name in catalog.names() if self.accepts(catalog, name))
            raise InvalidRecipe(
                f"{self.title} translates between two classes, and “{catalog.title(self.data)}” has {count or 'none'}. "
                f"Choose {pairs}, or pictures of your own of two classes."
            )
        spec = super().spec(catalog)
        if unpaired and catalog.available(self.data):
            _check_domains(catalog.load(self.data))
        return spec

    def load(self, catalog: Catalog, progress: Progress | None = None) -> Data:
        """The data; InvalidRecipe where one of two classes has none to train on, or none for the test."""
        return _check_domains(super().load(catalog, progress))

    def sampler(self, data: Data) -> Sampler:
        """Shuffled epochs; of two classes each on its own."""
        if paired(data.train):
            return super().sampler(data)
        return UnpairedDomains(data.train, batch_size=self.batch_size, seed=self.seed)

    def watched(self, spec: ImageSpec) -> tuple[str, str]:
        """How far translations are from the true drawings; where nobody has drawn any, the cycle error."""
        return ("cycle" if len(spec.classes) == 2 else "l1", "falls")

    def uses(self, spec: ImageSpec) -> dict[str, str]:
        """The network in whose features translations are compared with the true drawings."""
        return {"features": features_name(spec)}

    def check(self, spec: ImageSpec) -> None:
        """The side must halve twice."""
        if spec.size % 4 or spec.size < 16:
            raise ValueError(f"the side must be a multiple of 4 and at least 16 pixels, not {spec.size}")

    def network(self, spec: ImageSpec) -> CycleGAN:
        """Both generators and both discriminators for images of `spec`."""
        return CycleGAN(
            channels=spec.channels,
            width=self.width,
            blocks=self.blocks,
            discriminator_width=self.discriminator_width,
        )

    def build(self, data: Data, features: Trained) -> Cycle:
        """Two adversarial losses, cycle and identity loss."""
        return Cycle(
            network=self.network(data.spec),
            data=data,
            features=Features.of(features),
            learning_rate=self.learning_rate,
            lambda_cycle=self.lambda_cycle,
            lambda_identity=self.lambda_identity,
            pool=self.pool,
            ema=self.ema,
            flip=self.flip,
        )


def _check_domains(data: Data) -> Data:
    """The same data; raises InvalidRecipe where a domain has no pictures to train on, or none for the test."""
    if not all(len(images) for split in (data.train, data.test) for images in domains(split)):
        raise InvalidRecipe("Both classes need pictures to train on and pictures for the test; add some.")
    return data


RECIPES: dict[str, Recipe] = {"cyclegan-emoji": CycleGanRecipe(image_size=64)}
