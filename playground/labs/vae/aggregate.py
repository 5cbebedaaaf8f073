"""Where codes lie, and where the prior is: what a decoder makes of places that no picture was ever encoded to.

The codes of all pictures together, drawn from their posteriors, are the aggregate posterior (Makhzani et al.,
"Adversarial Autoencoders", 2015, arXiv 1511.05644, section 2). How well they fill the prior is measured as Naeem et
al., 2020 (arXiv 2002.09797), measure generated pictures, the prior's samples being the real ones: their neighborhoods
are those of the prior, whatever the codes are like. See `playground.metrics.generated.neighborhoods`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from playground.data import ImageSpec
from playground.labs.vae.conditioning import Class
from playground.labs.vae.latent import LatentModel, class_labels, decoded, encoded
from playground.labs.vae.plane import plane_through
from playground.metrics.generated import DENSITY_NEIGHBORS, expected_coverage, neighborhoods
from playground.pictures import tiled
from playground.view import Answer, Options, Part, View, option

SIDE = 8
"""How many samples stand in a row."""
CODES = 500
"""Test pictures at most whose codes are compared with as many samples of the prior."""


class Seed(Options):
    """Which samples are drawn from the prior."""

    seed: int = option(
        0, "The same seed draws the same codes from the prior.", label="Samples", ge=0, le=2**31 - 1, control="seed"
    )


class Sampled(Class, Seed):
    """And the class that they are decoded with."""


class Codes(NamedTuple):
    """Codes drawn from the posteriors of test pictures (N, latent), the pictures' labels (N,), and two directions."""

    drawn: Tensor
    labels: Tensor
    directions: Tensor


def codes(network: LatentModel, spec: ImageSpec, inputs: Mapping[str, Any]) -> Codes:
    """One code of each test picture, always by the same noise."""
    split = inputs["test"]
    labels = split["labels"] if spec.classes else torch.zeros(len(split), dtype=torch.long)
    drawn = encoded(network, split["images"], labels).sample(Generator().manual_seed(0))
    return Codes(drawn, labels, directions(drawn))


def directions(points: Tensor) -> Tensor:
    """The two orthonormal directions (2, latent) that (N, latent) vary most along; with two dimensions these as such.

    A standard normal stays one along them, whatever they are.
    """
    if points.shape[1] == 2:
        return torch.eye(2)
    return F.normalize(plane_through(points, prior=False).axes, dim=1)


def samples(network: LatentModel, n: int, seed: int) -> Tensor:
    """Codes from N(0, 1): `n`, and at least as many as are shown, (N, latent)."""
    return torch.randn(max(n, SIDE**2), network.latent, generator=Generator().manual_seed(seed))


class Filled(NamedTuple):
    """How codes fill the prior.

    Attributes:
        populated: (M,), bool: which samples of the prior have a code in their neighborhood.
        coverage: The share of them, in [0, 1].
        density: How many codes a neighborhood holds, 1 being as many as from the prior itself; 0 or more.
    """

    populated: Tensor
    coverage: float
    density: float


def filled(prior: Tensor, drawn: Tensor) -> Filled:
    """How codes (N, latent) fill the prior, of which there are samples (M, latent).

    Raises:
        TooFew: With `DENSITY_NEIGHBORS` samples or less.
    """
    counts = neighborhoods(prior, drawn)  # (M,)
    populated = counts > 0
    density = float(counts.sum()) / (DENSITY_NEIGHBORS * len(drawn))
    return Filled(populated, float(populated.double().mean()), density)


def prior_view(network: LatentModel, spec: ImageSpec, options: Sampled, inputs: Mapping[str, Any]) -> Answer:
    """Samples of the prior, decoded, and codes of test pictures beside them.

    Returns:
        The samples as a `jpeg`, `at` (SIDE^2, 2) and `populated` (SIDE^2,), whether codes are there; `points` (N, 2)
        with `labels` (N,); and in words `coverage` in [0, 1], what is `expected` of it from the prior itself, and
        `density`, from 0.
    """
    drawn, labels, axes = inputs["prepared"]
    options.given(network)
    n, shown = len(drawn), SIDE**2
    prior = samples(network, n, options.seed)
    populated, coverage, density = filled(prior, drawn)
    pictures = decoded(network, prior[:shown], class_labels(network, options.label, shown))
    points = drawn @ axes.T  # (N, 2)
    return Answer(
        {
            "jpeg": tiled(pictures, SIDE),
            "at": prior[:shown] @ axes.T,
            "populated": populated[:shown],
            "points": points,
            "labels": labels.to(torch.int32),
        },
        {
            "side": SIDE,
            "latent": network.latent,
            "share": float(points.var(dim=0).sum() / drawn.var(dim=0).sum().clamp(min=1e-12)),
            "samples": len(prior),
            "neighbors": DENSITY_NEIGHBORS,
            "coverage": coverage,
            "expected": expected_coverage(len(prior), n),
            "density": density,
        },
    )


def trace_view(network: LatentModel, spec: ImageSpec, options: Seed, inputs: Mapping[str, Any]) -> Answer:
    """How well codes cover the prior, and how densely they fill it: `values` (2,)."""
    drawn = inputs["prepared"].drawn
    _, coverage, density = filled(samples(network, len(drawn), options.seed), drawn)
    return Answer({"values": torch.tensor([coverage, density])}, {"names": ["Coverage", "Density"], "shares": False})


PRIOR = View(
    name="prior",
    title="Prior",
    question="Why a prior?",
    about="To sample is to decode codes from N(0, 1), which gives pictures only where the encoder has put some. "
    "Compare an autoencoder with a VAE, and that with a beta-VAE.",
    needs=LatentModel,
    painter="vae/aggregate.js",
    options=Sampled,
    parts={"prior": Part(prior_view, options=Sampled, inputs=("test",), tests=CODES, prepare=codes)},
    trace=Part(trace_view, options=Seed, inputs=("test",), tests=CODES, prepare=codes),
)
