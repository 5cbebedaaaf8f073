"""The view of token merging: which patches a network takes for one, and what that costs and saves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from playground.data import ImageSpec, unit
from playground.flops import flops
from playground.labs.vision.merging import merging
from playground.labs.vision.vit import VisionTransformer
from playground.view import Answer, Options, Part, View, option

TESTED = 500
RATES = 8
"""How many rates are tried besides none."""
MOST = 98
"""The highest rate."""


class Rate(Options):
    """How much is merged."""

    merge: int = option(
        4, "How many patches each block merges into others.", label="Merged in each block (r)", ge=0, le=MOST, step=1
    )


class Merged(Rate):
    """The rate, and the block behind which one looks."""

    block: int = option(
        99, "The block, counted from 0, behind which the tokens are shown; the last one at most.", ge=0, le=99
    )


def merged_view(network: VisionTransformer, spec: ImageSpec, options: Rate, inputs: Mapping[str, Any]) -> Answer:
    """What becomes of one picture.

    Returns:
        `owners`, int32 (blocks, patches): behind each block, the token that a patch is part of; `probabilities` of the
        classes without and with merging, (2, K); and the words `share`, the arithmetic with merging as a share of that
        without.
    """
    images = unit(inputs["picture"][None])
    logits, owners = merging(network, images, options.merge)
    probabilities = torch.stack([network(images)[0], logits[0]]).softmax(dim=1)
    words = {"grid": network.grid, "size": network.image_size, "classes": list(spec.classes)}
    return Answer(
        {"owners": torch.stack([owner[0] for owner in owners]).int(), "probabilities": probabilities},
        words | {"share": share(network, images, options.merge)},
    )


def rates_view(network: VisionTransformer, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """What merging costs on test pictures: `rates` (R,), at each the `accuracy` (R,) and the `shares` of arithmetic."""
    split = inputs["test"]
    images, labels = unit(split["images"]), split["labels"]
    rates = torch.linspace(0, min(network.grid**2 // 2, MOST), RATES + 1).round().int().unique()
    accuracies = [float((merging(network, images, int(r))[0].argmax(dim=1) == labels).float().mean()) for r in rates]
    shares = [share(network, images[:1], int(r)) for r in rates]
    return Answer(
        {"rates": rates, "accuracy": torch.tensor(accuracies), "shares": torch.tensor(shares)}, {"n": len(split)}
    )


def trace_view(network: VisionTransformer, spec: ImageSpec, options: Rate, inputs: Mapping[str, Any]) -> Answer:
    """The probabilities of the classes with merging: `values` (K,)."""
    logits, _ = merging(network, unit(inputs["picture"][None]), options.merge)
    return Answer({"values": logits[0].softmax(dim=0)}, {"names": list(spec.classes), "shares": True})


def share(network: VisionTransformer, images: torch.Tensor, r: int) -> float:
    """The arithmetic with `r` patches merged in each block as a share of that without."""
    with torch.no_grad():
        return flops(lambda: merging(network, images, r)) / flops(lambda: network(images))


MERGING = View(
    name="merging",
    title="Token merging",
    question="Which patches are alike?",
    about="Each block takes the patches whose keys are most alike for one token, which the later blocks have to "
    "compute but once. A token is drawn in the mean color of its patches; move over one to see all of them.",
    needs=VisionTransformer,
    painter="vision/merged.js",
    options=Merged,
    parts={
        "merged": Part(merged_view, options=Rate, inputs=("picture",)),
        "rates": Part(rates_view, inputs=("test",), tests=TESTED, heavy=True),
    },
    trace=Part(trace_view, options=Rate, inputs=("picture",)),
)
