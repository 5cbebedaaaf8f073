"""The recipes of the VAE lab."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from playground.data import Data, ImageSpec
from playground.labs.vae.elbo import Elbo
from playground.labs.vae.vae import VAE
from playground.recipe import ImageRecipe, Recipe, knob


class VaeRecipe(ImageRecipe):
    """A variational autoencoder."""

    what: ClassVar[str] = "vae"
    lab: ClassVar[str] = "vae"
    title: ClassVar[str] = "Variational autoencoder"
    labels: ClassVar[Mapping[str, str]] = {
        "loss": "Negative ELBO (nats)",
        "reconstruction": "Reconstruction (nats)",
        "kl": "KL divergence (nats)",
    }

    beta: float = knob(
        1.0,
        "Beta: weight of the KL divergence (an orderly latent space) against the reconstruction; 1 is the VAE of 2013.",
        ge=0,
        le=20,
        step=0.1,
        shown=True,
    )
    latent: int = knob(
        2, "Latent dimensions: numbers in the code of a picture.", ge=2, le=64, unit="dimensions", step=1, shown=True
    )
    convolutional: bool = knob(
        False, "Convolutional layers instead of fully connected ones: slower, but better on larger pictures."
    )
    width: int = knob(128, "Width: size of the hidden layers; a multiple of 8.", ge=8, le=1024, unit="features")
    learning_rate: float = knob(2e-3, "Peak learning rate.", ge=1e-6, le=1)

    def network(self, spec: ImageSpec) -> VAE:
        """Encoder and decoder for images of `spec`."""
        return VAE(
            image_size=spec.size,
            channels=spec.channels,
            latent=self.latent,
            width=self.width,
            convolutional=self.convolutional,
        )

    def build(self, data: Data) -> Elbo:
        """The evidence lower bound."""
        return Elbo(network=self.network(data.spec), data=data, beta=self.beta, learning_rate=self.learning_rate)


RECIPES: dict[str, Recipe] = {
    "vae-fashion": VaeRecipe(),
    "vae-emoji": VaeRecipe(data="emoji", image_size=32, latent=16, convolutional=True, seconds=120),
    "vae-digits": VaeRecipe(data="digits", seconds=30),
    "vae-sprites": VaeRecipe(data="sprites", latent=6, convolutional=True),
    "vae-faces": VaeRecipe(data="faces", image_size=32, latent=16, convolutional=True, seconds=120),
}
