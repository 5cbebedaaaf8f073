"""The views of the style-transfer lab: round trips, and held-out images compared with the true drawings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import torch

from playground.data import ImageSpec, Split
from playground.labs.translation.compare import l1, ssim, translated
from playground.labs.translation.cyclegan import CycleGAN
from playground.labs.translation.domains import domains, paired
from playground.labs.translation.trip import MOST, distances, index_of, round_trip
from playground.pictures import tiled
from playground.view import Answer, Options, View

SHOWN = 10
"""How many held-out pairs the sheet shows."""


class Trip(Options):
    """The direction: "ab", "ba", or "" for that from the image's own domain to the other."""

    direction: Literal["", "ab", "ba"] = ""


class Direction(Options):
    """The direction of the translation."""

    direction: Literal["ab", "ba"] = "ab"


def trip_view(network: CycleGAN, spec: ImageSpec, options: Trip, inputs: Mapping[str, Any]) -> Answer:
    """An image translated and back.

    Returns:
        `source`, `translation` and `reconstruction` (C, H, W), the `heat` (3, H, W) of the cycle error, and `truth`
        where the image is a held-out drawing; all uint8.
    """
    image = inputs["picture"]
    domain, truth = counterpart(image, inputs["test"])
    start = domain or "a"
    direction = options.direction or start + ("b" if start == "a" else "a")
    trip = round_trip(network, image, direction)
    tensors = {
        "source": trip.source,
        "translation": trip.translation,
        "reconstruction": trip.reconstruction,
        "heat": trip.heat,
    }
    words: dict[str, Any] = {
        "direction": direction,
        "domain": domain,
        "most": MOST,
        "cycle": distances(trip.reconstruction, image)["l1"],
    }
    if truth is not None:
        truth = truth if direction[0] == domain else image  # an image in the target style already should stay
        tensors["truth"] = truth
        words |= {"translated": distances(trip.translation, truth), "untouched": distances(image, truth)}
    return Answer(tensors, words)


def counterpart(image: torch.Tensor, split: Split) -> tuple[str | None, torch.Tensor | None]:
    """Of a held-out image (C, H, W), its domain, "a" or "b", and the true drawing in the other one, if there is any."""
    a, b = domains(split)
    for domain, sources, targets in (("a", a, b), ("b", b, a)):
        index = index_of(image, sources)
        if index is not None:
            return domain, targets[index] if paired(split) else None
    return None, None


def sheet_view(network: CycleGAN, spec: ImageSpec, options: Direction, inputs: Mapping[str, Any]) -> Answer:
    """Some held-out images as a `jpeg` of columns, source and translation, and their means.

    Of pairs there is a third column, the true drawings, and the mean distances from them.
    """
    split = inputs["test"]
    a, b = domains(split)
    sources, truth = (a, b) if options.direction == "ab" else (b, a)
    rows = torch.linspace(0, len(sources) - 1, min(SHOWN, len(sources))).long()
    sources = sources[rows]
    translations = translated(network.generators(options.direction)[0], sources)
    columns, words = [sources, translations], {}
    if paired(split):
        columns.append(truth[rows])
        words["translated"] = mean_distances(translations, truth[rows])
        words["untouched"] = mean_distances(sources, truth[rows])
    names = [split.names[row] for row in rows] if paired(split) else [str(1 + int(row)) for row in rows]
    return Answer(
        {"jpeg": tiled(torch.stack(columns, dim=1).flatten(0, 1), len(columns))},
        {"names": names, "of": len(a if options.direction == "ab" else b), **words},
    )


def mean_distances(one: torch.Tensor, other: torch.Tensor) -> dict[str, float]:
    """The means of `l1` and `ssim` over two batches (N, C, H, W), uint8."""
    return {"l1": float(l1(one, other).mean()), "ssim": float(ssim(one, other).mean())}


VIEWS = (
    View(
        name="trip",
        question="What does it keep, what does it change?",
        needs=CycleGAN,
        options=Trip,
        inputs=("picture", "test"),
        answer=trip_view,
    ),
    View(
        name="sheet",
        question="How are held-out pictures translated?",
        needs=CycleGAN,
        options=Direction,
        inputs=("test",),
        answer=sheet_view,
        heavy=True,
    ),
)
