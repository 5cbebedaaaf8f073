"""What counts as the same: random views of two pictures, and how similar the network finds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Generator

from playground.data import ImageSpec, as_images
from playground.labs.selfsupervised.augment import Augmentation
from playground.labs.selfsupervised.contrast import similarities
from playground.labs.selfsupervised.recipes.base import AugmentedRecipe
from playground.labs.selfsupervised.representation import Representation
from playground.view import Answer, Options, Part, View, option

DRAWN = 8
"""How many views are drawn of each of two pictures."""
KNOBS = ("smallest", "largest", "color", "gray", "flip")
"""Of the augmentation, those that can be set."""


class Same(Options):
    """How strongly the views differ from their picture; what is not set is as in the training."""

    smallest: float | None = option(
        None, "The smallest part of the area that a crop shows.", label="Smallest crop", ge=0.02, le=1, step=0.01
    )
    largest: float | None = option(None, "The largest part.", label="Largest crop", ge=0.02, le=1, step=0.01)
    color: float | None = option(
        None, "How much brightness, contrast, saturation and hue vary.", label="Color jitter", ge=0, le=1, step=0.05
    )
    gray: float | None = option(None, "How often a view loses its colors.", label="Grayscale", ge=0, le=1, step=0.05)
    flip: bool | None = option(
        None,
        "Half of the views are mirrored.",
        label="Flips",
        names={"": "as in the training", "true": "yes", "false": "no"},
    )
    seed: int = option(0, "The number that all views are drawn from.", label="Draw", ge=0, le=999_999, control="seed")

    def augmentation(self, recipe: AugmentedRecipe, spec: ImageSpec) -> Augmentation:
        """How views as large as the images are drawn: as a run of `recipe` draws them, but for what is set."""
        chosen = {name: getattr(self, name) for name in KNOBS if getattr(self, name) is not None}
        drawn = replace(recipe.augmentation(spec), size=spec.size, **chosen)
        low, high = sorted((drawn.smallest, drawn.largest))
        return replace(drawn, smallest=low, largest=high)


def same_view(network: Representation, spec: ImageSpec, options: Same, inputs: Mapping[str, Any]) -> Answer:
    """Random views of the picture and of another one, and how similar the network finds all of them.

    Returns:
        `views` (2 DRAWN, C, H, W), uint8, of the picture first, and the cosines of their embeddings, `similarity`
        (2 DRAWN, 2 DRAWN); and the words `same` and `other`, their means, and `drawn`, how the views were drawn.
    """
    picture, tests = inputs["picture"], inputs["test"]["images"]
    different = (tests != picture).flatten(1).any(dim=1).nonzero()[:, 0]
    other = tests[different[-1] if len(different) else -1]
    augmentation = options.augmentation(inputs["recipe"], spec)
    both = torch.stack([picture, other]).repeat_interleave(DRAWN, dim=0)  # (2 DRAWN, C, H, W)
    views = augmentation(both, Generator().manual_seed(options.seed))
    cosines = similarities(network(views))
    image = torch.arange(2).repeat_interleave(DRAWN)
    alike = image[:, None] == image[None, :]
    pairs = alike & ~torch.eye(2 * DRAWN, dtype=torch.bool)  # of two views, not of a view and itself
    return Answer(
        {"views": as_images(views), "similarity": cosines.float()},
        {
            "same": float(cosines[pairs].mean()),
            "other": float(cosines[~alike].mean()),
            "drawn": {name: getattr(augmentation, name) for name in KNOBS},
        },
    )


SAME = View(
    name="same",
    title="Augmentations",
    question="What counts as the same?",
    about="Random views of the picture and of another one, drawn as in the training. Every method asks that views of "
    "one picture be alike; contrastive ones, that views of two pictures be not; with captions, that a view be like its "
    "own. Yellow pairs are alike to the network: point at one.",
    needs=Representation,
    painter="selfsupervised/same.js",
    options=Same,
    parts={"same": Part(same_view, options=Same, inputs=("picture", "test", "recipe"))},
)
