"""What a transformer that never saw a label attends to: the vision lab's view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch

from playground.data import ImageSpec
from playground.labs.selfsupervised.dino import Dino
from playground.labs.vision.views import ATTENTION as VISION
from playground.view import Answer, Options, Part


def attention_view(network: Dino, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """The answer of the vision lab's view about the transformer inside, which names no classes."""
    return VISION.parts["attention"].answer(
        network.transformer, spec.model_copy(update={"classes": ()}), options, inputs
    )


def trace_view(network: Dino, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """To how many patches each head of the last block attends: `values` (heads,), exp of the entropy over patches.

    The query is the first token, which is the class token where there is one.
    """
    rows = attention_view(network, spec, options, inputs).tensors["rows"][-1, :, 0].float()  # (heads, T)
    patches = rows[:, -(network.transformer.grid**2) :]  # (heads, P)
    shares = patches / patches.sum(dim=1, keepdim=True).clamp(min=1)
    values = torch.special.entr(shares).sum(dim=1).exp()
    names = ["patches of head 1:", *(f"head {i + 1}:" for i in range(1, len(values)))]
    return Answer({"values": values}, {"names": names, "shares": False})


ATTENTION = replace(
    VISION,
    question="What does it attend to?",
    about="No label was ever seen. Without a query, each map shows to which patches the class token attends in a "
    "head more than uniform attention would. Move over the picture: the patch under the pointer is the query. Press to "
    "hold a patch; choose a map to lay it over the picture.",
    needs=Dino,
    parts={"attention": Part(attention_view, inputs=("picture",))},
    trace=Part(trace_view, inputs=("picture",)),
)
