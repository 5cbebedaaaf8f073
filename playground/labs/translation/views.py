"""The views of the style-transfer lab: a picture there and back, and held-out pictures beside the true drawings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import torch

from playground.data import ImageSpec, Split
from playground.labs.translation.compare import l1, ssim, translated
from playground.labs.translation.cyclegan import CycleGAN
from playground.labs.translation.trip import MOST, near, place, there_and_back
from playground.pictures import tiled
from playground.view import Answer, Options, View

SHOWN = 10
"""How many held-out pairs the sheet shows."""


class Trip(Options):
    """Which way: "ab", "ba", or "" for the way that leads out of the picture's own domain."""

    direction: Literal["", "ab", "ba"] = ""


class Direction(Options):
    """Which way."""

    direction: Literal["ab", "ba"] = "ab"


def trip_view(network: CycleGAN, spec: ImageSpec, options: Trip, inputs: Mapping[str, Any]) -> Answer:
    """A picture there and back.

    Returns:
        `given`, `across` and `back` (C, H, W), the `heat` (3, H, W) of the cycle's error, and `truth` where the picture
        is a held-out drawing; all uint8.
    """
    image = inputs["picture"]
    domain, truth = known(image, inputs["test"])
    away = domain or "a"
    direction = options.direction or away + ("b" if away == "a" else "a")
    trip = there_and_back(network, image, direction)
    tensors = {"given": trip.given, "across": trip.across, "back": trip.back, "heat": trip.heat}
    words: dict[str, Any] = {
        "direction": direction,
        "domain": domain,
        "most": MOST,
        "cycle": near(trip.back, image)["l1"],
    }
    if truth is not None:
        truth = truth if direction[0] == domain else image  # what is in the right style already shall stay
        tensors["truth"] = truth
        words |= {"translated": near(trip.across, truth), "untouched": near(image, truth)}
    return Answer(tensors, words)


def known(image: torch.Tensor, pairs: Split) -> tuple[str | None, torch.Tensor | None]:
    """Of a held-out drawing (C, H, W), its domain, "a" or "b", and the true drawing in the other one."""
    if "others" not in pairs.columns:
        return None, None
    for domain, mine, theirs in (("a", pairs["images"], pairs["others"]), ("b", pairs["others"], pairs["images"])):
        at = place(image, mine)
        if at is not None:
            return domain, theirs[at]
    return None, None


def sheet_view(network: CycleGAN, spec: ImageSpec, options: Direction, inputs: Mapping[str, Any]) -> Answer:
    """Some held-out pairs as a `jpeg` of three columns, given, translated and true, and the means over them."""
    pairs = inputs["test"]
    some = pairs.at(torch.linspace(0, len(pairs) - 1, SHOWN).long())
    given, truth = (some["images"], some["others"]) if options.direction == "ab" else (some["others"], some["images"])
    across = translated(network.way(options.direction)[0], given)
    rows = torch.stack([given, across, truth], dim=1).flatten(0, 1)
    return Answer(
        {"jpeg": tiled(rows, 3)},
        {
            "names": list(some.names),
            "of": len(pairs),
            "translated": {"l1": float(l1(across, truth).mean()), "ssim": float(ssim(across, truth).mean())},
            "untouched": {"l1": float(l1(given, truth).mean()), "ssim": float(ssim(given, truth).mean())},
        },
    )


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
        question="How close does it come to what it never saw?",
        needs=CycleGAN,
        options=Direction,
        inputs=("test",),
        answer=sheet_view,
        heavy=True,
    ),
)
