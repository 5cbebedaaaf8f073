"""The views of the VAE lab: a plane through latent space, decoded, and posteriors on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from pydantic import Field
from torch import Tensor

from playground.data import ImageSpec
from playground.labs.vae.latent import EXTENT, Plane, decoded, ellipse, encoded, manifold, plane_through
from playground.labs.vae.vae import VAE
from playground.pictures import tiled
from playground.view import Answer, Options, View

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

    x: float = Field(0.0, ge=-EXTENT, le=EXTENT)
    y: float = Field(0.0, ge=-EXTENT, le=EXTENT)
    off_plane: bool = False
    """Whether the image's own residual orthogonal to the plane is added."""


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


VIEWS = (
    View(
        name="plane",
        question="What lies between two pictures?",
        needs=VAE,
        inputs=("test",),
        prepare=mapped,
        answer=plane_view,
    ),
    View(
        name="decode",
        question="What does the decoder draw here?",
        needs=VAE,
        inputs=("picture", "test"),
        options=Place,
        prepare=mapped,
        answer=decode_view,
    ),
    View(
        name="encode",
        question="Where does the encoder put this picture?",
        needs=VAE,
        inputs=("picture", "test"),
        prepare=mapped,
        answer=encode_view,
    ),
)
