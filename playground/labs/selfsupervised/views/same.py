"""What counts as the same: random views of a small batch of pictures, and how similar the network finds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Generator

from playground.data import ImageSpec, as_images
from playground.labs.selfsupervised.augment import Augmentation
from playground.labs.selfsupervised.contrast import cosines
from playground.labs.selfsupervised.recipes.base import AugmentedRecipe
from playground.labs.selfsupervised.representation import Representation
from playground.view import Answer, Options, Part, View, option

DRAWN, OTHERS = 4, 3
"""How many views are drawn of each picture, and of how many other pictures."""
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
    """Random views of the picture and of other ones, and how similar the network finds all of them.

    Returns:
        `views` (P, DRAWN, C, H, W), uint8, of the picture first, then of `OTHERS` test pictures or as many as differ
        from it; and the cosines of their embeddings, `similarity` (P DRAWN, P DRAWN). In words their means, `same`
        of two views of one picture and `other` of views of two, which is nothing where there is but one; and `drawn`,
        how the views were drawn.
    """
    picture, tests = inputs["picture"], inputs["test"]["images"]
    different = (tests != picture).flatten(1).any(dim=1).nonzero()[:, 0]
    batch = torch.cat([picture[None], tests[different[-OTHERS:]]])  # (P, C, H, W)
    augmentation = options.augmentation(inputs["recipe"], spec)
    views = augmentation(batch.repeat_interleave(DRAWN, dim=0), Generator().manual_seed(options.seed))
    embeddings = network(views)  # (P DRAWN, D)
    similarity = cosines(embeddings, embeddings)  # (P DRAWN, P DRAWN)
    image = torch.arange(len(batch)).repeat_interleave(DRAWN)
    alike = image[:, None] == image[None, :]
    pairs = alike & ~torch.eye(len(views), dtype=torch.bool)  # of two views, not of a view and itself
    return Answer(
        {"views": as_images(views).unflatten(0, (-1, DRAWN)), "similarity": similarity.float()},
        {
            "same": float(similarity[pairs].mean()),
            "other": float(similarity[~alike].mean()) if len(batch) > 1 else None,
            "drawn": {name: getattr(augmentation, name) for name in KNOBS},
        },
    )


SAME = View(
    name="same",
    title="Augmentations",
    question="What counts as the same?",
    about="A small batch: random views of the picture and of others, drawn as in the training. Every method asks that "
    "views of one picture be alike; contrastive ones, that views of two pictures be not; with captions, that a view be "
    "like its own. Yellow pairs are alike to the network: point at one.",
    needs=Representation,
    painter="selfsupervised/same.js",
    options=Same,
    parts={"same": Part(same_view, options=Same, inputs=("picture", "test", "recipe"))},
)
