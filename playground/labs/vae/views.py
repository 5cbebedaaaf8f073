"""The views of the VAE lab: a plane through latent space, decoded, and posteriors on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from playground.data import ImageSpec
from playground.labs.vae.latent import EXTENT, Plane, decoded, ellipse, encoded, manifold, plane_through
from playground.labs.vae.vae import VAE
from playground.pictures import tiled
from playground.view import Answer, Options, Part, View, option

SIDE = 20
"""How many decoded points stand in a row of the manifold."""
DOTS = 400
"""How many test images spread the plane and are shown on it."""


class Mapped(NamedTuple):
    """The plane of a snapshot and the posterior means of test images on it, (N, 2), with their labels (N,)."""

    plane: Plane
    points: Tensor
    labels: Tensor


def mapped(network: VAE, spec: ImageSpec, inputs: Mapping[str, Any]) -> Mapped:
    """The plane through the codes of some test images."""
    split = inputs["test"].first(DOTS)
    mean, _ = encoded(network, split["images"])
    plane = plane_through(mean)
    return Mapped(
        plane, plane.project(mean), split["labels"] if spec.classes else torch.zeros(len(mean), dtype=torch.long)
    )


def plane_view(network: VAE, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """Posterior means of test images: `points` (N, 2) with `labels` (N,), and the decoded plane as a `jpeg`."""
    plane, points, labels = inputs["prepared"]
    return Answer(
        {
            "points": points,
            "labels": labels.to(torch.int32),
            "jpeg": tiled(manifold(network, plane, side=SIDE), SIDE),
        },
        {"latent": len(plane.origin), "explained_variance": plane.explained_variance, "extent": EXTENT, "side": SIDE},
    )


class Place(Options):
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


def decode_view(network: VAE, spec: ImageSpec, options: Place, inputs: Mapping[str, Any]) -> Answer:
    """The decoder's output at a place of the plane: `picture` (C, H, W), uint8."""
    plane = inputs["prepared"].plane
    code = plane.lift(torch.tensor([[options.x, options.y]]))
    if options.off_plane:
        mean, _ = encoded(network, inputs["picture"][None])
        code = code + mean - plane.lift(plane.project(mean))
    return Answer({"picture": decoded(network, code)[0]})


def encode_view(network: VAE, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """The posterior of an image: its mean `at` (2,), and half axes and angle of the posterior's `ellipse` (3,)."""
    plane = inputs["prepared"].plane
    mean, deviation = encoded(network, inputs["picture"][None])
    return Answer({"at": plane.project(mean)[0], "ellipse": torch.tensor(ellipse(plane, deviation[0]))})


def trace_view(network: VAE, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """How well an image is reconstructed from its posterior mean, and where that lies on the plane: `values` (3,)."""
    image, plane = inputs["picture"][None], inputs["prepared"].plane
    mean, _ = encoded(network, image)
    error = (decoded(network, mean).float() - image.float()).div(255).square().mean()
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
        needs=VAE,
        painter="vae/plane.js",
        options=Explored,
        parts={
            "plane": Part(plane_view, inputs=("test",), prepare=mapped),
            "decode": Part(decode_view, options=Place, inputs=_IMAGE, prepare=mapped),
            "encode": Part(encode_view, inputs=_IMAGE, prepare=mapped),
        },
        trace=Part(trace_view, inputs=_IMAGE, prepare=mapped),
    ),
)
