"""The recipes of VQ-VAEs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import model_validator
from torch import Generator, Tensor

from playground.data import Data, ImageSpec, Split
from playground.labs.vae.prior import HEAD
from playground.labs.vae.quantization import Quantization
from playground.labs.vae.vqvae import STRIDE, VQVAE, drawn
from playground.metrics.labels import Share
from playground.recipe import ImageRecipe, Recipe, knob

LARGEST = 64
"""The side of the largest pictures: beyond, the prior's sequences of codes get too long."""


class VqVaeRecipe(ImageRecipe):
    """A VQ-VAE and its prior, which learn together."""

    what: ClassVar[str] = "vqvae"
    lab: ClassVar[str] = "vae"
    task: ClassVar[str] = "unconditional-image-generation"
    title: ClassVar[str] = "VQ-VAE"
    labels: ClassVar[Mapping[str, str]] = {
        "autoencoder/loss": "Autoencoder loss",
        "autoencoder/reconstruction": "Reconstruction error (MSE) in training",
        "autoencoder/commitment": "Commitment loss",
        "autoencoder/perplexity": "Codebook perplexity in a batch",
        "prior/loss": "Prior loss (nats a picture)",
        "reconstruction": "Reconstruction error (MSE)",
        "perplexity": "Codebook perplexity",
        "used": Share("Codes used"),
        "prior": "Prior's -log p (nats a picture)",
        "bits": "Prior's -log2 p (bits a picture)",
    }

    codes: int = knob(
        128, "Codebook size: vectors that a place can choose from.", ge=2, le=1024, unit="codes", shown=True
    )
    restart_below: float = knob(
        0.1,
        "Code restarts: a code used less than this share of the mean code begins anew at an output of the encoder; "
        "with 0, unused codes stay dead.",
        ge=0,
        le=0.5,
        step=0.05,
        shown=True,
    )
    codebook: Literal["moving averages", "gradient"] = knob(
        "moving averages", "How codes learn: as moving averages of what is nearest, or by the codebook loss's gradient."
    )
    beta: float = knob(
        0.25, "Beta: weight of the commitment loss, which keeps the encoder's outputs near their codes.", ge=0, le=10
    )
    batch_size: int = knob(32, "Batch size: pictures in one step.", ge=1, le=4096, unit="pictures")
    dimensions: int = knob(16, "Dimensions: numbers in the vector of a code.", ge=1, le=256, unit="numbers")
    width: int = knob(48, "Width: channels of encoder and decoder; an even number.", ge=8, le=256, unit="features")
    prior_width: int = knob(
        64, f"Width of the prior, a transformer; a multiple of {HEAD}.", ge=HEAD, le=512, unit="features"
    )
    prior_depth: int = knob(2, "Depth of the prior: transformer blocks in a row.", ge=1, le=12, unit="blocks")
    learning_rate: float = knob(2e-3, "Peak learning rate of the autoencoder.", ge=1e-6, le=1)
    prior_learning_rate: float = knob(3e-3, "Peak learning rate of the prior.", ge=1e-6, le=1)

    @model_validator(mode="after")
    def _widths_fit(self) -> VqVaeRecipe:
        if self.width % 2:
            raise ValueError(f"the width must be even, not {self.width}")
        if self.prior_width % HEAD:
            raise ValueError(f"the width of the prior must be a multiple of {HEAD}, not {self.prior_width}")
        return self

    @property
    def generates(self) -> bool:
        """It does."""
        return True

    def generate(self, network: VQVAE, spec: ImageSpec, like: Split, rng: Generator) -> Tensor:
        """What grids from the prior decode to."""
        return drawn(network, network.sample(len(like), rng))

    def watched(self, spec: ImageSpec) -> tuple[str, str]:
        """How well pictures come back through the codes."""
        return "reconstruction", "falls"

    def check(self, spec: ImageSpec) -> None:
        """The side must halve twice, and the grid of codes stay small."""
        if spec.size % STRIDE or spec.size > LARGEST:
            raise ValueError(
                f"the side must be a multiple of {STRIDE} and at most {LARGEST} pixels, not {spec.size}; "
                "choose another image size"
            )

    def network(self, spec: ImageSpec) -> VQVAE:
        """Autoencoder and prior for images of `spec`."""
        return VQVAE(
            image_size=spec.size,
            channels=spec.channels,
            codes=self.codes,
            dimensions=self.dimensions,
            width=self.width,
            averaged=self.codebook == "moving averages",
            prior_width=self.prior_width,
            prior_depth=self.prior_depth,
        )

    def build(self, data: Data) -> Quantization:
        """The autoencoder's loss and the prior's."""
        return Quantization(
            network=self.network(data.spec),
            data=data,
            beta=self.beta,
            restart_below=self.restart_below,
            learning_rate=self.learning_rate,
            prior_learning_rate=self.prior_learning_rate,
        )


VQVAES: dict[str, Recipe] = {
    "vqvae-fashion": VqVaeRecipe(seconds=120),
    "vqvae-emoji": VqVaeRecipe(data="emoji", image_size=32, codes=256, seconds=180),
    "vqvae-faces": VqVaeRecipe(data="faces", image_size=32, seconds=180),
}
