"""The views of the VAE lab, and the first one: a plane through latent space, decoded, and posteriors on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from playground.data import ImageSpec
from playground.labs.vae.aggregate import PRIOR
from playground.labs.vae.blind import BLIND
from playground.labs.vae.codebook import CODEBOOK
from playground.labs.vae.conditioning import Class
from playground.labs.vae.dimensions import DIMENSIONS
from playground.labs.vae.factors import FACTORS
from playground.labs.vae.gradient import GRADIENT
from playground.labs.vae.hear import HEAR
from playground.labs.vae.latent import LatentModel, decoded, encoded
from playground.labs.vae.plane import EXTENT, Cloud, Plane, ellipse, manifold
from playground.labs.vae.walk import WALK
from playground.labs.vision.experiment import EXPERIMENT
from playground.pictures import tiled
from playground.view import Answer, Part, View, option

SIDE = 20
"""How many decoded points stand in a row of the manifold."""
DOTS = 400
"""How many test images spread the plane and are shown on it."""
DIRECTION = r"^((pc|z)[1-9][0-9]?)?$"
"""What the name of a direction looks like, see `Cloud.names`; empty where it is the usual one."""


class Mapped(NamedTuple):
    """The posterior means of test images, (N, latent), with their labels (N,), and the cloud that they are."""

    cloud: Cloud
    means: Tensor
    labels: Tensor


def mapped(network: LatentModel, spec: ImageSpec, inputs: Mapping[str, Any]) -> Mapped:
    """The codes of some test images."""
    split = inputs["test"].first(DOTS)
    labels = split["labels"] if spec.classes else torch.zeros(len(split), dtype=torch.long)
    means = encoded(network, split["images"], labels).mean
    return Mapped(Cloud.of(means, prior=network.prior), means, labels)


class Directions(Class):
    """The two directions in which a plane lies."""

    across: str = option(
        "",
        "The direction from left to right: a principal component of the codes, or one dimension of them.",
        label="Across",
        names={"": "PC 1"},
        pattern=DIRECTION,
        control="name",
    )
    up: str = option(
        "",
        "The direction from bottom to top, likewise.",
        label="Up",
        names={"": "PC 2"},
        pattern=DIRECTION,
        control="name",
    )

    def plane(self, mapped: Mapped) -> Plane:
        """The plane through codes.

        Raises:
            NoPlane: As `Cloud.plane` says.
        """
        return mapped.cloud.plane(self.across, self.up)


def plane_view(network: LatentModel, spec: ImageSpec, options: Directions, inputs: Mapping[str, Any]) -> Answer:
    """Posterior means of test images: `points` (N, 2) with `labels` (N,), and the decoded plane as a `jpeg`."""
    cloud, means, labels = inputs["prepared"]
    options.given(network)
    plane = options.plane(inputs["prepared"])
    return Answer(
        {
            "points": plane.project(means),
            "labels": labels.to(torch.int32),
            "jpeg": tiled(manifold(network, plane, side=SIDE, label=options.label), SIDE),
        },
        {
            "latent": len(plane.origin),
            "explained_variance": plane.explained_variance,
            "directions": plane.names,
            "usual": cloud.usual,
            "prior": network.prior,
            "extent": EXTENT,
            "side": SIDE,
        },
    )


def dots_view(network: LatentModel, spec: ImageSpec, options: Any, inputs: Mapping[str, Any]) -> Answer:
    """The test images that the dots stand for, in their order, as a `jpeg` with so many `columns`."""
    return Answer({"jpeg": tiled(inputs["test"].first(DOTS)["images"], SIDE)}, {"columns": SIDE})


class Place(Directions):
    """A point of the plane."""

    x: float = option(0.0, "Where the point is from left to right, in units of that direction.", ge=-EXTENT, le=EXTENT)
    y: float = option(0.0, "Where it is from bottom to top.", ge=-EXTENT, le=EXTENT)
    off_plane: bool = option(
        True,
        "Adds the picture's own residual, the part of its code that is orthogonal to the plane.",
        label="Residual off the plane",
    )


class Explored(Place):
    """All that can be set on the plane."""

    moved: bool = option(False, "Whether the point is where it was dragged to, or where the picture is encoded.")
    dots: bool = option(True, "Posterior means of test pictures, colored by class.", label="Test pictures as dots")


def decode_view(network: LatentModel, spec: ImageSpec, options: Place, inputs: Mapping[str, Any]) -> Answer:
    """The decoder's output at a place of the plane: `picture` (C, H, W), uint8."""
    plane, label = options.plane(inputs["prepared"]), options.given(network)
    code = plane.lift(torch.tensor([[options.x, options.y]]))
    if options.off_plane:
        mean = encoded(network, inputs["picture"][None], label).mean
        code = code + mean - plane.lift(plane.project(mean))
    return Answer({"picture": decoded(network, code, label)[0]})


def encode_view(network: LatentModel, spec: ImageSpec, options: Directions, inputs: Mapping[str, Any]) -> Answer:
    """The posterior of an image, and what of its mean the plane leaves out.

    Returns:
        The mean `at` (2,), and half axes and angle of the posterior's `ellipse` (3,); what is decoded from the mean,
        `whole` (C, H, W), uint8, and from its projection onto the plane, `projected`, likewise; in words `left_out`,
        the share of the mean's squared distance from the origin that is orthogonal to the plane, in [0, 1].
    """
    plane, label = options.plane(inputs["prepared"]), options.given(network)
    posterior = encoded(network, inputs["picture"][None], label)
    at = plane.project(posterior.mean)  # (1, 2)
    return Answer(
        {
            "at": at[0],
            "ellipse": torch.tensor(ellipse(plane, posterior.deviation[0])),
            "whole": decoded(network, posterior.mean, label)[0],
            "projected": decoded(network, plane.lift(at), label)[0],
        },
        {"left_out": float(plane.left_out(posterior.mean))},
    )


def trace_view(network: LatentModel, spec: ImageSpec, options: Directions, inputs: Mapping[str, Any]) -> Answer:
    """How well an image is reconstructed from its posterior mean, and where that lies on the plane: `values` (3,)."""
    image, plane, label = inputs["picture"][None], options.plane(inputs["prepared"]), options.given(network)
    mean = encoded(network, image, label).mean
    error = (decoded(network, mean, label).float() - image.float()).div(255).square().mean()
    x, y = plane.project(mean)[0]
    return Answer(
        {"values": torch.stack([error, x, y])},
        {
            "names": ["Reconstruction error (MSE)", *(f"{name.replace('pc', 'PC ')}:" for name in plane.names)],
            "shares": False,
        },
    )


_IMAGE = ("picture", "test")

VIEWS = (
    View(
        name="plane",
        title="Latent plane",
        question="What lies between two pictures?",
        about="Every place on the plane is a code, shown as its decoded picture; each dot is a test picture. Drag the "
        "point, or choose a picture: the point moves to its posterior mean, where the encoder puts it.",
        needs=LatentModel,
        painter="vae/plane.js",
        options=Explored,
        parts={
            "plane": Part(plane_view, options=Directions, inputs=("test",), prepare=mapped),
            "decode": Part(decode_view, options=Place, inputs=_IMAGE, prepare=mapped),
            "encode": Part(encode_view, options=Directions, inputs=_IMAGE, prepare=mapped),
            "dots": Part(dots_view, inputs=("test",)),
        },
        trace=Part(trace_view, options=Directions, inputs=_IMAGE, prepare=mapped),
    ),
    DIMENSIONS,
    WALK,
    PRIOR,
    GRADIENT,
    FACTORS,
    CODEBOOK,
    HEAR,
    BLIND,
    EXPERIMENT,
)
