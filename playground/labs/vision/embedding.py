"""What the first layer of a classifier knows: the filters that read the pixels, and the codes of places.

Dosovitskiy et al., "An Image is Worth 16x16 Words", 2020 (arXiv 2010.11929), figure 7: left, the principal components
of the patch embedding; center, the cosine similarity of position codes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

import torch
from torch import Tensor

from playground.data import ImageSpec
from playground.labs.vision.classifier import Classifier
from playground.labs.vision.filters import filters_of, first_convolution, patch_side, principal_components
from playground.labs.vision.hub import GUESTS
from playground.labs.vision.positions import learned, neighbors_similarity, position_codes, similarity, tells_places
from playground.labs.vision.vit import VisionTransformer
from playground.view import Answer, Options, Part, View, option

COMPARED = 16
"""Places in a row, at most, whose codes are compared; of more, every second, third ... one is."""
COMPONENTS = 28
"""Principal components, at most, as in figure 7."""
FILTERS = 64
"""Filters, at most, that are shown as they are."""


class Filters(Options):
    """How the first filters are shown."""

    raw: bool = option(
        False,
        "Shows the filters of a patch embedding one by one, not their principal components.",
        label="Filters one by one",
    )


class Explored(Filters):
    """The filters, and the place whose code is compared."""

    place: int = option(
        -1, "The patch whose position code is compared, row by row from 0; -1 is one in the middle.", ge=-1, le=9999
    )


def embedding_view(network: Classifier, spec: ImageSpec, options: Filters, inputs: Mapping[str, Any]) -> Answer:
    """The codes of places and the filters of the first convolution.

    Returns:
        The `similarity` (P, P) of the position codes of `grid` by `grid` places, of which `every` how many-th one is
        compared; of a patch embedding the principal `components` (n, C, k, k) of its filters and the share of the
        variance of each, `explained` (n,); of other first layers, or if it is wanted `raw`, the `filters` (n, C, k, k)
        themselves, the first ones of `count`. What there is none of, or is not shown, is empty. The words also say
        whether the codes are `learned`, the side of the `patch` that is embedded, if one is, and from what the network
        knows `places`: "codes" that are added, "rotary" ones, its "layers", or "nothing", as attention alone.
    """
    codes = position_codes(network)
    convolution = first_convolution(network, spec.channels)
    patch = patch_side(convolution)
    filters = torch.empty(0, spec.channels, 1, 1) if convolution is None else filters_of(convolution)
    count = len(filters)
    components, explained = filters[:0], torch.empty(0)
    if patch and not options.raw:
        components, explained = principal_components(filters, COMPONENTS)
        filters = filters[:0]
    thinned, every = thin(codes) if codes is not None else (torch.empty(0, 1), 1)
    return Answer(
        {
            "similarity": similarity(thinned),
            "filters": filters[:FILTERS],
            "components": components,
            "explained": explained,
        },
        {
            "grid": math.isqrt(len(thinned)),
            "every": every,
            "learned": learned(network),
            "patch": patch,
            "count": count,
            "places": knows_places(network),
        },
    )


def knows_places(network: Classifier) -> Literal["codes", "rotary", "layers", "nothing"]:
    """From what a network knows where a patch lies."""
    if position_codes(network) is not None:
        return "codes"
    if tells_places(network):
        return "rotary"
    return "nothing" if isinstance(network, VisionTransformer) else "layers"


def thin(codes: Tensor) -> tuple[Tensor, int]:
    """Codes (grid * grid, width) of every n-th row and column, at most `COMPARED` of each; and n."""
    grid = math.isqrt(len(codes))
    every = math.ceil(grid / COMPARED)
    return codes.unflatten(0, (grid, grid))[::every, ::every].flatten(0, 1), every


def trace_view(network: Classifier, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """How alike the position codes of neighbors are, `values` (1,), a mean cosine; none where there are no codes."""
    codes = position_codes(network)
    if codes is None or len(codes) < 2:
        return Answer({"values": torch.empty(0)}, {"names": [], "shares": False})
    names = ["Cosine of neighbors' position codes"]
    return Answer({"values": torch.tensor([neighbors_similarity(codes)])}, {"names": names, "shares": False})


EMBEDDING = View(
    name="embedding",
    title="Embedding",
    question="What does it know of places and edges?",
    about="Move over the map: how alike is the position code under the pointer to all others? Beside it are the first "
    "filters, which read the pixels.",
    needs=Classifier,
    painter="vision/embedding.js",
    options=Explored,
    parts={"embedding": Part(embedding_view, options=Filters, ambiguous=("components",))},
    trace=Part(trace_view),
    guests=GUESTS,
)
