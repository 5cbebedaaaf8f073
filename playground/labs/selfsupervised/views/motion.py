"""What features of a clip tell of its motion: a linear probe, asked of the visitor's picture as it moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from playground.data import ClipSpec
from playground.data.motion import DIRECTIONS, SPEEDS
from playground.labs.selfsupervised.motion import CLASSES, FACTS, LABELED, embedded, fitted, supervised
from playground.labs.selfsupervised.representation import ClipEncoder
from playground.labs.selfsupervised.views.moving import Heading, moving
from playground.metrics.probes import Probe
from playground.view import Answer, Options, Part, View


@dataclass(frozen=True)
class Probed:
    """What was fitted to the features of one snapshot.

    Attributes:
        probes: One for the direction, one for the speed.
        confusion: Of each (K, K), int32: how many test clips of a class, the row, are named as another, the column.
    """

    probes: Mapping[str, Probe]
    confusion: Mapping[str, Tensor]


def prepared_motion(network: ClipEncoder, spec: ClipSpec, inputs: Mapping[str, Any]) -> Probed:
    """The probes of a snapshot, and what they name the test clips."""
    train, test = inputs["data"].train.first(LABELED), inputs["data"].test
    probes, features = fitted(network, train), embedded(network, test["clips"])
    confusion = {}
    for column, name in FACTS.items():
        k = CLASSES[name]
        pairs = k * test[column] + probes[name].named(features)
        confusion[name] = pairs.bincount(minlength=k * k).view(k, k).int()
    return Probed(probes, confusion)


def asked(network: ClipEncoder, clip: Tensor, probed: Probed) -> dict[str, Tensor]:
    """The probabilities of each direction (8,) and each speed (4,) of one clip (T, C, H, W), uint8."""
    features = embedded(network, clip[None])
    return {name: probed.probes[name].probabilities(features, classes=k)[0] for name, k in CLASSES.items()}


def clip_of(network: ClipEncoder, spec: ClipSpec, options: Heading, inputs: Mapping[str, Any]) -> Tensor:
    """What the network sees of the picture as it moves, (T, C, H, W), uint8; through the walls if it gets there."""
    return moving(inputs["picture"], options, bounce=False, frames=network.frames, size=spec.size)


def truth(options: Heading) -> dict[str, int]:
    """The number of the direction, and of the speed `nearest` to the one chosen, the lower one of two."""
    nearest = min(range(len(SPEEDS)), key=lambda i: abs(SPEEDS[i] - options.speed))
    return {"direction": DIRECTIONS.index(options.direction), "nearest": nearest}


def motion_view(network: ClipEncoder, spec: ClipSpec, options: Heading, inputs: Mapping[str, Any]) -> Answer:
    """What the probes say of the picture as it moves.

    Returns:
        The `clip` (T, C, H, W), uint8, that the network sees, and the probabilities of each `direction` (8,) and each
        `speed` (4,). The words have the `directions` and the `speeds` in pixels a frame, which `direction` it is by its
        number, and which of the speeds is the `nearest`.
    """
    clip = clip_of(network, spec, options, inputs)
    words = {"directions": list(DIRECTIONS), "speeds": list(SPEEDS), **truth(options)}
    return Answer({"clip": clip, **asked(network, clip, inputs["prepared"])}, words)


def known_view(network: ClipEncoder, spec: ClipSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """What the probes name the test clips: counts by truth and name, `directions` (8, 8) and `speeds` (4, 4), int32.

    Returns:
        And in words how many clips were `labeled` for the probes.
    """
    confusion, labeled = inputs["prepared"].confusion, min(LABELED, len(inputs["data"].train))
    return Answer({"directions": confusion["direction"], "speeds": confusion["speed"]}, {"labeled": labeled})


def supervised_view(network: ClipEncoder, spec: ClipSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """The words `direction`, `speed` and `command`, where a network like this one was trained on labels; else none."""
    known = supervised(network, inputs["data"])
    return Answer(words=known.model_dump(include={"direction", "speed", "command"}) if known else {})


def trace_view(network: ClipEncoder, spec: ClipSpec, options: Heading, inputs: Mapping[str, Any]) -> Answer:
    """The probabilities of the direction that it moves in, and of the speed nearest to its own: `values` (2,)."""
    said = asked(network, clip_of(network, spec, options, inputs), inputs["prepared"])
    direction, nearest = truth(options).values()
    names = [DIRECTIONS[direction], f"{SPEEDS[nearest]:g} pixels a frame"]
    values = torch.stack([said["direction"][direction], said["speed"][nearest]])
    return Answer({"values": values}, {"names": names, "shares": True})


MOTION = View(
    name="motion",
    title="Motion",
    question="Which way does it move?",
    about="Linear probes read direction and speed off the features of the frames that the network sees; it learned "
    "without knowing either. Turn the compass, change the speed, and follow through the training what can be read off.",
    needs=ClipEncoder,
    painter="selfsupervised/motion.js",
    options=Heading,
    kinds=("clips",),
    parts={
        "motion": Part(motion_view, options=Heading, inputs=("picture", "data"), prepare=prepared_motion, heavy=True),
        "known": Part(known_view, inputs=("data",), prepare=prepared_motion, heavy=True),
        "supervised": Part(supervised_view, inputs=("data",)),
    },
    trace=Part(trace_view, options=Heading, inputs=("picture", "data"), prepare=prepared_motion, heavy=True),
)
