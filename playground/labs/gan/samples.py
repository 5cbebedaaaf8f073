"""Samples of a generator and the discriminator's logits of them: pure functions, tensors in, tensors out."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from playground.data import ImageSpec, Split, as_images, unit
from playground.labs.gan.conditional import Gan
from playground.labs.sphere import between

CORNERS = 4


@torch.no_grad()
def draw(network: Gan, z: Tensor, labels: Tensor | None = None) -> Tensor:
    """Noise (N, latent), with labels (N, K) if conditional, as images (N, C, H, W), uint8."""
    return as_images(network.generator(z, labels))


@torch.no_grad()
def logits(network: Gan, images: Tensor, labels: Tensor | None = None) -> Tensor:
    """The discriminator's logits of images (N, C, H, W), uint8: (N,), higher for more real.

    Only comparisons mean something: a relativistic loss leaves the zero undetermined.
    """
    parts = []
    for start in range(0, len(images), 500):
        chosen = slice(start, start + 500)
        parts.append(network.discriminator(unit(images[chosen]), None if labels is None else labels[chosen]))
    return torch.cat(parts)


def rank(logit: float, others: Tensor) -> float:
    """The share of `others` (N,) that a logit is above, in [0, 1]; of equal ones half count."""
    return float((others < logit).double().mean() + 0.5 * (others == logit).double().mean())


def shown(network: Gan, spec: ImageSpec, split: Split) -> Tensor | None:
    """What the pictures of a split show, as a conditional network is asked for it: (N, K)."""
    choices = network.generator.choices
    if not choices:
        return None
    names = ("labels",) if len(choices) == 1 else tuple(attribute.name for attribute in spec.attributes)
    return torch.stack([split[name] for name in names], dim=1)


CHUNK = 64
"""How many images are generated at once."""


def generated(network: Gan, spec: ImageSpec, like: Split, rng: Generator) -> Tensor:
    """As many images (N, C, H, W), uint8, as `like` has, asked for the same where the network is conditional."""
    labels = shown(network, spec, like)
    z = torch.randn(len(like), network.generator.latent, generator=rng)
    asked = [None] * len(z) if labels is None else labels.split(CHUNK)
    return torch.cat([draw(network, part, given) for part, given in zip(z.split(CHUNK), asked, strict=False)])


def seeds(number: int, latent: int, *, n: int = CORNERS) -> Tensor:
    """`n` places in latent space (n, latent) that the seed `number` stands for, all at distance sqrt(latent) from 0.

    A standard normal of many dimensions has nearly all its mass at about that distance.
    """
    z = torch.randn(n, latent, generator=Generator().manual_seed(number))
    return z * latent**0.5 / z.norm(dim=1, keepdim=True)


def grid_points(side: int) -> Tensor:
    """The middles (side^2, 2) of the tiles of the square [0, 1] x [0, 1], row by row from the top left, y downwards."""
    steps = (torch.arange(side) + 0.5) / side
    rows, columns = torch.meshgrid(steps, steps, indexing="ij")
    return torch.stack([columns, rows], dim=-1).flatten(0, 1)  # (side^2, 2)


def sheet(network: Gan, corners: Tensor, *, side: int, asked: Tensor | None = None) -> Tensor:
    """The square between four seeds as side^2 images (N, C, H, W), uint8, row by row from the top left.

    All are asked for the same, (1, K), if the network is conditional.
    """
    z = between(corners, grid_points(side))
    return draw(network, z, of_all(asked, len(z)))


def of_all(asked: Tensor | None, n: int) -> Tensor | None:
    """The labels (n, K) of `n` images that are asked for the same (1, K), or None for an unconditional network."""
    return None if asked is None else asked.expand(n, -1)


def difference(images: Tensor, others: Tensor) -> Tensor:
    """The mean absolute difference of images (..., C, H, W) in [-1, 1], as a share of a pixel's range: (...)."""
    return (images.clamp(-1, 1) - others.clamp(-1, 1)).abs().mean(dim=(-3, -2, -1)) / 2
