"""Whether a representation has collapsed: how many dimensions pictures differ in, and how far apart they lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Generator, Tensor

from playground.data import ImageSpec, unit
from playground.labs.selfsupervised.representation import BATCH, Representation
from playground.metrics.representations import alignment, effective_rank, spectrum, spread, uniformity
from playground.view import Answer, Options, Part, View

PICTURES = 500
"""How many test pictures are looked at, the first ones."""
FEW = 10
"""With fewer nothing is said of them."""
POINT, CLOSE = 0.05, 0.15
"""With less spread pictures are nearly one point, or close together: cosines of 0.998 and 0.98 in the mean."""
FLAT = 2
"""With a lower effective rank hardly more than one direction is used."""

Seen = dict[str, Tensor]
"""The `features` (N, F) of images, and the `embeddings` (N, D) that the loss sees, see `Representation.free`."""


def seen(network: Representation, images: Tensor) -> Seen:
    """Both of images (N, C, H, W) in [-1, 1]."""
    parts = [(network.features(part).float(), network.free(network(part)).float()) for part in images.split(BATCH)]
    features, embeddings = (torch.cat(both) for both in zip(*parts, strict=True))
    return {"features": features, "embeddings": embeddings}


def prepared_collapse(network: Representation, spec: ImageSpec, inputs: Mapping[str, Any]) -> Seen:
    """What is seen of the first test pictures."""
    return seen(network, unit(inputs["test"]["images"][:PICTURES]))


def collapse_view(network: Representation, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """Spectra and gauges of features and embeddings.

    Returns:
        The `spectrum` of each, as tensors of their names, (K,); by the same names their `dimensions`, of which N
        pictures show N - 1 at most, `effective_rank`, `spread`, `alignment` and `uniformity`; and a `verdict` on all
        `pictures`.
    """
    whole, images = inputs["prepared"], inputs["test"]["images"][:PICTURES]
    augmentation = replace(inputs["recipe"].augmentation(spec), size=spec.size)
    rng = Generator().manual_seed(0)
    first, second = (seen(network, augmentation(images, rng)) for _ in range(2))
    gauges = {
        name: {
            "dimensions": min(values.shape[1], max(1, len(values) - 1)),
            "effective_rank": effective_rank(values),
            "spread": spread(values),
            "alignment": alignment(first[name], second[name]),
            "uniformity": uniformity(values),
        }
        for name, values in whole.items()
    }
    spectra = {name: spectrum(values)[: gauges[name]["dimensions"]] for name, values in whole.items()}
    return Answer(spectra, {**gauges, "verdict": verdict(len(images), **gauges), "pictures": len(images)})


def verdict(pictures: int, *, features: Mapping[str, float], embeddings: Mapping[str, float]) -> str:
    """What the gauges say, in a sentence for a person."""
    if pictures < FEW:
        return f"{pictures} pictures are too few to tell."
    points = [one["spread"] < POINT for one in (features, embeddings)]
    if all(points):
        return "All pictures land on nearly one point: collapsed."
    if points[1]:
        return "To the loss all pictures are nearly one point: collapsed. The features still tell some apart."
    if points[0]:
        return "The features of all pictures are nearly one point: collapsed."
    if embeddings["spread"] < CLOSE:
        return "Pictures lie close together, as they do with untrained weights."
    for name, one in (("features", features), ("embeddings", embeddings)):
        if one["effective_rank"] < FLAT:
            return f"The {name} differ in hardly more than one direction: partly collapsed (dimensional collapse)."
    rank, dimensions = features["effective_rank"], features["dimensions"]
    if pictures <= dimensions + 1:  # how many directions there are, so few pictures do not say
        return "Pictures are spread out: not collapsed."
    return f"Pictures are spread out in about {rank:.0f} of {dimensions} directions: not collapsed."


def trace_view(network: Representation, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """The effective rank of features and of embeddings, `values` (2,)."""
    ranks = [effective_rank(inputs["prepared"][name]) for name in ("features", "embeddings")]
    return Answer(
        {"values": torch.tensor(ranks)},
        {"names": ["Effective rank of features", "of embeddings"], "shares": False},
    )


COLLAPSE = View(
    name="collapse",
    title="Collapse",
    question="Has it collapsed?",
    about="The easiest way to call two views of a picture the same is to call all pictures the same. The chart shows "
    "how far test pictures lie apart in each direction of the features and of the embeddings that the loss sees: where "
    "they are spread evenly the line is flat at 1, and in a collapse it falls.",
    needs=Representation,
    painter="selfsupervised/collapse.js",
    parts={"collapse": Part(collapse_view, inputs=("test", "recipe"), prepare=prepared_collapse)},
    trace=Part(trace_view, inputs=("test",), prepare=prepared_collapse),
)
