"""What all networks of the lab are: an encoder that gives each picture a code, and a decoder that draws any code."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from playground.data import unit
from playground.labs.vae.layers import ConvDecoder, ConvEncoder, MlpDecoder, MlpEncoder
from playground.labs.vae.likelihood import LIKELIHOODS, Name


class Posterior(NamedTuple):
    """q(z|x): a diagonal Gaussian over codes, (B, latent) each.

    Attributes:
        mean: Its mean.
        log_variance: The logarithm of its variances; minus infinity where it is a point.
    """

    mean: Tensor
    log_variance: Tensor

    @property
    def deviation(self) -> Tensor:
        """Standard deviations."""
        return (0.5 * self.log_variance).exp()

    def sample(self, rng: Generator) -> Tensor:
        """Codes (B, latent) by the reparameterization trick (Kingma & Welling, section 2.4): scaled and moved noise."""
        noise = torch.randn(self.mean.shape, generator=rng, device=self.mean.device, dtype=self.mean.dtype)
        return self.mean + self.deviation * noise

    def kl(self) -> Tensor:
        """KL(q(z|x) || N(0, 1)) of each dimension, in nats, (B, latent) (Kingma & Welling, appendix B)."""
        return 0.5 * (self.mean.square() + self.log_variance.exp() - 1 - self.log_variance)

    def log_prob(self, z: Tensor) -> Tensor:
        """The log density of each dimension of codes (..., latent), in nats, of the same shape."""
        return log_normal((z - self.mean) / self.deviation) - 0.5 * self.log_variance


def log_normal(z: Tensor) -> Tensor:
    """The log density of a standard normal at each of `z`, in nats."""
    return -0.5 * (z.square() + math.log(2 * math.pi))


class LatentModel(nn.Module):
    """An encoder, a decoder and the likelihood of a picture given its code.

    Attributes:
        prior: Whether codes are pulled to a standard normal.
        latent: The number of dimensions of a code.
        classes: The classes that a picture is given with; 0 where it is given alone.
        features: What a code is made of: the encoder's features, and the class.
    """

    prior: bool = True

    def __init__(
        self,
        *,
        image_size: int = 28,
        channels: int = 1,
        latent: int = 2,
        width: int = 128,
        convolutional: bool = False,
        likelihood: Name = "bernoulli",
        classes: int = 0,
    ) -> None:
        """`width` is the size of the hidden layers; with `classes`, both halves are told the class of a picture."""
        super().__init__()
        self.latent, self.classes = latent, classes
        self.features = width + classes
        self.likelihood = LIKELIHOODS[likelihood]()
        encoder, decoder = (ConvEncoder, ConvDecoder) if convolutional else (MlpEncoder, MlpDecoder)
        self.encoder: nn.Module = encoder(image_size=image_size, channels=channels, width=width)
        self.decoder: nn.Module = decoder(
            image_size=image_size,
            channels=channels * self.likelihood.outputs,
            latent=latent + classes,
            width=width,
        )

    def posterior_of(self, features: Tensor) -> Posterior:
        """q(z|x) of what the encoder makes of images, (B, features)."""
        raise TypeError(f"{type(self).__name__} has no posterior")

    def encode(self, x: Tensor, labels: Tensor | None = None) -> Posterior:
        """q(z|x) of images (B, C, H, W) in [-1, 1], and their labels (B,) where there are `classes`."""
        return self.posterior_of(self._given(self.encoder(x), labels))

    def outputs(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """What the likelihood takes, (B, k C, H, W), of codes (B, latent), and their labels likewise."""
        return self.decoder(self._given(z, labels))

    def decode(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """The images of codes (B, latent), and labels likewise: brightness (B, C, H, W) in [0, 1]."""
        return self.likelihood.mean(self.outputs(z, labels))

    def _given(self, x: Tensor, labels: Tensor | None) -> Tensor:
        """(B, F) with the class of each row beside it, (B, F + classes)."""
        if not self.classes:
            return x
        if labels is None:
            raise ValueError("a conditional network needs the classes of its pictures")
        return torch.cat([x, F.one_hot(labels, self.classes).to(x)], dim=1)


def class_labels(network: LatentModel, label: int, n: int) -> Tensor | None:
    """The labels (n,) of `n` pictures of one class, or None where the network takes no class."""
    if not network.classes:
        return None
    return torch.full((n,), label, device=next(network.parameters()).device)


@torch.no_grad()
def decoded(network: LatentModel, codes: Tensor, labels: Tensor | None = None) -> Tensor:
    """Codes (N, latent), and labels (N,) where the network takes classes, as images (N, C, H, W), uint8."""
    return (network.decode(codes, labels) * 255).round().to(torch.uint8)


@torch.no_grad()
def encoded(network: LatentModel, images: Tensor, labels: Tensor | None = None) -> Posterior:
    """The posteriors of images (N, C, H, W), uint8, and labels likewise."""
    return network.encode(unit(images), labels)
