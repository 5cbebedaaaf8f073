"""Encoders and decoders of pictures, as perceptrons or as convolutional networks."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from playground.layout import channels_last


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
    """Codes (B, latent) to `channels` numbers a pixel, (B, channels, H, W), through two hidden layers."""

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
        """What a likelihood takes of every pixel."""
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
        channels_last(self)

    def forward(self, x: Tensor) -> Tensor:
        """The features of images in [-1, 1]."""
        return self.layers(x)


class ConvDecoder(nn.Module):
    """Codes (B, latent) to `channels` numbers a pixel, (B, channels, H, W), doubling the side at every stage."""

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
        channels_last(self)

    def forward(self, z: Tensor) -> Tensor:
        """What a likelihood takes of every pixel."""
        return self.layers(z)
