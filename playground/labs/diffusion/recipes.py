"""The recipes of the diffusion lab."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from pydantic import model_validator
from torch import Generator, Tensor

from playground.data import Data, ImageSpec, PointSpec, Split
from playground.labs.diffusion.denoise import Denoiser
from playground.labs.diffusion.diffuse import Diffuse
from playground.labs.diffusion.parameterization import PARAMETERIZATIONS, ParameterizationName, WeightingName
from playground.labs.diffusion.path import PATHS, Levels, PathName
from playground.labs.diffusion.points import PointDenoiser, PointDiffuse
from playground.labs.diffusion.sampling import Settings, sample_images
from playground.labs.diffusion.unet import MULTIPLE, UNet
from playground.metrics.features import Features, features_name
from playground.metrics.generated import fid_name
from playground.recipe import ImageRecipe, Recipe, knob
from playground.sampler import ShuffledEpochs
from playground.trained import Trained


class DiffusionRecipe(ImageRecipe):
    """A diffusion or flow model: a U-Net that learns to denoise."""

    what: ClassVar[str] = "diffusion"
    lab: ClassVar[str] = "diffusion"
    task: ClassVar[str] = "unconditional-image-generation"
    title: ClassVar[str] = "Diffusion model"
    version: ClassVar[int] = 2  # the skip is added, no longer concatenated
    columns: ClassVar[tuple[str, ...]] = ("images", "labels")

    path: PathName = knob(
        "straight",
        "Noise schedule (path): straight line, cosine, DDPM's (linear), or EDM's.",
        shown=True,
    )
    parameterization: ParameterizationName = knob(
        "velocity",
        "Prediction: what the network outputs, the path's velocity, the noise, the picture, or EDM's mixture.",
    )
    levels: Levels = knob(
        "log-normal", "Noise levels in training: all of the path's time alike, or mostly those in the middle."
    )
    weighting: WeightingName = knob(
        "output", "Loss weighting over noise levels: that of its own output, or that of another prediction."
    )
    conditional: bool = knob(
        True, "Class-conditional: the network is given the class, and samples of one class can be drawn.", shown=True
    )
    guidance: float = knob(
        2.0,
        "Guidance scale in previews and evaluations; 1 is none.",
        ge=0,
        le=8,
        step=0.5,
    )
    class_dropout: float = knob(0.1, "Class dropout: the part of the pictures whose class is withheld.", ge=0, le=0.9)
    width: int = knob(
        32,
        "Width: channels at half of the side, three times as many below; a multiple of 8.",
        ge=8,
        le=256,
        unit="features",
    )
    depth: int = knob(1, "Depth: residual blocks in a row at each size.", ge=1, le=4, unit="blocks", step=1)
    attention: bool = knob(True, "Self-attention where the picture is smallest.")
    ema: float = knob(
        0.995, "EMA decay of the average of the weights, which is what samples.", ge=0, le=0.99999, label="EMA decay"
    )
    learning_rate: float = knob(2e-3, "Peak learning rate.", ge=1e-6, le=1)

    @property
    def takes_class(self) -> bool:
        """As `conditional` says."""
        return self.conditional

    @property
    def generates(self) -> bool:
        """It does."""
        return True

    def generate(self, network: Denoiser, spec: ImageSpec, like: Split, rng: Generator) -> Tensor:
        """Samples of eight steps, with the guidance of previews."""
        noise = torch.randn(len(like), spec.channels, spec.size, spec.size, generator=rng)
        classes = like["labels"] if self.conditional and spec.classes else None
        return sample_images(network, noise, classes, Settings(guidance=self.guidance))

    @model_validator(mode="after")
    def _width_fits(self) -> DiffusionRecipe:
        if self.width % 8:
            raise ValueError(f"a width of {self.width} is no multiple of 8")
        return self

    def check(self, spec: ImageSpec) -> None:
        """Images must halve twice."""
        if spec.size % MULTIPLE:
            raise ValueError(f"pictures of {spec.size} pixels do not halve twice; give a multiple of {MULTIPLE}")

    def watched(self, spec: ImageSpec) -> tuple[str, str]:
        """The Frechet distance of its samples."""
        return fid_name(spec), "falls"

    def uses(self, spec: ImageSpec) -> dict[str, str]:
        """The network in whose features samples are evaluated."""
        return {"features": features_name(spec)}

    def network(self, spec: ImageSpec) -> Denoiser:
        """The denoiser for images of `spec`."""
        unet = UNet(
            channels=spec.channels,
            classes=len(spec.classes) if self.conditional else 0,
            width=self.width,
            depth=self.depth,
            attention=self.attention,
        )
        return Denoiser(network=unet, path=PATHS[self.path], parameterization=PARAMETERIZATIONS[self.parameterization])

    def build(self, data: Data, features: Trained) -> Diffuse:
        """The weighted denoising error."""
        return Diffuse(
            network=self.network(data.spec),
            spec=data.spec,
            features=Features.of(features),
            levels=self.levels,
            weighting=self.weighting,
            conditional=self.conditional,
            class_dropout=self.class_dropout,
            ema=self.ema,
            guidance=self.guidance,
            learning_rate=self.learning_rate,
        )


class PointDiffusionRecipe(Recipe):
    """A perceptron that learns to denoise points of the plane."""

    what: ClassVar[str] = "point-diffusion"
    lab: ClassVar[str] = "diffusion"
    title: ClassVar[str] = "Diffusion in the plane"
    labels: ClassVar[Mapping[str, str]] = {"excess": "Error above the least possible"}
    live: ClassVar[tuple[str, ...]] = ("learning_rate", "ema")
    kinds: ClassVar[tuple[str, ...]] = ("points",)
    columns: ClassVar[tuple[str, ...]] = ("points",)

    data: str = knob("moons", "The density to learn.", control="name", shown=True)
    seconds: float | None = knob(20, "Training time at most.", ge=1, le=86_400, unit="seconds", shown=True)
    batch_size: int = knob(256, "Batch size: noisy points in one step.", ge=1, le=512, unit="points")
    points: int = knob(
        1024,
        "Training points: how many points of the data it learns from; few are memorized.",
        ge=8,
        le=8192,
        unit="points",
        shown=True,
        label="Training points",
        among=(16, 128, 1024, 8192),
    )
    width: int = knob(96, "Width of the hidden layers.", ge=2, le=128, unit="features")
    ema: float = knob(
        0.98,
        "EMA decay of the average of the weights, which is what samples.",
        ge=0,
        le=0.99999,
        label="EMA decay",
        among=(0, 0.9, 0.98),
    )
    learning_rate: float = knob(5e-3, "Learning rate of Adam, constant.", ge=1e-6, le=1, among=(0.0005, 0.005, 0.02))

    def watched(self, spec: PointSpec) -> tuple[str, str]:
        """How far its error is above the least possible."""
        return "excess", "falls"

    def sampler(self, data: Data) -> ShuffledEpochs:
        """Only the first points; where they are few they fill a batch together, each time with noise of its own."""
        train = data.train.first(self.points).repeated(self.batch_size)
        return ShuffledEpochs(train, batch_size=self.batch_size, seed=self.seed)

    def network(self, spec: PointSpec) -> PointDenoiser:
        """The denoiser."""
        return PointDenoiser(width=self.width, points=self.points)

    def build(self, data: Data) -> PointDiffuse:
        """The squared error of the velocity."""
        return PointDiffuse(network=self.network(data.spec), data=data, ema=self.ema, learning_rate=self.learning_rate)


RECIPES: dict[str, Recipe] = {
    "diffusion-fashion": DiffusionRecipe(batch_size=32),
    "diffusion-emoji": DiffusionRecipe(data="emoji", image_size=32, batch_size=64, seconds=300),
    "diffusion-digits": DiffusionRecipe(data="digits", batch_size=64, width=16, seconds=20),
    "point-diffusion-moons": PointDiffusionRecipe(),
}
