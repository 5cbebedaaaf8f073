"""The view of who is asked: each patch in the color of its expert, and what each expert is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from playground.data import ImageSpec, unit
from playground.labs.frontiers.experts.asked import Asked, Chosen, Highlighted, load_view
from playground.labs.frontiers.experts.network import routed
from playground.labs.frontiers.experts.transformer import MoeTransformer
from playground.labs.vision.overlay import Overlay
from playground.view import Answer, Options, Part, View

PATCHES = 8
"""Of an expert, how many patches are shown."""
AT_ONCE = 200
"""Pictures that are routed together."""


def asked(network: MoeTransformer, images: Tensor) -> tuple[Tensor, Asked]:
    """The logits (N, K) of images (N, C, H, W), normalized as in training, and where their patches go."""
    chunks = [routed(network, chunk) for chunk in images.split(AT_ONCE)]
    found = Asked.of([(len(logits), routings) for logits, routings in chunks], network.prefix)
    return torch.cat([logits for logits, _ in chunks]), found


def routed_view(network: MoeTransformer, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """Where the patches of one picture go.

    Returns:
        `chosen`, int32, and `gates` (R, P, top), and the `probabilities` of the classes (K,); the words say the
        `grid`, the picture's `size`, the number of `experts`, and which `blocks`, counted from 1, have them.
    """
    logits, found = asked(network, unit(inputs["picture"][None]))
    words = {"grid": network.grid, "size": network.image_size, "classes": list(spec.classes)}
    return Answer(
        {"chosen": found.chosen[:, 0].int(), "gates": found.gates[:, 0], "probabilities": logits[0].softmax(dim=0)},
        words | {"experts": found.probabilities.shape[-1], "blocks": network.mixed},
    )


def prepared(network: MoeTransformer, spec: ImageSpec, inputs: Mapping[str, Any]) -> Asked:
    """Where the patches of test pictures go."""
    return asked(network, unit(inputs["test"]["images"]))[1]


def experts_view(network: MoeTransformer, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """What each expert is asked for, over N test pictures.

    Returns:
        `load` (R, experts), shares that sum to 1; `places` (R, experts, grid, grid), which share of the patches at a
        place goes to an expert; `classes` (R, experts, K), the load by the class that it comes from;
        `patches` (R, experts, PATCHES, C, p, p), uint8, those that a router is surest of, each from another picture,
        and `shown`, int32 (R, experts), how many of them there are.
    """
    images, labels, found = inputs["test"]["images"], inputs["test"]["labels"], inputs["prepared"]
    shares = found.shares  # (R, N, P, E)
    load = shares.mean(dim=(1, 2))  # (R, E)
    patches, shown = surest(found, cut(images, network.patch_size))
    return Answer(
        {
            "load": load,
            "places": shares.mean(dim=1).transpose(1, 2).unflatten(2, (network.grid, network.grid)),
            "classes": found.by_label(labels, len(spec.classes)),
            "patches": patches,
            "shown": shown.int(),
        },
        {"n": len(images), "names": list(spec.classes)},
    )


def cut(images: Tensor, size: int) -> Tensor:
    """Images (N, C, H, W) as their patches (N, P, C, size, size), row by row."""
    patches = images.unfold(2, size, size).unfold(3, size, size)  # (N, C, rows, columns, size, size)
    return patches.permute(0, 2, 3, 1, 4, 5).flatten(1, 2)


def surest(found: Asked, patches: Tensor) -> tuple[Tensor, Tensor]:
    """Of all `patches` (N, P, C, p, p) those that each expert is the likeliest choice for, one a picture at most.

    Patches of a single color are left out: a picture's background looks the same everywhere.

    Returns:
        (R, experts, PATCHES, C, p, p), black where an expert is asked for fewer, and how many there are, (R, experts).
    """
    plain = (patches == patches[..., :1, :1]).flatten(2).all(dim=2)  # (N, P)
    first = F.one_hot(found.chosen[..., 0], found.probabilities.shape[-1]).bool() & ~plain[..., None]  # (R, N, P, E)
    likely = found.probabilities.masked_fill(~first, -1)
    best, place = likely.max(dim=2)  # (R, N, E)
    values, rows = best.topk(min(PATCHES, best.shape[1]), dim=1)  # (R, k, E)
    places = place.gather(1, rows)  # (R, k, E)
    taken = patches[rows, places].transpose(1, 2)  # (R, E, k, C, p, p)
    asked = (values >= 0).transpose(1, 2)  # (R, E, k)
    result = patches.new_zeros(*taken.shape[:2], PATCHES, *taken.shape[3:])
    result[:, :, : taken.shape[2]] = taken * asked[..., None, None, None]
    return result, asked.sum(dim=2)


class Routed(Highlighted, Overlay):
    """What is brought out, over which form of the picture."""


EXPERTS = View(
    name="experts",
    title="Experts",
    question="Who is asked?",
    about="A router sends each patch to the expert that it finds fittest, whose color it has here. Choose an expert to "
    "see which of the picture’s patches it is asked for.",
    needs=MoeTransformer,
    painter="frontiers/experts/routed.js",
    options=Routed,
    parts={
        "routed": Part(routed_view, inputs=("picture",)),
        "experts": Part(experts_view, inputs=("test",), tests=500, prepare=prepared, ambiguous=("patches",)),
    },
    trace=Part(load_view, options=Chosen, inputs=("test",), tests=500, prepare=prepared),
)
