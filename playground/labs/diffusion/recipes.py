"""The recipes of the diffusion lab."""

from __future__ import annotations

from typing import ClassVar

from pydantic import model_validator

from playground.data import Data, Spec
from playground.labs.diffusion.denoise import Denoiser
from playground.labs.diffusion.diffuse import Diffuse
from playground.labs.diffusion.parameterisation import PARAMETERISATIONS, ParameterisationName, WeightingName
from playground.labs.diffusion.path import PATHS, Levels, PathName
from playground.labs.diffusion.unet import MULTIPLE, UNet
from playground.metrics.generated import fid_name
from playground.recipe import Recipe, knob


class DiffusionRecipe(Recipe):
    """A diffusion or flow model: a U-Net that learns to denoise."""

    what: ClassVar[str] = "diffusion"
    lab: ClassVar[str] = "diffusion"
    title: ClassVar[str] = "Diffusion model"

    path: PathName = knob(
        "straight",
        "How a picture drowns in noise: in a straight line, along a cosine, as in DDPM (linear) or as in EDM.",
        shown=True,
    )
    parameterisation: ParameterisationName = knob(
        "velocity", "What the network is asked for: the path's velocity, the noise, the picture, or EDM's mixture."
    )
    levels: Levels = knob(
        "log-normal", "Which noise levels it trains at: all of the path's time alike, or mostly middling ones."
    )
    weighting: WeightingName = knob(
        "output", "Where errors count: as the network says its output, or as if it had said something else."
    )
    conditional: bool = knob(True, "Tells it the classes, so that one can be asked for.", shown=True)
    guidance: float = knob(
        2.0,
        "How much samples exaggerate their class in previews and evaluations; 1 is not at all.",
        ge=0,
        le=8,
        step=0.5,
    )
    class_dropout: float = knob(0.1, "The part of the pictures whose class it is not told.", ge=0, le=0.9)
    width: int = knob(
        32, "Features at half of the side, three times as many below; a multiple of 8.", ge=8, le=256, unit="features"
    )
    depth: int = knob(1, "How many blocks follow one another at each size.", ge=1, le=4, unit="blocks", step=1)
    attention: bool = knob(True, "Lets every place look at every other where the picture is smallest.")
    ema: float = knob(0.995, "How slowly the average of the weights forgets, which is what samples.", ge=0, le=0.99999)
    learning_rate: float = knob(2e-3, "How far one step goes at the fastest.", ge=1e-6, le=1)

    @property
    def watched(self) -> tuple[str, str]:
        """The Frechet distance of its samples."""
        return fid_name(self.spec()), "falls"

    @model_validator(mode="after")
    def _fits(self) -> DiffusionRecipe:
        if self.spec().size % MULTIPLE:
            raise ValueError(f"pictures of {self.spec().size} pixels do not halve twice; give a multiple of {MULTIPLE}")
        if self.width % 8:
            raise ValueError(f"a width of {self.width} is no multiple of 8")
        return self

    def network(self, spec: Spec) -> Denoiser:
        """The denoiser for pictures of `spec`."""
        unet = UNet(
            channels=spec.channels,
            classes=len(spec.classes) if self.conditional else 0,
            width=self.width,
            depth=self.depth,
            attention=self.attention,
        )
        return Denoiser(network=unet, path=PATHS[self.path], parameterisation=PARAMETERISATIONS[self.parameterisation])

    def build(self, data: Data) -> Diffuse:
        """The weighted denoising error."""
        return Diffuse(
            network=self.network(data.spec),
            spec=data.spec,
            levels=self.levels,
            weighting=self.weighting,
            conditional=self.conditional,
            class_dropout=self.class_dropout,
            ema=self.ema,
            guidance=self.guidance,
            learning_rate=self.learning_rate,
        )


RECIPES: dict[str, Recipe] = {
    "diffusion-fashion": DiffusionRecipe(batch_size=32),
    "diffusion-emoji": DiffusionRecipe(data="emoji", image_size=32, batch_size=64, seconds=300),
    "diffusion-digits": DiffusionRecipe(data="digits", batch_size=64, width=16, seconds=20),
}
