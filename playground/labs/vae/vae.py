"""The variational autoencoder, as two perceptrons or as two convolutional networks.

Kingma & Welling, "Auto-Encoding Variational Bayes", 2013 (arXiv 1312.6114). Symbols as there: x an image, z its latent
code, q(z|x) a diagonal Gaussian with mean `mean` and variance exp(`log_variance`), p(x|z) a Bernoulli a pixel whose
logits the decoder gives.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Generator, Tensor, nn


class MlpEncoder(nn.Module):
    """Images (B, C, H, W) to features (B, width) through two hidden layers."""

    def __init__(self, *, image_size: int, channels: int, width: int) -> None:
        """`width` is the size of both hidden layers."""
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(),  # (B, C * H * W)
            nn.Linear(channels * image_size**2, width),
            nn.SiLU(),
            nn.Linear(width, width),  # (B, width)
            nn.SiLU(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """The features of images in [-1, 1]."""
        return self.layers(x)


class MlpDecoder(nn.Module):
    """Codes (B, latent) to logits (B, C, H, W) through two hidden layers."""

    def __init__(self, *, image_size: int, channels: int, latent: int, width: int) -> None:
        """`width` is the size of both hidden layers."""
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(latent, width),
            nn.SiLU(),
            nn.Linear(width, width),
            nn.SiLU(),
            nn.Linear(width, channels * image_size**2),  # (B, C * H * W)
            nn.Unflatten(1, (channels, image_size, image_size)),  # (B, C, H, W)
        )

    def forward(self, z: Tensor) -> Tensor:
        """The logits of every pixel."""
        return self.layers(z)


def _stages(image_size: int) -> int:
    """How often a convolutional network halves the side: down to 4 pixels, or as long as it is even."""
    if image_size % 4:
        raise ValueError(f"a convolutional VAE needs a side that is a multiple of 4, not {image_size}")
    stages = 2
    while image_size % 2 ** (stages + 1) == 0 and image_size // 2 ** (stages + 1) >= 4:
        stages += 1
    return stages


class ConvEncoder(nn.Module):
    """Images (B, C, H, W) to features (B, width), halving the side at every stage."""

    def __init__(self, *, image_size: int, channels: int, width: int) -> None:
        """The side must be a multiple of 4; `width` is the number of features, a multiple of 8."""
        super().__init__()
        stages = _stages(image_size)
        sizes = [channels, width // 8, *[width // 4] * (stages - 1)]
        layers: list[nn.Module] = []
        for before, after in pairwise(sizes):
            layers += [nn.Conv2d(before, after, 4, stride=2, padding=1), nn.SiLU()]  # (B, after, H / 2, W / 2)
        self.layers = nn.Sequential(
            *layers,
            nn.Flatten(),  # (B, width / 4 * side^2), side = H / 2^stages
            nn.Linear(width // 4 * (image_size // 2**stages) ** 2, width),  # (B, width)
            nn.SiLU(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """The features of images in [-1, 1]."""
        return self.layers(x)


class ConvDecoder(nn.Module):
    """Codes (B, latent) to logits (B, C, H, W), doubling the side at every stage."""

    def __init__(self, *, image_size: int, channels: int, latent: int, width: int) -> None:
        """The mirror image of `ConvEncoder`."""
        super().__init__()
        stages = _stages(image_size)
        side = image_size // 2**stages
        sizes = [*[width // 4] * (stages - 1), width // 8, channels]
        layers: list[nn.Module] = []
        for before, after in pairwise(sizes):
            layers += [nn.SiLU(), nn.ConvTranspose2d(before, after, 4, stride=2, padding=1)]  # (B, after, 2 H, 2 W)
        self.layers = nn.Sequential(
            nn.Linear(latent, width),
            nn.SiLU(),
            nn.Linear(width, width // 4 * side**2),
            nn.Unflatten(1, (width // 4, side, side)),  # (B, width / 4, side, side)
            *layers,
        )

    def forward(self, z: Tensor) -> Tensor:
        """The logits of every pixel."""
        return self.layers(z)


class VAE(nn.Module):
    """An encoder that gives every image a Gaussian in latent space, and a decoder from latent space to images."""

    def __init__(
        self,
        *,
        image_size: int = 28,
        channels: int = 1,
        latent: int = 2,
        width: int = 128,
        convolutional: bool = False,
    ) -> None:
        """`latent` is the number of dimensions of z."""
        super().__init__()
        self.latent = latent
        self.encoder: nn.Module
        self.decoder: nn.Module
        if convolutional:
            self.encoder = ConvEncoder(image_size=image_size, channels=channels, width=width)
            self.decoder = ConvDecoder(image_size=image_size, channels=channels, latent=latent, width=width)
        else:
            self.encoder = MlpEncoder(image_size=image_size, channels=channels, width=width)
            self.decoder = MlpDecoder(image_size=image_size, channels=channels, latent=latent, width=width)
        self.posterior = nn.Linear(width, 2 * latent)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """q(z|x) of images (B, C, H, W) in [-1, 1]: mean and log variance, each (B, latent).

        The variance is exp(a) of the network's output a up to the prior's variance of 1 and a + 1 above it (ELU + 1).
        With exp(a) everywhere one odd image whose a jumps to 80 drives the KL divergence out of a float's range.
        """
        mean, a = self.posterior(self.encoder(x)).chunk(2, dim=1)
        return mean, a.clamp(max=0) + a.clamp(min=0).log1p()

    def decode(self, z: Tensor) -> Tensor:
        """The images of codes (B, latent): brightness (B, C, H, W) in [0, 1]."""
        return self.decoder(z).sigmoid()

    def forward(self, x: Tensor, rng: Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Logits (B, C, H, W) of a sample of q(z|x), with the mean and the log variance it was drawn from."""
        mean, log_variance = self.encode(x)
        noise = torch.randn(mean.shape, generator=rng, device=mean.device, dtype=mean.dtype)
        z = mean + (0.5 * log_variance).exp() * noise  # (B, latent)
        return self.decoder(z), mean, log_variance


def kl_to_standard_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, exp(log_variance)) || N(0, 1)) of each dimension, in nats; same shape (appendix B)."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)
