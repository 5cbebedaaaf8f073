"""The views of the self-supervised lab: what counts as the same, and where pictures land."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from playground.data import ImageSpec
from playground.labs.selfsupervised.augment import Augmentation
from playground.labs.selfsupervised.contrast import similarities
from playground.labs.selfsupervised.embedding import Map, mapped
from playground.labs.selfsupervised.representation import Representation, embedded
from playground.pictures import tiled
from playground.view import Answer, Options, Part, View, option

DRAWN = 8
"""How many views are drawn of each of two pictures."""
NEAREST = 5
"""How many test pictures stand beside the visitor's."""
COLUMNS = 32
"""Pictures in a row of the sheet that all test pictures are on."""
EXTENT = 2.5
"""The map shows the square from -EXTENT to EXTENT."""
VOTES = 20


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


def prepared_map(network: Representation, spec: ImageSpec, inputs: Mapping[str, Any]) -> Map:
    """The map of the test pictures, turned towards that of the snapshot before."""
    before = inputs["before"]
    return mapped(embedded(network, inputs["test"]["images"]), None if before is None else before.points)


def map_view(network: Representation, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """Where the test pictures are: `points` (N, 2) with their `labels` (N,), all 0 where they have none."""
    chart, split = inputs["prepared"], inputs["test"]
    return Answer(
        {"points": chart.points, "labels": _labels(split)},
        {"explained_variance": chart.explained_variance, "extent": EXTENT},
    )


def place_view(network: Representation, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """Where one picture is, `at` (2,), and the test pictures most like it to the encoder, nearest first.

    Returns:
        Their numbers `nearest` (NEAREST,) and cosines `similarity` (NEAREST,).
    """
    chart = inputs["prepared"]
    feature = embedded(network, inputs["picture"][None])
    cosines, nearest = _cosines(chart, feature).topk(min(NEAREST, len(chart.features)))
    return Answer({"at": chart.place(feature)[0], "nearest": nearest.int(), "similarity": cosines})


def sheet_view(network: Representation, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """All test pictures on one sheet, a `jpeg` with `columns` of them in a row."""
    images = inputs["test"]["images"]
    return Answer({"jpeg": tiled(images, COLUMNS)}, {"columns": COLUMNS, "size": spec.size})


def trace_view(network: Representation, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """Of which classes the neighbors of a picture are: shares, `values` (K,), a neighbor counting by its similarity."""
    chart, split = inputs["prepared"], inputs["test"]
    if not spec.classes:
        return Answer({"values": torch.empty(0)}, {"names": [], "shares": True})
    cosines, nearest = _cosines(chart, embedded(network, inputs["picture"][None])).topk(min(VOTES, len(split)))
    votes = torch.zeros(len(spec.classes)).scatter_add_(0, split["labels"][nearest], (cosines / 0.1).exp())
    return Answer({"values": votes / votes.sum()}, {"names": list(spec.classes), "shares": True})


def _cosines(chart: Map, feature: Tensor) -> Tensor:
    """The similarity of one feature (1, F) to those of all pictures on the map, (N,)."""
    return (F.normalize(feature, dim=1) @ chart.features.T)[0]


def _labels(split: Any) -> Tensor:
    return split.columns.get("labels", torch.zeros(len(split))).int()


_MAP = ("test", "before")

VIEWS = (
    View(
        name="map",
        title="Map",
        question="Where do pictures land?",
        about="Each dot is a test picture, where the encoder puts it; colors are classes, which the training never "
        "saw. Point at a dot to see its picture. Choose or draw one of your own, and see it travel.",
        needs=Representation,
        painter="selfsupervised/map.js",
        parts={
            "map": Part(map_view, inputs=_MAP, prepare=prepared_map),
            "place": Part(place_view, inputs=("picture", *_MAP), prepare=prepared_map),
            "sheet": Part(sheet_view, inputs=("test",)),
        },
        trace=Part(trace_view, inputs=("picture", *_MAP), prepare=prepared_map),
    ),
    View(
        name="same",
        title="Augmentations",
        question="What counts as the same?",
        about="Eight random views of the picture, and eight of another one: the training asks for embeddings that are "
        "similar within a picture and not across. Yellow squares are pairs that the network finds alike.",
        needs=Representation,
        painter="selfsupervised/same.js",
        options=Same,
        parts={"same": Part(same_view, options=Same, inputs=("picture", "test"))},
    ),
)
