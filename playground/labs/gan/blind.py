"""A blind test of eyes: a real picture and a generated one; which is which?

Zhou et al., "HYPE: A Benchmark for Human eYe Perceptual Evaluation of Generative Models", 2019 (arXiv 1904.01121),
section 3.2, asks of one picture at a time and without a limit of time; with two, guesses are right in half the rounds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from playground.data import ImageSpec, Split
from playground.game import CHOICES, Round
from playground.labs.gan.conditional import Gan
from playground.labs.gan.samples import class_labels, draw, logits
from playground.view import Answer, Part, View


class Drawn(NamedTuple):
    """What a round is made of.

    Attributes:
        place: Of the real picture, 0 or 1.
        real: The picture, (1, C, H, W), uint8.
        generated: The other one, likewise.
        label: Their class, where the network is given one.
    """

    place: int
    real: Tensor
    generated: Tensor
    label: int | None


def drawn(network: Gan, options: Round, test: Split) -> Drawn:
    """A held-out picture and a generated one, of the same class where the network is given one."""
    place, number, rng = options.drawn(len(test))
    label = int(test["labels"][number]) if network.generator.classes else None
    z = torch.randn(1, network.generator.latent, generator=rng)
    return Drawn(place, test["images"][number : number + 1], draw(network, z, class_labels(label, 1)), label)


def round_view(network: Gan, spec: ImageSpec, options: Round, inputs: Mapping[str, Any]) -> Answer:
    """The `pictures` (2, C, H, W), uint8, in an order of chance."""
    place, real, generated, _ = drawn(network, options, inputs["test"])
    return Answer({"pictures": torch.cat([generated, real] if place else [real, generated])})


def outcome_view(network: Gan, spec: ImageSpec, options: Round, inputs: Mapping[str, Any]) -> Answer:
    """Which picture of a round is real, `right` of the `choices`, and whether the `discriminator` would be right."""
    place, real, generated, label = drawn(network, options, inputs["test"])
    on_real, on_generated = logits(network, torch.cat([real, generated]), class_labels(label, 2)).tolist()
    words = {"right": CHOICES[place], "choices": list(CHOICES), "discriminator": on_real > on_generated}
    return Answer(words=words)


BLIND = View(
    name="blind",
    title="Real or generated?",
    question="Can you tell which one is real?",
    about="One picture is real, held out from the training; the generator of this step drew the other one. Look at "
    "both, and say which is real.",
    needs=Gan,
    painter="gan/blind.js",
    options=Round,
    parts={"round": Part(round_view, options=Round, inputs=("test",))},
    game=Part(outcome_view, options=Round, inputs=("test",)),
)
