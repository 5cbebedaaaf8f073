"""The recipes of the VAE lab."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Generator, Tensor

from playground.data import Data, ImageSpec, Split
from playground.labs.vae.autoencoder import Autoencoder
from playground.labs.vae.correlation import TotalCorrelation
from playground.labs.vae.elbo import Elbo
from playground.labs.vae.factor import FactorObjective, FactorVAE
from playground.labs.vae.latent import LatentModel, decoded
from playground.labs.vae.likelihood import Name
from playground.labs.vae.recipes_music import MUSIC
from playground.labs.vae.recipes_vq import VQVAES
from playground.labs.vae.reconstruction import Reconstruction
from playground.labs.vae.vae import VAE
from playground.recipe import ImageRecipe, Recipe, knob


class _Latent(ImageRecipe):
    """The knobs that all networks with a vector for a code share."""

    lab: ClassVar[str] = "vae"
    task: ClassVar[str] = "unconditional-image-generation"
    labels: ClassVar[Mapping[str, str]] = {
        "loss": "Negative ELBO (nats)",
        "objective": "Weighted objective (nats)",
        "reconstruction": "Reconstruction (nats)",
        "kl": "KL divergence (nats)",
        "error": "Reconstruction error (MSE)",
        "mutual_information": "Mutual information of code and picture (nats)",
        "total_correlation": "Total correlation (nats)",
        "dimensionwise_kl": "Dimension-wise KL divergence (nats)",
    }

    latent: int = knob(
        2, "Latent dimensions: numbers in the code of a picture.", ge=2, le=64, unit="dimensions", step=1, shown=True
    )
    convolutional: bool = knob(
        False, "Convolutional layers instead of fully connected ones: slower, but better on larger pictures."
    )
    width: int = knob(128, "Width: size of the hidden layers; a multiple of 8.", ge=8, le=1024, unit="features")
    likelihood: Name = knob(
        "bernoulli",
        "Likelihood of a pixel: Bernoulli takes gray for a probability, Gaussian learns one standard deviation, and "
        "(discretized) logistic a scale of each pixel.",
    )
    learning_rate: float = knob(2e-3, "Peak learning rate.", ge=1e-6, le=1)

    @property
    def generates(self) -> bool:
        """It does where codes have a prior to be drawn from."""
        return True

    def generate(self, network: LatentModel, spec: ImageSpec, like: Split, rng: Generator) -> Tensor:
        """The means of what codes from the prior decode to."""
        return decoded(
            network, torch.randn(len(like), network.latent, generator=rng), like["labels"] if network.classes else None
        )

    def _shape(self, spec: ImageSpec) -> dict[str, Any]:
        """What `LatentModel` takes, for images of `spec`."""
        return {
            "image_size": spec.size,
            "channels": spec.channels,
            "latent": self.latent,
            "width": self.width,
            "convolutional": self.convolutional,
            "likelihood": self.likelihood,
        }

    def _shared(self, data: Data) -> dict[str, Any]:
        """What `Reconstruction` takes."""
        return {"network": self.network(data.spec), "data": data, "learning_rate": self.learning_rate}


class AeRecipe(_Latent):
    """An autoencoder without a prior."""

    what: ClassVar[str] = "ae"
    title: ClassVar[str] = "Autoencoder"
    labels: ClassVar[Mapping[str, str]] = {**_Latent.labels, "loss": "Reconstruction (nats)"}

    @property
    def generates(self) -> bool:
        """Nothing says where its codes lie."""
        return False

    def network(self, spec: ImageSpec) -> Autoencoder:
        """Encoder and decoder for images of `spec`."""
        return Autoencoder(**self._shape(spec))

    def build(self, data: Data) -> Reconstruction:
        """The likelihood of pictures given their codes."""
        return Reconstruction(**self._shared(data))


class VaeRecipe(_Latent):
    """A variational autoencoder."""

    what: ClassVar[str] = "vae"
    title: ClassVar[str] = "Variational autoencoder"

    beta: float = knob(
        1.0,
        "Beta: weight of the KL divergence (an orderly latent space) against the reconstruction; 1 is the VAE of 2013.",
        ge=0,
        le=20,
        step=0.1,
        shown=True,
    )

    def network(self, spec: ImageSpec) -> VAE:
        """Encoder and decoder for images of `spec`."""
        return VAE(**self._shape(spec))

    def build(self, data: Data) -> Elbo:
        """The evidence lower bound."""
        return Elbo(beta=self.beta, **self._shared(data))


class BetaVaeRecipe(VaeRecipe):
    """beta-VAE, whose divergence can be held at a capacity instead."""

    what: ClassVar[str] = "betavae"
    title: ClassVar[str] = "beta-VAE"

    beta: float = knob(
        4.0,
        "Beta: weight of the KL divergence, or of its distance from the capacity, against the reconstruction.",
        ge=0,
        le=1000,
        shown=True,
    )
    capacity: float = knob(
        0.0,
        "Capacity: the KL divergence that is aimed at in the end, to which it rises; at 0 it is only made small.",
        ge=0,
        le=500,
        unit="nats",
    )

    def build(self, data: Data) -> Elbo:
        """The weighted bound."""
        return Elbo(beta=self.beta, capacity=self.capacity, **self._shared(data))


class TcvaeRecipe(VaeRecipe):
    """beta-TCVAE, which makes the dimensions of a code independent."""

    what: ClassVar[str] = "tcvae"
    title: ClassVar[str] = "beta-TCVAE"

    beta: float = knob(
        6.0,
        "Beta: weight of the total correlation, which is what the dimensions of a code say of each other.",
        ge=0,
        le=100,
        step=0.5,
        shown=True,
    )

    batch_size: int = knob(
        128,
        "Batch size: pictures in one step, of which pairs tell the total correlation.",
        ge=2,
        le=4096,
        unit="pictures",
    )

    def build(self, data: Data) -> TotalCorrelation:
        """The bound with the weighted total correlation."""
        return TotalCorrelation(beta=self.beta, examples=len(data.train), **self._shared(data))


class FactorvaeRecipe(_Latent):
    """FactorVAE, which makes the dimensions of a code independent with a discriminator."""

    what: ClassVar[str] = "factorvae"
    title: ClassVar[str] = "FactorVAE"
    labels: ClassVar[Mapping[str, str]] = {
        **{f"autoencoder/{name}": label for name, label in _Latent.labels.items()},
        **_Latent.labels,
        "autoencoder/loss": "Negative ELBO and weighted total correlation (nats)",
        "discriminator/loss": "Discriminator loss (nats)",
    }

    batch_size: int = knob(
        128,
        "Batch size: pictures in one step; the discriminator takes its codes from one half and permutes the other's.",
        ge=2,
        le=4096,
        unit="pictures",
    )
    gamma: float = knob(
        10.0,
        "Gamma: weight of the total correlation, which a discriminator of codes estimates.",
        ge=0,
        le=200,
        step=0.5,
        shown=True,
    )

    def network(self, spec: ImageSpec) -> FactorVAE:
        """Encoder, decoder and discriminator for images of `spec`."""
        return FactorVAE(**self._shape(spec))

    def build(self, data: Data) -> FactorObjective:
        """The bound, and the discriminator's estimate."""
        return FactorObjective(gamma=self.gamma, **self._shared(data))


class CvaeRecipe(VaeRecipe):
    """A conditional VAE: both halves are told the class, so the code is free to hold everything else."""

    what: ClassVar[str] = "cvae"
    title: ClassVar[str] = "Conditional VAE"
    columns: ClassVar[tuple[str, ...]] = ("images", "labels")

    @property
    def takes_class(self) -> bool:
        """It does."""
        return True

    def network(self, spec: ImageSpec) -> VAE:
        """Encoder and decoder for images of `spec` and their classes."""
        return VAE(classes=len(spec.classes), **self._shape(spec))


EMOJI: dict[str, Any] = {"data": "emoji", "image_size": 32, "latent": 16, "convolutional": True, "seconds": 120}
FACES: dict[str, Any] = {**EMOJI, "data": "faces"}
SPRITES: dict[str, Any] = {"data": "sprites", "latent": 10, "convolutional": True, "seconds": 300}
RECIPES: dict[str, Recipe] = {
    "vae-fashion": VaeRecipe(),
    "vae-emoji": VaeRecipe(**EMOJI),
    "vae-digits": VaeRecipe(data="digits", seconds=30),
    "vae-sprites": VaeRecipe(data="sprites", latent=6, convolutional=True),
    "vae-faces": VaeRecipe(**FACES),
    "ae-fashion": AeRecipe(),
    "ae-emoji": AeRecipe(**EMOJI),
    "ae-faces": AeRecipe(**FACES),
    "betavae-fashion": BetaVaeRecipe(latent=10),
    "betavae-sprites": BetaVaeRecipe(**SPRITES),
    "betavae-faces": BetaVaeRecipe(**FACES),
    "tcvae-fashion": TcvaeRecipe(latent=10),
    "tcvae-sprites": TcvaeRecipe(**SPRITES),
    "tcvae-faces": TcvaeRecipe(**FACES),
    "factorvae-sprites": FactorvaeRecipe(**SPRITES),
    "factorvae-faces": FactorvaeRecipe(**FACES),
    "cvae-fashion": CvaeRecipe(),
    "cvae-digits": CvaeRecipe(data="digits", seconds=30),
    "cvae-emoji": CvaeRecipe(**EMOJI),
    **VQVAES,
    **MUSIC,
}
