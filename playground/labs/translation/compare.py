"""Metrics of translations: against the true drawing, and after a cycle against the source image."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from playground.data import Split, as_images, unit
from playground.labs.translation.cyclegan import CycleGAN
from playground.labs.translation.domains import domains, paired
from playground.metrics.features import Features
from playground.metrics.ssim import ssim


@torch.no_grad()
def translated(generator: nn.Module, images: Tensor) -> Tensor:
    """Images (N, C, H, W), uint8, in the other style, uint8."""
    output = torch.cat([generator(unit(batch)) for batch in images.split(64)])
    return as_images(output)


def l1(one: Tensor, other: Tensor) -> Tensor:
    """The mean distance of each of two batches of images (N, C, H, W), uint8, (N,): 0 to 1, black against white."""
    return (one.float() - other.float()).abs().flatten(1).mean(dim=1) / 255


def feature_distance(one: Tensor, other: Tensor, features: Features) -> float:
    """How far images are from their counterparts in the features of `playground.metrics`.

    Args:
        one: (N, C, H, W), uint8.
        other: The counterparts, (N, C, H, W), uint8.
        features: What they are compared in.

    Returns:
        The mean distance, in units of the mean distance between the counterparts of different images: 0 is the same
        image, 1 as far as some other one.
    """
    first, second = features.embed(one), features.embed(other)
    baseline = (second - second.roll(len(second) // 2, dims=0)).norm(dim=1).mean()
    return float((first - second).norm(dim=1).mean() / baseline.clamp(min=1e-9))


def likeness(translation: Tensor, truth: Tensor, features: Features) -> dict[str, float]:
    """Similarity of images to the true drawings: `l1`, `ssim` and `features`, each a mean."""
    return {
        "l1": float(l1(translation, truth).mean()),
        "ssim": float(ssim(translation, truth).mean()),
        "features": feature_distance(translation, truth, features),
    }


def directions(split: Split) -> Iterator[tuple[str, Tensor, Tensor]]:
    """Both directions: "ab" or "ba", the images to translate, and the target domain's: true drawings, if paired."""
    a, b = domains(split)
    yield "ab", a, b
    yield "ba", b, a


def compared(network: CycleGAN, split: Split, features: Features) -> dict[str, float]:
    """Metrics of a network on held-out images, the mean of both directions.

    Returns:
        `cycle`, the L1 distance of an image from its reconstruction, and on true pairs the `likeness` of translations
        to the true drawings.
    """
    means: dict[str, float] = {}
    for direction, images, truth in directions(split):
        generator, inverse = network.generators(direction)
        translation = translated(generator, images)
        cycle = float(l1(translated(inverse, translation), images).mean())
        values = {**(likeness(translation, truth, features) if paired(split) else {}), "cycle": cycle}
        for name, value in values.items():
            means[name] = means.get(name, 0.0) + value / 2
    return means
