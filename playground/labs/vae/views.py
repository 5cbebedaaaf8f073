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
from playground.labs.vae.plane import EXTENT, Plane, ellipse, manifold, plane_through
from playground.labs.vae.walk import WALK
from playground.labs.vision.experiment import EXPERIMENT
from playground.pictures import tiled
from playground.view import Answer, Part, View, option

SIDE = 20
"""How many decoded points stand in a row of the manifold."""
DOTS = 400
"""How many test images spread the plane and are shown on it."""


class Mapped(NamedTuple):
    """The plane of a snapshot and the posterior means of test images on it, (N, 2), with their labels (N,)."""

    plane: Plane
    points: Tensor
    labels: Tensor


def mapped(network: LatentModel, spec: ImageSpec, inputs: Mapping[str, Any]) -> Mapped:
    """The plane through the codes of some test images."""
    split = inputs["test"].first(DOTS)
    labels = split["labels"] if spec.classes else torch.zeros(len(split), dtype=torch.long)
    mean = encoded(network, split["images"], labels).mean
    plane = plane_through(mean, prior=network.prior)
    return Mapped(plane, plane.project(mean), labels)


def plane_view(network: LatentModel, spec: ImageSpec, options: Class, inputs: Mapping[str, Any]) -> Answer:
    """Posterior means of test images: `points` (N, 2) with `labels` (N,), and the decoded plane as a `jpeg`."""
    plane, points, labels = inputs["prepared"]
    options.given(network)
    return Answer(
        {
            "points": points,
            "labels": labels.to(torch.int32),
            "jpeg": tiled(manifold(network, plane, side=SIDE, label=options.label), SIDE),
        },
        {"latent": len(plane.origin), "explained_variance": plane.explained_variance, "extent": EXTENT, "side": SIDE},
    )


class Place(Class):
    """A point of the plane."""

    x: float = option(
        0.0, "Along the first principal component of the codes, in standard deviations.", ge=-EXTENT, le=EXTENT
    )
    y: float = option(0.0, "Along the second one.", ge=-EXTENT, le=EXTENT)
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
    plane, label = inputs["prepared"].plane, options.given(network)
    code = plane.lift(torch.tensor([[options.x, options.y]]))
    if options.off_plane:
        mean = encoded(network, inputs["picture"][None], label).mean
        code = code + mean - plane.lift(plane.project(mean))
    return Answer({"picture": decoded(network, code, label)[0]})


def encode_view(network: LatentModel, spec: ImageSpec, options: Class, inputs: Mapping[str, Any]) -> Answer:
    """The posterior of an image: its mean `at` (2,), and half axes and angle of the posterior's `ellipse` (3,)."""
    plane = inputs["prepared"].plane
    posterior = encoded(network, inputs["picture"][None], options.given(network))
    at, deviation = plane.project(posterior.mean)[0], posterior.deviation[0]
    return Answer({"at": at, "ellipse": torch.tensor(ellipse(plane, deviation))})


def trace_view(network: LatentModel, spec: ImageSpec, options: Class, inputs: Mapping[str, Any]) -> Answer:
    """How well an image is reconstructed from its posterior mean, and where that lies on the plane: `values` (3,)."""
    image, plane, label = inputs["picture"][None], inputs["prepared"].plane, options.given(network)
    mean = encoded(network, image, label).mean
    error = (decoded(network, mean, label).float() - image.float()).div(255).square().mean()
    x, y = plane.project(mean)[0]
    return Answer(
        {"values": torch.stack([error, x, y])},
        {"names": ["Reconstruction error (MSE)", "x", "y"], "shares": False},
    )


_IMAGE = ("picture", "test")

VIEWS = (
    View(
        name="plane",
        title="Latent plane",
        question="What lies between two pictures?",
        about="Every place on the plane is a code, and shows its decoded picture. Drag the point. Or draw, or choose a "
        "picture: the point moves to its posterior mean, where the encoder puts it.",
        needs=LatentModel,
        painter="vae/plane.js",
        options=Explored,
        parts={
            "plane": Part(plane_view, options=Class, inputs=("test",), prepare=mapped),
            "decode": Part(decode_view, options=Place, inputs=_IMAGE, prepare=mapped),
            "encode": Part(encode_view, options=Class, inputs=_IMAGE, prepare=mapped),
        },
        trace=Part(trace_view, options=Class, inputs=_IMAGE, prepare=mapped),
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
