"""The views of the style-transfer lab: round trips, and held-out images compared with the true drawings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import torch

from playground.data import ImageSpec, Split
from playground.labs.translation.compare import l1, translated
from playground.labs.translation.cyclegan import CycleGAN
from playground.labs.translation.domains import domains, paired
from playground.labs.translation.trip import MOST, distances, index_of, round_trip
from playground.metrics.ssim import ssim
from playground.pictures import tiled
from playground.view import Answer, Options, Part, View, option

SHOWN = 10
"""How many held-out pairs the sheet shows."""


class Trip(Options):
    """The direction: "ab", "ba", or "" for that from the image's own domain to the other."""

    direction: Literal["", "ab", "ba"] = option(
        "",
        "From which domain to which.",
        label="Direction",
        names={"": "as the picture asks", "ab": "A to B", "ba": "B to A"},
    )


class Direction(Options):
    """The direction of the translation."""

    direction: Literal["ab", "ba"] = option(
        "ab", "From which domain to which.", label="Direction", names={"ab": "A to B", "ba": "B to A"}
    )


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


def trace_view(network: CycleGAN, spec: ImageSpec, options: Trip, inputs: Mapping[str, Any]) -> Answer:
    """An image's cycle error, and its translation's distance from the true drawing where there is one: `values`."""
    answer = trip_view(network, spec, options, inputs)
    values = {"Cycle error (L1)": answer.words["cycle"]}
    if "translated" in answer.words:
        values["To the true drawing (L1)"] = answer.words["translated"]["l1"]
    return Answer({"values": torch.tensor(list(values.values()))}, {"names": list(values), "shares": False})


VIEWS = (
    View(
        name="trip",
        title="Round trip",
        question="What does it keep, what does it change?",
        about="A picture is translated to the other style or class, and back. Training is unpaired: no picture was "
        "seen in both. Held-out emoji are drawn in both styles, so that a translation can be compared with the true "
        "drawing.",
        needs=CycleGAN,
        painter="translation/trip.js",
        options=Trip,
        parts={"trip": Part(trip_view, options=Trip, inputs=("picture", "test"))},
        trace=Part(trace_view, options=Trip, inputs=("picture", "test")),
    ),
    View(
        name="sheet",
        title="Held-out pictures",
        question="How are held-out pictures translated?",
        about="Each source beside its translation and, for emoji, beside the true drawing.",
        needs=CycleGAN,
        painter="translation/sheet.js",
        options=Direction,
        parts={"sheet": Part(sheet_view, options=Direction, inputs=("test",), heavy=True)},
    ),
)
