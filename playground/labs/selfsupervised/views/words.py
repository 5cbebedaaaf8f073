"""Words and pictures: which pictures some words mean, and which of them a picture means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from playground.data import ImageSpec
from playground.labs.selfsupervised.imagetext import ImageText
from playground.labs.selfsupervised.search import PROMPTS, Gallery, evidence, gallery, prompts, unread
from playground.view import Answer, Options, Part, View, option

FOUND, NAMES, GRID = 12, 5, 8
"""Pictures for each prompt, names for a picture, and squares in a row that are covered one at a time."""


class Prompts(Options):
    """What is looked for."""

    words: str = option(
        "cat, red heart, smiling face, flag",
        "Up to eight prompts, separated by commas; they are also the classes that the picture is sorted into.",
        label="Words",
    )


class Search(Prompts):
    """What is looked for, and among what."""

    held_out: bool = option(False, "Only pictures that the training never saw.", label="Test pictures only")


class Words(Search):
    """All that can be set."""

    which: int = option(
        0,
        "The number of the prompt whose evidence in the picture is drawn; 0 is the most probable one.",
        label="Evidence for prompt",
        ge=0,
        le=PROMPTS,
        step=1,
    )


def prepared_gallery(network: ImageText, spec: ImageSpec, inputs: Mapping[str, Any]) -> Gallery:
    """Everything that can be found, embedded once."""
    return gallery(network, inputs["data"])


def found_view(network: ImageText, spec: ImageSpec, options: Search, inputs: Mapping[str, Any]) -> Answer:
    """The pictures most similar to each of P prompts, best first.

    Returns:
        `images` (P, K, C, H, W), uint8, K being `FOUND` or all there are, and the cosines of all of them with all
        prompts, `cosines` (P, P, K): of prompt i with the pictures found for prompt j at (i, j). In words the
        `prompts`, the `names` of the pictures, how many prompts were left out, and the words that no training caption
        has.
    """
    shelf: Gallery = inputs["prepared"]
    asked, more = prompts(options.words)
    about = {"prompts": asked, "more": more, "unread": unread(asked, shelf.read), "size": spec.size}
    if not asked:
        return Answer({}, {**about, "names": [], "among": 0})
    rows = shelf.held_out.nonzero()[:, 0] if options.held_out else torch.arange(len(shelf.names))
    cosines = network.words(asked) @ shelf.embeddings[rows].T  # (P, N)
    best = cosines.topk(min(FOUND, len(rows)), dim=1).indices  # (P, K)
    names = [[shelf.names[i] for i in each] for each in rows[best].tolist()]
    return Answer(
        {"images": shelf.images[rows[best]], "cosines": cosines[:, best]},
        {**about, "names": names, "among": len(rows)},
    )


def picture_view(network: ImageText, spec: ImageSpec, options: Prompts, inputs: Mapping[str, Any]) -> Answer:
    """What a picture means.

    Returns:
        The `image` (C, H, W), uint8; the cosines `similarity` of the `NAMES` best names, which are `names` in words; of
        P prompts the `probabilities`, as below, and the `evidence` (P, GRID, GRID), see `search.evidence`.
    """
    shelf: Gallery = inputs["prepared"]
    image, (asked, _) = inputs["picture"], prompts(options.words)
    similarity, best = (network.pictures(image[None]) @ shelf.texts.T)[0].topk(min(NAMES, len(shelf.names)))
    tensors = {"image": image, "similarity": similarity, "probabilities": probabilities(network, image, asked)}
    if asked:
        tensors["evidence"] = evidence(network, image, network.words(asked), grid=min(GRID, spec.size))
    return Answer(tensors, {"prompts": asked, "names": [shelf.names[i] for i in best.tolist()]})


def trace_view(network: ImageText, spec: ImageSpec, options: Prompts, inputs: Mapping[str, Any]) -> Answer:
    """The probability of each prompt for the picture: shares, `values` (P,); see `probabilities`."""
    asked, _ = prompts(options.words)
    values = probabilities(network, inputs["picture"], asked)
    return Answer({"values": values}, {"names": asked[: len(values)], "shares": True})


def probabilities(network: ImageText, image: Tensor, asked: list[str]) -> Tensor:
    """Zero-shot classification of an image (C, H, W), uint8: how probable each of P prompts is, (P,).

    Where the loss was SigLIP's each prompt is a yes or no of its own (Zhai et al., 2023, arXiv 2303.15343, section
    3.2). Else it is the softmax over the logits (Radford et al., CLIP, 2021, arXiv 2103.00020, section 3.1.2), which
    says nothing of a single prompt: there are none then.
    """
    if len(asked) < (2 if network.bias is None else 1):
        return torch.empty(0)
    logits = network.logits(network.words(asked) @ network.pictures(image[None])[0])  # (P,)
    return logits.softmax(dim=0) if network.bias is None else logits.sigmoid()


WORDS = View(
    name="words",
    title="Words",
    question="Which picture do these words mean?",
    about="Type words, with commas between them: a row for each, the most similar pictures first. The picture on the "
    "stage is sorted into the same words as classes, though it was trained for none (zero-shot).",
    needs=ImageText,
    painter="selfsupervised/words.js",
    options=Words,
    parts={
        "found": Part(found_view, options=Search, inputs=("data",), prepare=prepared_gallery),
        "picture": Part(picture_view, options=Prompts, inputs=("picture", "data"), prepare=prepared_gallery),
    },
    trace=Part(trace_view, options=Prompts, inputs=("picture",)),
)
