"""What the answer of a classifier depends on: the picture is changed by hand, and the probabilities move.

Patches are covered, as in Zeiler & Fergus, "Visualizing and Understanding Convolutional Networks", 2014 (arXiv
1311.2901), section 4.2, or shuffled, as in Naseer et al., "Intriguing Properties of Vision Transformers", 2021 (arXiv
2105.10497), section 3.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import torch
from pydantic import field_validator
from torch import Generator, Tensor

from playground.data import ImageSpec, as_images, unit
from playground.labs.vision.classifier import Classifier
from playground.labs.vision.filters import first_convolution, patch_side
from playground.labs.vision.hub import GUESTS
from playground.labs.vision.positions import tells_places, without_places
from playground.patches import MOST, bits, checked, laid_over, tiling
from playground.view import Answer, Options, Part, View, option

FINEST = 32
"""Patches in a row, at most, where the network has patches of its own."""
USUAL = 8
"""The same, where it has none."""


class Change(Options):
    """What is done to the picture, and to the network."""

    change: Literal["cover", "shuffle"] = option(
        "cover",
        "Cover patches of the picture by hand, or put all of them into a random order.",
        label="Change",
        names={"cover": "cover patches", "shuffle": "shuffle patches"},
    )
    covered: str = option(
        "",
        "The covered patches: how many are in a row, a dash, and row by row a bit a patch, 1 where it is covered, as "
        "hexadecimal digits; empty where none is.",
        max_length=MOST,
    )
    fill: Literal["gray", "mean"] = option(
        "gray",
        "The color of covered patches: mid-gray, which is 0 for the network, or the mean color of the picture.",
        label="Fill",
        names={"gray": "mid-gray", "mean": "the picture's mean"},
    )
    grid: Literal[0, 2, 4, 8] = option(
        0,
        "How many patches are in a row: those of the network, or a number of your own; 7 where 8 do not tile.",
        label="Patches in a row",
        names={"0": "as the network has", "2": "2", "4": "4", "8": "8, or 7"},
    )
    seed: int = option(0, "The number that the order is drawn from.", label="Order", ge=0, le=999_999, control="seed")
    codes_off: bool = option(
        False,
        "Puts the mean in the place of all position codes, so that a transformer cannot tell places apart.",
        label="Position codes off",
    )

    _is_a_mask = field_validator("covered")(checked)


def grid_of(network: Classifier, spec: ImageSpec, wanted: int) -> int:
    """Patches in a row: as many as tile the picture, at most those `wanted`; 0 asks for the patches of the network."""
    if wanted:
        return tiling(spec.size, wanted)
    side = patch_side(first_convolution(network, spec.channels))
    own = getattr(network, "grid", None) or (spec.size // side if side else USUAL)
    return tiling(spec.size, min(own, FINEST))


def cover(image: Tensor, covered: Tensor, color: Tensor) -> Tensor:
    """An image (C, H, W) whose patches are a color (C,) where `covered` (grid, grid), bool, is True."""
    side = image.shape[1] // len(covered)
    pixels = covered.repeat_interleave(side, dim=0).repeat_interleave(side, dim=1)  # (H, W)
    return torch.where(pixels, color[:, None, None], image)


def shuffle(image: Tensor, order: Tensor) -> Tensor:
    """An image (C, H, W) whose patches stand in another order.

    Args:
        image: Its side is a multiple of the patches in a row.
        order: (grid * grid,); at place i, row by row, stands the patch of place `order[i]`.
    """
    channels, size, _ = image.shape
    grid = round(len(order) ** 0.5)
    side = size // grid
    patches = image.view(channels, grid, side, grid, side).permute(1, 3, 0, 2, 4).flatten(0, 1)  # (P, C, side, side)
    placed = patches[order].view(grid, grid, channels, side, side)
    return placed.permute(2, 0, 3, 1, 4).reshape(channels, size, size)


def order_of(grid: int, seed: int) -> Tensor:
    """A random order of the patches of a picture, (grid * grid,)."""
    return torch.randperm(grid**2, generator=Generator().manual_seed(seed))


def covered_of(options: Change, grid: int) -> Tensor:
    """The covered patches (grid, grid), bool; those of another grid are laid over this one."""
    if options.change != "cover" or not options.covered:
        return torch.zeros(grid, grid, dtype=torch.bool)
    return laid_over(bits(options.covered), grid)


def fill_of(image: Tensor, fill: str) -> Tensor:
    """The color (C,) that patches of an image (C, H, W) in [-1, 1] are covered with."""
    return image.mean(dim=(1, 2)) if fill == "mean" else image.new_zeros(len(image))


def changed(image: Tensor, options: Change, grid: int) -> Tensor:
    """An image (C, H, W) in [-1, 1] as the options change it."""
    if options.change == "shuffle":
        return shuffle(image, order_of(grid, options.seed))
    return cover(image, covered_of(options, grid), fill_of(image, options.fill))


def compared(network: Classifier, before: Tensor, after: Tensor, *, codes_off: bool) -> Tensor:
    """The probabilities (2, K) of the classes for an image (C, H, W) as it is, and as it was changed."""
    asked = without_places(network) if codes_off else network
    probabilities: Tensor = asked(torch.stack([before, after])).softmax(dim=1)  # (2, K)
    return probabilities


def what_if_view(network: Classifier, spec: ImageSpec, options: Change, inputs: Mapping[str, Any]) -> Answer:
    """A picture, what was made of it, and what the network says of both.

    Returns:
        The `picture` and the `altered` one, both (C, H, W), uint8; which patches are `covered` (grid, grid), 1 where
        one is, and their color `fill` (C,), uint8; and the probabilities of the classes, `before` and `after`, (K,).
        `moved` is how many patches the shuffle put elsewhere, `codes` whether the network has position codes.
    """
    grid = grid_of(network, spec, options.grid)
    before = unit(inputs["picture"])
    after = changed(before, options, grid)
    probabilities = compared(network, before, after, codes_off=options.codes_off)
    order = order_of(grid, options.seed) if options.change == "shuffle" else torch.arange(grid**2)
    return Answer(
        {
            "picture": inputs["picture"],
            "altered": as_images(after),
            "covered": covered_of(options, grid).to(torch.uint8),
            "fill": as_images(fill_of(before, options.fill)),
            "before": probabilities[0],
            "after": probabilities[1],
        },
        {
            "grid": grid,
            "classes": list(spec.classes),
            "moved": int((order != torch.arange(grid**2)).sum()),
            "codes": tells_places(network),
        },
    )


def trace_view(network: Classifier, spec: ImageSpec, options: Change, inputs: Mapping[str, Any]) -> Answer:
    """The probability of the class that is predicted for the unchanged picture: `values` (2,), without and with change.

    Both are drawn from 0 to 1, as `shares` are.
    """
    grid = grid_of(network, spec, options.grid)
    before = unit(inputs["picture"])
    probabilities = compared(network, before, changed(before, options, grid), codes_off=options.codes_off)
    values = probabilities[:, probabilities[0].argmax()]
    return Answer({"values": values}, {"names": ["Unchanged picture", "Changed picture"], "shares": True})


WHAT_IF = View(
    name="what-if",
    title="What if?",
    question="What does the answer depend on?",
    about="Cover patches by hand, or shuffle all of them, and the probabilities move. Under the time axis is that of "
    "the class predicted for the unchanged picture.",
    needs=Classifier,
    painter="vision/what-if.js",
    options=Change,
    parts={"changed": Part(what_if_view, options=Change, inputs=("picture",))},
    trace=Part(trace_view, options=Change, inputs=("picture",)),
    predicts=True,
    guests=GUESTS,
)
