"""Which dimensions of a code are used, and what the decoder makes of each of them alone.

Burda, Grosse & Salakhutdinov, "Importance Weighted Autoencoders", 2015 (arXiv 1509.00519), call a dimension active
where the posterior mean varies over the data; all others are dead: their posterior is the same for all pictures, and
once it is trained the prior.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from playground.data import ImageSpec
from playground.labs.vae.conditioning import Class
from playground.labs.vae.latent import LatentModel, class_labels, decoded, encoded
from playground.labs.vae.plane import EXTENT
from playground.pictures import tiled
from playground.view import Answer, Part, View, option

ACTIVE = 0.01
"""A dimension whose posterior mean has a greater variance over the data is active (Burda et al.)."""
FRAMES = 7
"""Pictures in a traversal, a standard deviation apart."""


class Axes(NamedTuple):
    """Where the dimensions of a code are measured from, and in what unit, (D,) each.

    The prior's mean and standard deviation; where there is no prior, those of the codes.
    """

    center: Tensor
    deviation: Tensor

    def codes(self, units: Tensor) -> Tensor:
        """Codes (..., D) that lie so many standard deviations off the center."""
        return self.center + self.deviation * units

    def units(self, codes: Tensor) -> Tensor:
        """How many standard deviations codes (..., D) lie off the center."""
        return (codes - self.center) / self.deviation


class Usage(NamedTuple):
    """How much each dimension is used, (D,) each.

    Attributes:
        values: The KL divergence in nats, the mean over the data; without a prior the share of the codes' variance.
        active: Whether it is not dead; without a prior none is.
        axes: Of the codes.
        pictures: How many were encoded.
    """

    values: Tensor
    active: Tensor
    axes: Axes
    pictures: int


def axes_of(means: Tensor, *, prior: bool) -> Axes:
    """The axes of codes (N, D), the posterior means of some pictures."""
    if prior:
        return Axes(torch.zeros_like(means[0]), torch.ones_like(means[0]))
    return Axes(means.mean(dim=0), means.std(dim=0, correction=0).clamp(min=1e-6))


def active(means: Tensor, *, prior: bool) -> Tensor:
    """Which dimensions of codes (N, D) are not dead, (D,), bool; without a prior nothing draws one there."""
    return means.var(dim=0, correction=0) > ACTIVE if prior else means.new_ones(means.shape[1], dtype=torch.bool)


def used(network: LatentModel, spec: ImageSpec, inputs: Mapping[str, Any]) -> Usage:
    """The usage of each dimension over test pictures."""
    split = inputs["test"]
    posterior = encoded(network, split["images"], split["labels"] if spec.classes else None)
    means = posterior.mean
    if network.prior:
        values = posterior.kl().mean(dim=0)
    else:
        variance = means.var(dim=0, correction=0)
        values = variance / variance.sum().clamp(min=1e-12)
    axes = axes_of(means, prior=network.prior)
    return Usage(values, active(means, prior=network.prior), axes, len(means))


@torch.no_grad()
def traversals(network: LatentModel, axes: Axes, code: Tensor, *, label: int = 0) -> Tensor:
    """What is drawn while one dimension after the other goes from -EXTENT to EXTENT, and all others stay.

    Args:
        network: Whose decoder.
        axes: Of its codes.
        code: (D,), where the others stay.
        label: The class of all of them, where the network takes one.

    Returns:
        (D * FRAMES, C, H, W), uint8, dimension by dimension.
    """
    each = torch.arange(len(code))
    steps = torch.linspace(-EXTENT, EXTENT, FRAMES)
    codes = code.repeat(len(code), FRAMES, 1)  # (D, FRAMES, D)
    codes[each, :, each] = axes.codes(steps[:, None].expand(-1, len(code))).T
    codes = codes.flatten(0, 1)  # (D * FRAMES, D)
    return decoded(network, codes, class_labels(network, label, len(codes)))


class Ranked(Class):
    """What can be set where dimensions are ranked."""

    order: Literal["use", "number"] = option(
        "use",
        "Which dimension stands first: the one that is used most at this step, or the first of the code.",
        label="Order",
        names={"use": "by use", "number": "by number"},
    )
    dimension: int = option(
        0,
        "The dimension whose traversal is shown large, counted from 1; 0 is the one that is used most.",
        ge=0,
        le=64,
    )


def usage_view(network: LatentModel, spec: ImageSpec, options: Any, inputs: Mapping[str, Any]) -> Answer:
    """How much each dimension is used, `values` (D,), in nats or as shares, and whether it is `active` (D,), int32."""
    values, active, _, pictures = inputs["prepared"]
    return Answer(
        {"values": values, "active": active.to(torch.int32)},
        {"nats": network.prior, "pictures": pictures, "threshold": ACTIVE},
    )


def traversal_view(network: LatentModel, spec: ImageSpec, options: Class, inputs: Mapping[str, Any]) -> Answer:
    """Traversals of each dimension from the code of a picture.

    The answer has all of them as one `jpeg`, a dimension a row; the picture's own posterior as `mean` (D,) and
    `deviation` (D,), in units of the axes, and what is decoded from that mean, `picture` (C, H, W), uint8.
    """
    axes, label = inputs["prepared"].axes, options.given(network)
    posterior = encoded(network, inputs["picture"][None], label)
    frames = traversals(network, axes, posterior.mean[0], label=options.label)
    return Answer(
        {
            "jpeg": tiled(frames, FRAMES),
            "mean": axes.units(posterior.mean[0]),
            "deviation": posterior.deviation[0] / axes.deviation,
            "picture": decoded(network, posterior.mean, label)[0],
        },
        {"extent": EXTENT, "frames": FRAMES},
    )


def shares_view(network: LatentModel, spec: ImageSpec, options: Any, inputs: Mapping[str, Any]) -> Answer:
    """The share that each dimension has of all nats, or of the codes' variance: `values` (D,); dead ones have none."""
    values, active, _, _ = inputs["prepared"]
    live = values * active
    names = [f"z{number}" for number in range(1, len(live) + 1)]
    return Answer({"values": live / live.sum().clamp(min=1e-12)}, {"names": names, "shares": True})


DIMENSIONS = View(
    name="dimensions",
    title="Dimensions",
    question="Which dimensions are used?",
    about="A dimension costs the nats by which its posteriors differ from the prior; a dead one says nothing of "
    "any picture. Beside it, the picture on the stage while it alone changes. Choose one to see it large.",
    needs=LatentModel,
    painter="vae/dimensions.js",
    options=Ranked,
    parts={
        "usage": Part(usage_view, inputs=("test",), prepare=used),
        "traversal": Part(traversal_view, options=Class, inputs=("picture", "test"), prepare=used),
    },
    trace=Part(shares_view, inputs=("test",), prepare=used),
)
