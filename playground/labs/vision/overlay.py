"""What the views share that lay something over the picture on the stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from playground.data import ImageSpec, unit
from playground.labs.vision.classifier import Classifier
from playground.view import Answer, Options, Part, option


class Overlay(Options):
    """How a map is laid over the picture."""

    strength: float = option(
        0.8, "How strongly the map covers the picture.", label="Map over picture", ge=0, le=1, step=0.05
    )
    seen: Literal["network", "original"] = option(
        "network",
        "What lies under the map: your picture as the network takes it, or as you brought it, cut to its square.",
        label="Picture",
        names={"network": "the network's", "original": "as brought"},
    )


def trace_view(network: Classifier, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """The probabilities of the classes: `values` (K,)."""
    probabilities = network(unit(inputs["picture"][None]))[0].softmax(dim=0)
    return Answer({"values": probabilities}, {"names": list(spec.classes), "shares": True})


TRACE = Part(trace_view, inputs=("picture",))
