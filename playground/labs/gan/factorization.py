"""Directions in W that are found without labels: SeFa, the closed-form factorization of a generator's weights.

Shen & Zhou, "Closed-Form Factorization of Latent Semantics in GANs", 2020 (arXiv 2007.06600), "Unsupervised Semantic
Factorization": the directions along which styles change most, those that maximize |A n|^2 among unit vectors n, are the
eigenvectors of A^T A, A being the weights that turn a code into styles.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from playground.data import ImageSpec
from playground.labs.gan.latents import codes
from playground.labs.gan.layers import groups, style_weights
from playground.labs.gan.stylegan import StyleGan

COMPONENTS = 6
"""How many directions are shown, the strongest first."""
CODES = 4096
"""Codes that the standard deviations along directions are of."""


class Components(NamedTuple):
    """The strongest directions of some layers.

    Attributes:
        steps: (K, latent): along each direction, as long as the standard deviation of w along it.
        shares: (K,): of the sum of all eigenvalues, the strongest first.
    """

    steps: Tensor
    shares: Tensor


class Factorized(NamedTuple):
    """What can be said of a snapshot without any label.

    Attributes:
        covariance: Of codes w as in training, (latent, latent).
        components: By group of layers.
    """

    covariance: Tensor
    components: Mapping[str, Components]


def factorized(network: StyleGan, spec: ImageSpec, inputs: Mapping[str, Any]) -> Factorized:
    """The strongest directions of all layers and of each group."""
    covariance = torch.cov(codes(network, CODES, seed=0).T)
    synthesis = network.generator.synthesis
    found = {name: components(style_weights(synthesis, group.numbers)) for name, group in groups(synthesis).items()}
    return Factorized(
        covariance,
        {name: Components(steps(units, covariance), shares) for name, (units, shares) in found.items()},
    )


def components(weights: Tensor, k: int = COMPONENTS) -> tuple[Tensor, Tensor]:
    """The `k` strongest directions of A.

    An eigenvector's sign means nothing; here its largest number is positive.

    Args:
        weights: A, (styles, latent); what is not finite counts as 0.
        k: At most the length of a code.

    Returns:
        Unit vectors (k, latent) and the shares of their eigenvalues (k,), the largest first.
    """
    weights = weights.double().nan_to_num(0.0, 0.0, 0.0)
    values, vectors = torch.linalg.eigh(weights.T @ weights)  # ascending
    units = vectors.T.flip(0)[:k]  # (k, latent)
    largest = units.gather(1, units.abs().argmax(dim=1, keepdim=True))  # (k, 1)
    shares = values.flip(0)[:k].clamp(min=0) / values.sum().clamp(min=1e-12)
    return (units * largest.sign()).float(), shares.float()


def steps(directions: Tensor, covariance: Tensor) -> Tensor:
    """Directions (K, latent) of any length as steps of one standard deviation of w along each; 0 stays 0.

    Along a unit vector n the variance of w is n^T C n, C being the `covariance` (latent, latent).
    """
    units = directions / directions.norm(dim=1, keepdim=True).clamp(min=1e-12)
    return units * ((units @ covariance) * units).sum(dim=1, keepdim=True).clamp(min=0).sqrt()
