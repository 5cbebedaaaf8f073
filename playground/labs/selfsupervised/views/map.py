"""The map of an encoder's features: where pictures land, and which land beside one's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from playground.data import ImageSpec
from playground.labs.selfsupervised.embedding import Map, mapped
from playground.labs.selfsupervised.representation import Encodes, embedded
from playground.sheets import sheet
from playground.view import Answer, Options, Part, View, option

NEAREST = 5
"""How many test pictures stand beside the visitor's."""
EXTENT = 2.5
"""The map shows the square from -EXTENT to EXTENT."""
VOTES = 20
PICTURES = 2000
"""On the map, at most."""


class Selected(Options):
    """What the painter keeps in the link."""

    selection: str = option("", "The test pictures that are selected, a bit each, in base64url.", max_length=400)


def prepared_map(network: Encodes, spec: ImageSpec, inputs: Mapping[str, Any]) -> Map:
    """The map of the test pictures, turned towards that of the snapshot before."""
    before = inputs["before"]
    return mapped(embedded(network, inputs["test"]["images"]), None if before is None else before.points)


def map_view(network: Encodes, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """Where the test pictures are: `points` (N, 2) with their `labels` (N,), all 0 where they have none."""
    chart, split = inputs["prepared"], inputs["test"]
    return Answer(
        {"points": chart.points, "labels": _labels(split)},
        {"explained_variance": chart.explained_variance, "extent": EXTENT},
    )


def place_view(network: Encodes, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """Where one picture is, `at` (2,), and the test pictures most like it to the encoder, nearest first.

    Returns:
        Their numbers `nearest` (NEAREST,) and cosines `similarity` (NEAREST,).
    """
    chart = inputs["prepared"]
    feature = embedded(network, inputs["picture"][None])
    cosines, nearest = _nearest(chart, feature, inputs, NEAREST)
    return Answer({"at": chart.place(feature)[0], "nearest": nearest.int(), "similarity": cosines})


def trace_view(network: Encodes, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """Of which classes the neighbors of a picture are: shares, `values` (K,), a neighbor counting by its similarity.

    There are none where there are no classes to tell apart, or no other picture.
    """
    chart, split = inputs["prepared"], inputs["test"]
    cosines, nearest = _nearest(chart, embedded(network, inputs["picture"][None]), inputs, VOTES)
    if len(spec.classes) < 2 or not len(nearest):
        return Answer({"values": torch.empty(0)}, {"names": [], "shares": True})
    votes = torch.zeros(len(spec.classes)).scatter_add_(0, split["labels"][nearest], (cosines / 0.1).exp())
    return Answer({"values": votes / votes.sum()}, {"names": list(spec.classes), "shares": True})


def _nearest(chart: Map, feature: Tensor, inputs: Mapping[str, Any], k: int) -> tuple[Tensor, Tensor]:
    """The cosines (k,) of the feature (1, F) of "picture" with those of the `k` nearest other pictures, and which.

    The picture itself does not count: the first pictures that a visitor is offered are on the map.
    """
    others = (inputs["test"]["images"] != inputs["picture"]).flatten(1).any(dim=1).nonzero()[:, 0]
    cosines, nearest = (F.normalize(feature, dim=1) @ chart.features[others].T)[0].topk(min(k, len(others)))
    return cosines, others[nearest]


def _labels(split: Any) -> Tensor:
    return split.columns.get("labels", torch.zeros(len(split))).int()


_MAP = ("test", "before")

MAP = View(
    name="map",
    title="Map",
    question="Where do pictures land?",
    about="Each dot is a test picture, where the encoder puts it; colors are classes, which the training never "
    "saw. Point at a dot to see its picture, or draw a line around some. Choose or draw a picture, and see it travel.",
    needs=Encodes,
    painter="selfsupervised/map.js",
    options=Selected,
    parts={
        "map": Part(map_view, inputs=_MAP, tests=PICTURES, prepare=prepared_map),
        "place": Part(place_view, inputs=("picture", *_MAP), tests=PICTURES, prepare=prepared_map),
        "sheet": sheet(PICTURES),
    },
    trace=Part(trace_view, inputs=("picture", *_MAP), tests=PICTURES, prepare=prepared_map),
)
