"""Walks from one picture to another through latent space, beside what they are not: pixels that are faded.

On great circles: Shoemake, "Animating Rotation with Quaternion Curves", 1985, section 3.3, for codes White, "Sampling
Generative Networks", 2016 (arXiv 1609.04468), section 2.1. Analogies a - b + c: Mikolov et al., "Linguistic
Regularities in Continuous Space Word Representations", 2013.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from playground.data import ImageSpec
from playground.labs.sphere import slerp
from playground.labs.vae.conditioning import Class
from playground.labs.vae.latent import LatentModel, class_labels, encoded
from playground.pictures import tiled
from playground.view import Answer, Part, View, option

FRAMES = 11
"""Pictures of a walk, both ends among them."""


class Ends(Class):
    """Where a walk ends that begins with the picture on the stage."""

    b: str = option("ex-1", "The other end of the walk from a, the picture on the stage.", label="b", control="picture")


class Three(Ends):
    """What is taken away and what is added in an analogy, too."""

    c: str = option("ex-2", "The analogy adds to a what turns b into c.", label="c", control="picture")


def line(start: Tensor, end: Tensor, shares: Tensor) -> Tensor:
    """The straight line between two points (...) at `shares` (N, 1, ...) of the way, (N, ...)."""
    return start + shares * (end - start)


def arc(start: Tensor, end: Tensor, shares: Tensor) -> Tensor:
    """A great circle's direction and a length that changes as a line: codes (latent,) at `shares` (N, 1), (N, latent).

    Shoemake's formula between codes of different lengths overshoots where they lie nearly opposite to each other.
    """
    directions = slerp(F.normalize(start, dim=0), F.normalize(end, dim=0), shares)  # (N, latent)
    return line(start.norm(), end.norm(), shares) * directions


def walks(network: LatentModel, a: Tensor, b: Tensor, c: Tensor, options: Class) -> Tensor:
    """The pictures on the way between the posterior means of images (C, H, W), uint8.

    Args:
        network: Whose encoder and decoder.
        a: Where all walks begin.
        b: Where the first three end.
        c: The fourth ends at the code of a - b + c.
        options: The class that a conditional network is given.

    Returns:
        Brightness in [0, 1], (4, FRAMES, C, H, W): straight and spherical in latent space, the ends of these faded into
        each other, and the analogy.

    Raises:
        BadOption: When there is no such class.
    """
    options.given(network)
    means = encoded(network, torch.stack([a, b, c]), class_labels(network, options.label, 3)).mean  # (3, latent)
    shares = torch.linspace(0, 1, FRAMES)[:, None]
    start, end, other = means
    codes = torch.cat([line(start, end, shares), arc(start, end, shares), line(start, start - end + other, shares)])
    frames = network.decode(codes, class_labels(network, options.label, len(codes)))
    straight, spherical, analogy = frames.split(FRAMES)
    faded = line(straight[0], straight[-1], shares[:, :, None, None])
    return torch.stack([straight, spherical, faded, analogy])


def steps(frames: Tensor) -> Tensor:
    """How far each frame is from the one before: frames (..., N, C, H, W) to root mean squares (..., N - 1)."""
    return frames.diff(dim=-4).square().mean(dim=(-3, -2, -1)).sqrt()


def evenness(distances: Tensor) -> Tensor:
    """The longest step of each walk over its mean step, (..., N) to (...): 1 where all are equal, or none leads on."""
    longest, mean = distances.amax(dim=-1), distances.mean(dim=-1)
    return torch.where(mean > 1e-6, longest / mean.clamp(min=1e-6), 1.0)


def walk_view(network: LatentModel, spec: ImageSpec, options: Three, inputs: Mapping[str, Any]) -> Answer:
    """The `walks` as a `jpeg` of four rows, and in words their `steps` (4, FRAMES - 1) and how even these are."""
    pinned = inputs["pictures"]
    frames = walks(network, inputs["picture"], pinned["b"], pinned["c"], options)
    pictures = (frames.flatten(0, 1) * 255).round().to(torch.uint8)
    far = steps(frames)
    words = {"frames": FRAMES, "steps": far.tolist(), "evenness": evenness(far).tolist()}
    return Answer({"jpeg": tiled(pictures, FRAMES)}, words)


def trace_view(network: LatentModel, spec: ImageSpec, options: Ends, inputs: Mapping[str, Any]) -> Answer:
    """How even the straight and the spherical walk are: `values` (2,)."""
    a, b = inputs["picture"], inputs["pictures"]["b"]
    return Answer(
        {"values": evenness(steps(walks(network, a, b, b, options)[:2]))},
        {"names": ["Longest step over mean step: straight", "spherical"], "shares": False},
    )


WALK = View(
    name="walk",
    title="Walk",
    question="What lies on the way between two pictures?",
    about="Every frame is decoded from a code on the way from a, the picture on the stage, to b. An even walk is a "
    "flat line below. Choose a picture and pin it as b or c.",
    needs=LatentModel,
    painter="vae/walk.js",
    options=Three,
    parts={"walk": Part(walk_view, options=Three, inputs=("picture", "pictures"))},
    trace=Part(trace_view, options=Ends, inputs=("picture", "pictures")),
)
