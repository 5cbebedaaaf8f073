"""Directions in W that are named: generated pictures are labeled, and a line in w predicts each label.

Shen et al., "InterFaceGAN: Interpreting the Disentangled Face Representation Learned by GANs", 2020 (arXiv 1907.10786):
the normal of a plane that tells an attribute is the direction along which it changes (section 3.1); what is left of it
once the normals of others are projected out changes those less (conditional manipulation, section 3.1, equation 4).
Labels are a labeler's scores here, so the plane is that of a regression.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from playground.data import ImageSpec
from playground.labs.gan.attributes import Labeler
from playground.labs.gan.factorization import Factorized, factorized, steps
from playground.labs.gan.latents import codes, rendered
from playground.labs.gan.stylegan import StyleGan
from playground.metrics.ridge import Ridge, explained

PICTURES = 640
"""Generated pictures that are labeled."""
PENALTY = 0.1
"""Of the lines in w, see `Ridge.fit`."""
SEED = 1
"""Which of all pictures these are."""
NOTHING = 0.05
"""A direction of which less is left than this, once others are projected out, is none."""


class Named(NamedTuple):
    """What can be said of a snapshot with the labels of its data.

    Attributes:
        factorized: What can be said without.
        labeler: Which knows K values.
        steps: (K, latent): along each value's direction, as long as the standard deviation of w along it.
        conditional: (K, latent): likewise, once the directions of all other attributes' values are projected out.
        left: (K,): how much of each direction's length that leaves, 0 to 1.
        explained: (K,): the share of the score's variance that its line predicts of pictures left out.
        agreement: (attributes,): for which share of the generated pictures both halves of the labeler answer alike.
    """

    factorized: Factorized
    labeler: Labeler
    steps: Tensor
    conditional: Tensor
    left: Tensor
    explained: Tensor
    agreement: Tensor


def named(network: StyleGan, spec: ImageSpec, inputs: Mapping[str, Any]) -> Named:
    """Labels generated pictures, and finds a direction for each value of each attribute."""
    found, labeler = factorized(network, spec, {}), Labeler.fit(inputs["data"])
    covariance = found.covariance
    if not labeler.attributes:
        none = covariance.new_zeros(0, len(covariance))
        return Named(found, labeler, none, none, none[:, 0], none[:, 0], none[:, 0])
    w = codes(network, PICTURES, seed=SEED)
    pictures = rendered(network, network.generator.broadcast(w))
    scores = labeler.scores(pictures)  # (PICTURES, K)
    normals = Ridge.fit(w, scores, penalty=PENALTY).weight.T  # (K, latent)
    free, left = conditioned(normals, labeler.owners)
    return Named(
        factorized=found,
        labeler=labeler,
        steps=steps(normals, covariance),
        conditional=steps(free, covariance),
        left=left,
        explained=explained(w, scores, penalty=PENALTY),
        agreement=labeler.agreement(pictures),
    )


def conditioned(normals: Tensor, owners: Tensor) -> tuple[Tensor, Tensor]:
    """What is left of each normal outside of the space that the normals of all other attributes span.

    Args:
        normals: (K, latent).
        owners: (K,), int64: the attribute that each is of.

    Returns:
        (K, latent), 0 where next to nothing is left, and how much of the length is left, (K,), 0 to 1.
    """
    free = torch.zeros_like(normals)
    for owner in owners.unique():
        own = owners == owner
        free[own] = normals[own] - _within(normals[own], normals[~own])
    left = free.norm(dim=1) / normals.norm(dim=1).clamp(min=1e-12)
    return torch.where(left[:, None] >= NOTHING, free, 0.0), left


def _within(vectors: Tensor, others: Tensor) -> Tensor:
    """The projection of vectors (K, latent) onto the space that others (M, latent) span."""
    _, sizes, basis = torch.linalg.svd(others, full_matrices=False)  # (r,), (r, latent)
    basis = basis[sizes > 1e-4 * sizes.max()] if len(sizes) else basis
    return vectors @ basis.T @ basis
