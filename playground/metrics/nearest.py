"""The training images nearest to a generated one, as any view of such images can answer."""

from __future__ import annotations

import torch
from torch import Tensor

from playground.metrics.generated import Neighbors
from playground.view import Answer

NEAREST = 4


def nearest_answer(picture: Tensor, neighbors: Neighbors) -> Answer:
    """The `NEAREST` training images to one image (1, C, H, W), uint8, nearest first.

    Returns:
        `pictures` (NEAREST, C, H, W), uint8, their `labels`, all 0 where they have none, and `distances` in the
        features that the words name.
    """
    indices, distances = neighbors.nearest(picture, NEAREST)
    matches = neighbors.split.at(indices[0])
    labels = matches.columns.get("labels", torch.zeros(len(matches)))
    return Answer(
        {"pictures": matches["images"], "labels": labels.int(), "distances": distances[0].float()},
        {"of": len(neighbors.split), "features": neighbors.features.name},
    )
