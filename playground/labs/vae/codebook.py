"""What the codes of a VQ-VAE say: the grid that spells a picture, the book of all codes, and what the prior adds.

The prior gives each code a probability, so a coder needs -log2 p bits for it (Shannon, "A mathematical theory of
communication", 1948): what costs many bits surprises the prior.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from playground.data import ImageSpec, unit
from playground.labs.vae.vqvae import STRIDE, VQVAE, drawn
from playground.pictures import tiled
from playground.view import Answer, BadOption, Options, Part, View, option

MARGIN = STRIDE
"""Pixels around a code's own that are shown of its surroundings."""
DRAWN = 8
"""How many continuations are drawn."""


class Painted(Options):
    """The codes that were replaced by hand."""

    edits: str = option(
        "",
        "Codes painted over the picture's own, such as 3:17;12:99: a place, row by row from 0, and the number of the "
        "code there, from 0.",
        pattern=r"^(\d{1,3}:\d{1,4}(;|$))*$",
        max_length=2400,
    )

    def painted(self, network: VQVAE, indices: Tensor) -> Tensor:
        """The grid of `indices` (h, w) with the painted codes.

        Raises:
            BadOption: When there is no such place, or no such code.
        """
        codes, flat = len(network.codebook.codes), indices.flatten().clone()
        for pair in filter(None, self.edits.split(";")):
            place, code = map(int, pair.split(":"))
            if place >= len(flat) or code >= codes:
                raise BadOption(
                    f"There is no place {place} with a code {code}: places are 0 to {len(flat) - 1}, codes 0 to "
                    f"{codes - 1}."
                )
            flat[place] = code
        return flat.view_as(indices)


class Continued(Painted):
    """How the prior goes on."""

    rows: int = option(
        3, "Rows of codes that stay; the prior draws all others, from the top down.", label="Rows kept", ge=0, le=16
    )
    temperature: float = option(
        1.0,
        "Temperature: divides the prior's logits; below 1, likelier codes are drawn.",
        label="Temperature",
        ge=0.1,
        le=2,
        step=0.05,
    )
    seed: int = option(0, "The number that codes are drawn from.", label="Draw", ge=0, le=999_999, control="seed")


class Explored(Continued):
    """All that can be set."""

    brush: int = option(-1, "The code that is painted with; -1 is the one that is used most.", ge=-1, le=1023)


class Book(NamedTuple):
    """The codebook as test pictures use it.

    Attributes:
        counts: (K,), int32, how often each code was chosen.
        patches: (K, C, side, side), uint8, the mean of what was around the places that chose it; black where none did.
        pictures: How many were encoded.
    """

    counts: Tensor
    patches: Tensor
    pictures: int


@torch.no_grad()
def book_of(network: VQVAE, images: Tensor) -> Book:
    """The book of images (N, C, H, W), uint8."""
    indices = network.encode(unit(images)).flatten()  # (N * h * w,)
    codes, side = len(network.codebook.codes), STRIDE + 2 * MARGIN
    counts = torch.bincount(indices, minlength=codes)
    framed = F.pad(images.float(), [MARGIN] * 4, mode="replicate")
    windows = F.unfold(framed, side, stride=STRIDE).transpose(1, 2).flatten(0, 1)  # (N * h * w, C * side * side)
    sums = windows.new_zeros(codes, windows.shape[1]).index_add_(0, indices, windows)
    means = (sums / counts.clamp(min=1)[:, None]).round().to(torch.uint8)
    return Book(counts.to(torch.int32), means.view(codes, -1, side, side), len(images))


@torch.no_grad()
def spelled(network: VQVAE, picture: Tensor, options: Painted) -> Tensor:
    """The codes (h, w) of a picture (C, H, W), uint8, with those that were painted."""
    return options.painted(network, network.encode(unit(picture[None]))[0])


@torch.no_grad()
def spelled_view(network: VQVAE, spec: ImageSpec, options: Painted, inputs: Mapping[str, Any]) -> Answer:
    """A picture in codes.

    The answer has the `indices` (h, w), int32, what they decode to, `picture` (C, H, W), uint8, and what each costs
    given those before it, `bits` (h, w). The `error` is the mean squared one of pixels from 0 to 1; a place takes
    `most` bits where all of the `codes` are as likely.
    """
    indices = spelled(network, inputs["picture"], options)
    picture = drawn(network, indices[None])[0]
    codes = len(network.codebook.codes)
    error = (picture.float() - inputs["picture"].float()).div(255).square().mean()
    return Answer(
        {
            "indices": indices.to(torch.int32),
            "picture": picture,
            "bits": network.prior.each(indices.view(1, -1)).view_as(indices) / math.log(2),
        },
        {"error": float(error), "most": math.log2(codes), "codes": codes},
    )


def book_view(network: VQVAE, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """How often each code is used, `counts` (K,), and what it stands for, `patches` (K, C, side, side): see `Book`."""
    counts, patches, pictures = book_of(network, inputs["test"]["images"])
    entropy = torch.special.entr(counts / counts.sum()).sum()
    return Answer(
        {"counts": counts, "patches": patches},
        {
            "pictures": pictures,
            "used": int((counts > 0).sum()),
            "perplexity": float(entropy.exp()),
            "margin": MARGIN,
        },
    )


def continued_view(network: VQVAE, spec: ImageSpec, options: Continued, inputs: Mapping[str, Any]) -> Answer:
    """Pictures whose first rows of codes are given and whose others the prior draws, side by side in one `jpeg`.

    They have `rows` of the picture's own, at most all of the `side` that a grid of codes has.
    """
    rows = min(options.rows, network.side)
    kept = spelled(network, inputs["picture"], options)[:rows]
    rng = Generator().manual_seed(options.seed)
    grids = network.sample(DRAWN, rng, temperature=options.temperature, given=kept)
    return Answer({"jpeg": tiled(drawn(network, grids), DRAWN)}, {"rows": rows, "side": network.side, "drawn": DRAWN})


def trace_view(network: VQVAE, spec: ImageSpec, options: Painted, inputs: Mapping[str, Any]) -> Answer:
    """What a code of the picture costs through training, the mean over its places: `values` (1,), in bits."""
    bits = spelled_view(network, spec, options, inputs).tensors["bits"]
    return Answer({"values": bits.mean()[None]}, {"names": ["Bits a code"], "shares": False})


CODEBOOK = View(
    name="codebook",
    title="Codebook",
    question="What is a picture spelled in?",
    about="A VQ-VAE replaces each 4 × 4 pixels by the nearest code of a book. Choose a code in the book and paint with "
    "it; below, the prior keeps the first rows of codes and draws all others.",
    needs=VQVAE,
    painter="vae/codebook.js",
    options=Explored,
    parts={
        "spelled": Part(spelled_view, options=Painted, inputs=("picture",)),
        "book": Part(book_view, inputs=("test",)),
        "continued": Part(continued_view, options=Continued, inputs=("picture",)),
    },
    trace=Part(trace_view, options=Painted, inputs=("picture",)),
)
