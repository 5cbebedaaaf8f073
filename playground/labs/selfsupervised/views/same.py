"""What counts as the same: random views of two pictures, and how similar the network finds them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Generator

from playground.data import ImageSpec
from playground.labs.selfsupervised.augment import Augmentation
from playground.labs.selfsupervised.contrast import similarities
from playground.labs.selfsupervised.representation import Representation
from playground.view import Answer, Options, Part, View, option

DRAWN = 8
"""How many views are drawn of each of two pictures."""


class Same(Options):
    """How strongly the views differ from their picture."""

    smallest: float = option(
        0.15,
        "The smallest part of the area that a crop shows.",
        label="Smallest crop",
        ge=0.02,
        le=1,
        step=0.01,
    )
    largest: float = option(0.6, "The largest part.", label="Largest crop", ge=0.02, le=1, step=0.01)
    color: float = option(
        0.4, "How much brightness, contrast, saturation and hue vary.", label="Color jitter", ge=0, le=1, step=0.05
    )
    gray: float = option(0.2, "How often a view loses its colors.", label="Grayscale", ge=0, le=1, step=0.05)
    flip: bool = option(True, "Half of the views are mirrored.", label="Flips")
    seed: int = option(0, "The number that all views are drawn from.", label="Draw", ge=0, le=999_999, control="seed")


def same_view(network: Representation, spec: ImageSpec, options: Same, inputs: Mapping[str, Any]) -> Answer:
    """Random views of the picture and of another one, and how similar the network finds all of them.

    Returns:
        `views` (2 DRAWN, C, H, W), uint8, of the picture first, and the cosines of their embeddings, `similarity`
        (2 DRAWN, 2 DRAWN).
    """
    picture, other = inputs["picture"], inputs["test"]["images"][-1]
    low, high = sorted((options.smallest, options.largest))
    augmentation = Augmentation(
        size=spec.size, smallest=low, largest=high, flip=options.flip, color=options.color, gray=options.gray
    )
    both = torch.stack([picture, other]).repeat_interleave(DRAWN, dim=0)  # (2 DRAWN, C, H, W)
    views = augmentation(both, Generator().manual_seed(options.seed))
    cosines = similarities(network(views))
    same = torch.eye(2).repeat_interleave(DRAWN, dim=0).repeat_interleave(DRAWN, dim=1).bool()
    return Answer(
        {"views": ((views + 1) * 127.5).round().to(torch.uint8), "similarity": cosines.float()},
        {"same": float(cosines[same].mean()), "other": float(cosines[~same].mean())},
    )


SAME = View(
    name="same",
    title="Augmentations",
    question="What counts as the same?",
    about="Eight random views of the picture, and eight of another one: the training asks for embeddings that are "
    "similar within a picture and not across. Yellow squares are pairs that the network finds alike.",
    needs=Representation,
    painter="selfsupervised/same.js",
    options=Same,
    parts={"same": Part(same_view, options=Same, inputs=("picture", "test"))},
)
