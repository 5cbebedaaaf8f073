"""Painting the mask: which patches are hidden, and what a masked autoencoder makes of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from pydantic import field_validator
from torch import Generator, Tensor

from playground.data import ImageSpec, as_images, unit
from playground.labs.selfsupervised.mae import MaskedAutoencoder, random_mask, shown_mask
from playground.labs.selfsupervised.representation import embedded
from playground.metrics.representations import knn_accuracy
from playground.patches import MOST, bits, checked, laid_over
from playground.view import Answer, Options, Part, View, option

RATIOS = (0.0, 0.25, 0.5, 0.75, 0.9)
"""How much is masked where classes are asked for."""
ASKED = 0.3
"""The part of the test pictures that are asked for; the others are those that neighbors are among."""


class Mask(Options):
    """Which patches are hidden: those of `mask`, or where it is empty a share of all, at random."""

    mask: str = option(
        "",
        "The painted mask: how many patches are in a row, a dash, and row by row a bit a patch, 1 where it is hidden, "
        "as hexadecimal digits; what is empty is drawn at random.",
        max_length=MOST,
    )
    ratio: float = option(
        0.75,
        "Mask ratio: the part of the patches that is hidden at random.",
        label="Random mask ratio",
        ge=0,
        le=1,
        step=0.05,
    )
    seed: int = option(0, "The number that they are drawn from.", label="Draw", ge=0, le=999_999, control="seed")

    _is_a_mask = field_validator("mask")(checked)


class Painted(Mask):
    """The mask, and what is shown in the place of visible patches."""

    everywhere: bool = option(
        False,
        "Shows what the decoder makes of visible patches, too; the loss leaves it out.",
        label="Visible patches, too",
    )


def mask_of(options: Mask, grid: int) -> Tensor:
    """The mask of `grid` patches in a row, (1, grid ** 2), bool, True where one is hidden.

    A painted one that has other patches is laid over these: what lies at a patch's center decides.
    """
    if not options.mask:
        return random_mask(1, grid**2, ratio=options.ratio, rng=Generator().manual_seed(options.seed))
    return laid_over(bits(options.mask), grid).view(1, grid**2)


def mask_view(network: MaskedAutoencoder, spec: ImageSpec, options: Mask, inputs: Mapping[str, Any]) -> Answer:
    """What the network makes of a picture whose masked patches are hidden from its encoder.

    Returns:
        The `picture` and its `reconstruction`, both (C, H, W), uint8, the latter all as the decoder gives it; `masked`
        (grid, grid), 1 where a patch is hidden; and the squared `error` of pixels from 0 to 1, a mean over channels,
        (H, W). Its means are `masked_mse` on hidden patches and `visible_mse` on the others, null where there are none.
    """
    encoder, picture = network.encoder, inputs["picture"]
    masked = mask_of(options, encoder.grid)
    images = unit(picture[None])
    guess = network.reconstructed(images, masked)
    error = ((guess - images) / 2).square().mean(dim=1)[0]  # (H, W)
    where = shown_mask(masked, encoder.patch_size)[0, 0]
    return Answer(
        {
            "picture": picture,
            "reconstruction": as_images(guess[0]),
            "masked": masked.view(encoder.grid, encoder.grid).to(torch.uint8),
            "error": error,
        },
        {"masked_mse": float(error[where].mean()), "visible_mse": float(error[~where].mean())},
    )


def trace_view(network: MaskedAutoencoder, spec: ImageSpec, options: Mask, inputs: Mapping[str, Any]) -> Answer:
    """The error on the hidden patches of the picture, `values` (1,); none where nothing is hidden."""
    error = mask_view(network, spec, options, inputs).words["masked_mse"]
    known = not math.isnan(error)
    return Answer(
        {"values": torch.tensor([error] if known else [])},
        {"names": ["Masked MSE"] if known else [], "shares": False},
    )


def probe_view(network: MaskedAutoencoder, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """How often neighbors name the class of a picture that is seen in part: `accuracy` (len(RATIOS),), by `RATIOS`.

    Its features are the mean of its visible patches; its neighbors, `bank` other test pictures, are seen whole. Without
    two classes there is nothing to name, and `accuracy` is empty.
    """
    test, grid, rng = inputs["test"], network.encoder.grid, Generator().manual_seed(0)
    split = test.at(torch.randperm(len(test), generator=rng))  # some data sets are sorted by class
    asked = max(1, round(ASKED * len(split)))
    images, labels = split["images"], split.columns.get("labels")
    words = {"ratios": list(RATIOS), "asked": asked, "bank": len(split) - asked}
    if len(spec.classes) < 2 or labels is None or asked == len(split):
        return Answer({"accuracy": torch.empty(0)}, words)
    bank, queries = embedded(network, images[asked:]), unit(images[:asked])
    accuracy = []
    for ratio in RATIOS:
        tokens, _ = network.encoded(queries, random_mask(asked, grid**2, ratio=ratio, rng=rng))  # (asked, V, width)
        accuracy.append(knn_accuracy(bank, labels[asked:], tokens.mean(dim=1), labels[:asked]))
    return Answer({"accuracy": torch.tensor(accuracy)}, words)


MASK = View(
    name="mask",
    title="Mask",
    question="What does it make of what it cannot see?",
    about="The encoder sees the patches that are not gray, and the decoder fills in the rest. Press or drag to mask "
    "patches, and again to show them; with the keyboard, move with the arrow keys and press Space.",
    needs=MaskedAutoencoder,
    painter="selfsupervised/mask.js",
    options=Painted,
    parts={
        "mask": Part(mask_view, options=Mask, inputs=("picture",)),
        "probe": Part(probe_view, inputs=("test",), heavy=True),
    },
    trace=Part(trace_view, options=Mask, inputs=("picture",)),
)
