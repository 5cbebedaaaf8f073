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
from playground.labs.gan.samples import draw, logits, of_all, shown
from playground.view import Answer, Part, View


class Drawn(NamedTuple):
    """What a round is made of.

    Attributes:
        place: Of the real picture, 0 or 1.
        real: The picture, (1, C, H, W), uint8.
        generated: The other one, likewise.
        asked: What the real one shows and the other was asked for (1, K), where the network is conditional.
    """

    place: int
    real: Tensor
    generated: Tensor
    asked: Tensor | None


def drawn(network: Gan, spec: ImageSpec, options: Round, test: Split) -> Drawn:
    """A held-out picture and a generated one that was asked for the same, where the network is conditional."""
    place, number, rng = options.drawn(len(test))
    one = test.at(slice(number, number + 1))
    asked = shown(network, spec, one)
    z = torch.randn(1, network.generator.latent, generator=rng)
    return Drawn(place, one["images"], draw(network, z, asked), asked)


def round_view(network: Gan, spec: ImageSpec, options: Round, inputs: Mapping[str, Any]) -> Answer:
    """The `pictures` (2, C, H, W), uint8, in an order of chance."""
    place, real, generated, _ = drawn(network, spec, options, inputs["test"])
    return Answer({"pictures": torch.cat([generated, real] if place else [real, generated])})


def outcome_view(network: Gan, spec: ImageSpec, options: Round, inputs: Mapping[str, Any]) -> Answer:
    """Which picture of a round is real, `right` of the `choices`, and whether the `discriminator` would be right."""
    place, real, generated, asked = drawn(network, spec, options, inputs["test"])
    on_real, on_generated = logits(network, torch.cat([real, generated]), of_all(asked, 2)).tolist()
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
