"""The training dynamics of a GAN in the plane: pure functions of generator and discriminator, for its view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from playground.data import PointSpec
from playground.labs.gan.losses import LOSSES
from playground.labs.gan.modes import centers, coverage, modes_covered, radii
from playground.labs.gan.points import EXTENT, POINTS, PointGan, fixed_noise
from playground.labs.plane import lattice
from playground.view import Answer, Options

CELLS = 32
"""How many cells of the heat-map of logits stand in a row."""
GRID = 21
"""How many points of the manifold stand in a row."""
ARROWS = 96
"""How many generated points have an arrow."""
THRESHOLDS = {"non-saturating": 0.0, "minimax": 0.0, "hinge": 0.0, "least-squares": 0.5}
"""The logit between real and generated; Wasserstein and relativistic losses have none of their own."""


def dynamics_view(network: PointGan, spec: PointSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """Where training stands: points, manifold, gradients and logits.

    Returns:
        `real` points and as many `fake` ones, (POINTS, 2), the latter always from the same noise; `manifold`
        (GRID * GRID, 2), where the generator takes `latent_grid`; `arrows` (ARROWS, 2), the negative gradient at the
        first fake points; `heat` (CELLS, CELLS), uint8, the sigmoid of the discriminator's logit at each place, the
        lowest y first, about 128 where it cannot tell real from generated. In words the share of real points that are
        `covered`, and how many `modes`, of how many.
    """
    real, latent = inputs["test"]["points"][:POINTS], network.generator.latent
    fake = network.generator(fixed_noise(latent))
    on_real, on_fake, on_lattice = network.discriminator(torch.cat([real, fake, lattice(CELLS, EXTENT)])).split(
        [len(real), POINTS, CELLS**2]
    )
    # else only differences of logits mean something
    threshold = THRESHOLDS.get(network.loss, float(on_real.mean() + on_fake.mean()) / 2)
    modes = centers(spec.name)
    return Answer(
        {
            "real": real,
            "fake": fake,
            "manifold": network.generator(latent_grid(latent)),
            "arrows": negative_gradient(network, fake[:ARROWS], on_real),
            "heat": ((on_lattice - threshold).sigmoid() * 255).round().byte().view(CELLS, CELLS),
        },
        {
            "extent": EXTENT,
            "grid": GRID,
            "cells": CELLS,
            "latent": latent,
            "finite": bool(fake.isfinite().all()),
            "covered": coverage(real, radii(real), fake),
            "modes": modes_covered(fake, *modes) if modes else None,
            "of": len(modes[0]) if modes else None,
        },
    )


@torch.enable_grad()
def negative_gradient(network: PointGan, fake: Tensor, on_real: Tensor) -> Tensor:
    """Where the generator's loss would have each generated point (n, 2) go: its negative gradient, (n, 2).

    A relativistic loss compares a point with all the logits `on_real` (m,), as its batches do on average.
    """
    fake = fake.detach().requires_grad_(True)
    logits = network.discriminator(fake)[:, None].expand(-1, len(on_real))  # (n, m)
    loss = LOSSES[network.loss].generator(logits, on_real.detach().expand_as(logits))
    (gradient,) = torch.autograd.grad(loss * len(fake), fake)
    return -gradient


def latent_grid(latent: int) -> Tensor:
    """GRID^2 latents: a net between whose lines lies equal mass; (GRID^2, latent).

    With one dimension they follow each other along it; with more than two the others are zero.
    """
    if latent == 1:
        return torch.special.ndtri(torch.linspace(0.005, 0.995, GRID * GRID))[:, None]
    line = torch.special.ndtri(torch.linspace(0.02, 0.98, GRID))
    net = torch.cartesian_prod(line, line)
    return torch.cat([net, torch.zeros(len(net), latent - 2)], dim=1)
