"""The recipes of the style-transfer lab."""

from __future__ import annotations

from typing import ClassVar

from pydantic import model_validator

from playground.data import Data, Progress, Spec
from playground.labs.translation.cycle import Cycle
from playground.labs.translation.cyclegan import CycleGAN
from playground.labs.translation.domains import unpaired_emoji
from playground.recipe import Recipe, knob


class CycleGanRecipe(Recipe):
    """A CycleGAN that learns to redraw emoji by Noto as Twemoji would, and the other way round, without a pair."""

    what: ClassVar[str] = "cyclegan"
    lab: ClassVar[str] = "translation"
    title: ClassVar[str] = "CycleGAN"

    @property
    def watched(self) -> tuple[str, str]:
        """How far translations are from the true drawings."""
        return ("l1", "falls")

    data: str = knob("emoji", "Which pictures it learns from; emoji alone come in two styles.")
    seconds: float | None = knob(600, "How long it trains, at the most.", ge=1, le=86_400, unit="seconds", shown=True)
    batch_size: int = knob(4, "How many pictures of each style one step looks at.", ge=1, le=256, unit="pictures")
    lambda_cycle: float = knob(
        10.0, "How much it counts that a picture survives the way there and back.", ge=0, le=50, step=0.5, shown=True
    )
    lambda_identity: float = knob(
        0.5,
        "How much it counts that a picture already in the right style stays as it is.",
        ge=0,
        le=2,
        step=0.1,
        shown=True,
    )
    width: int = knob(32, "How many features the generators find at half of the side.", ge=4, le=256, unit="features")
    blocks: int = knob(3, "How many residual blocks a generator has.", ge=1, le=12, unit="blocks", step=1)
    discriminator_width: int = knob(
        24, "How many features the first layer of the discriminators finds.", ge=4, le=256, unit="features"
    )
    learning_rate: float = knob(5e-4, "How far one step goes during the first half.", ge=1e-6, le=1)
    pool: int = knob(
        50, "How many earlier translations the discriminators may be shown again.", ge=0, le=1000, unit="pictures"
    )
    ema: float = knob(0.99, "How much of their average the weights that are shown keep at each step.", ge=0, le=0.9999)
    flip: bool = knob(True, "Mirrors half of the pictures, so that left and right count the same.")

    @model_validator(mode="after")
    def _has_two_domains(self) -> CycleGanRecipe:
        if self.data != "emoji":
            raise ValueError(f"the pictures of “{self.data}” come in one style only; choose emoji")
        if self.spec().size % 4 or self.spec().size < 16:
            raise ValueError(f"the side must be a multiple of 4 and at least 16 pixels, not {self.spec().size}")
        return self

    def load(self, progress: Progress | None = None) -> Data:
        """Noto and Twemoji as two domains without a pair in the training split."""
        return unpaired_emoji(self.spec().size)

    def network(self, spec: Spec) -> CycleGAN:
        """Both generators and both discriminators for pictures of `spec`."""
        return CycleGAN(
            channels=spec.channels,
            width=self.width,
            blocks=self.blocks,
            discriminator_width=self.discriminator_width,
        )

    def build(self, data: Data) -> Cycle:
        """Two adversarial games and the cycle between them."""
        return Cycle(
            network=self.network(data.spec),
            data=data,
            learning_rate=self.learning_rate,
            lambda_cycle=self.lambda_cycle,
            lambda_identity=self.lambda_identity,
            pool=self.pool,
            ema=self.ema,
            flip=self.flip,
        )


RECIPES: dict[str, Recipe] = {"cyclegan-emoji": CycleGanRecipe(image_size=64)}
