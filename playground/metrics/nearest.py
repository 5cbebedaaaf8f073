"""The training pictures nearest to a generated one, as any view of such pictures can answer."""

from __future__ import annotations

from torch import Tensor

from playground.metrics.generated import Neighbors
from playground.view import Answer

NEAREST = 4


def nearest_answer(picture: Tensor, among: Neighbors) -> Answer:
    """The `NEAREST` training pictures to one picture (1, C, H, W), uint8, nearest first.

    Returns:
        `pictures` (NEAREST, C, H, W), uint8, their `labels`, and `distances` in the features that the words name.
    """
    indices, distances = among.nearest(picture, NEAREST)
    found = among.split.at(indices[0])
    return Answer(
        {"pictures": found["images"], "labels": found["labels"].int(), "distances": distances[0].float()},
        {"of": len(among.split), "features": among.features.name},
    )
