"""A blind listening test: a phrase of Bach and one that the model wrote; which is which?

Liang et al., "Automatic stylistic composition of Bach chorales with deep LSTM", ISMIR 2017, asked 2,336 people this
way, who named Bach 1 % more often than guesses would have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from playground.data import RollSpec
from playground.game import CHOICES, Round
from playground.labs.vae.music import MusicVAE
from playground.labs.vae.phrases import FUSION, TEMPERATURE
from playground.view import Answer, Part, View, option


class Heard(Round):
    """How it is heard."""

    tempo: int = option(80, "Tempo: quarter notes a minute.", label="Tempo", ge=40, le=160, step=1, unit="beats")


def round_view(network: MusicVAE, spec: RollSpec, options: Round, inputs: Mapping[str, Any]) -> Answer:
    """A held-out phrase and a sample of the prior, in an order of chance: `rolls` and `onsets` (2, frames, voices)."""
    test = inputs["test"]
    place, number, rng = options.drawn(len(test))
    written = network.generate(
        torch.randn(1, network.latent, generator=rng), temperature=TEMPERATURE, fusion=FUSION, rng=rng
    )

    def both(column: str, own: Tensor) -> Tensor:
        pair = [own[0], test[column][number]]
        return torch.stack(pair if place else pair[::-1]).to(torch.uint8)

    return Answer({"rolls": both("rolls", written[0]), "onsets": both("onsets", written[1])})


def outcome_view(network: MusicVAE, spec: RollSpec, options: Round, inputs: Mapping[str, Any]) -> Answer:
    """Which phrase of a round is Bach's, `right` of the `choices`, and of which piece it is, `piece`."""
    place, number, _ = options.drawn(len(inputs["test"]))
    return Answer(words={"right": CHOICES[place], "choices": list(CHOICES), "piece": inputs["test"].names[number]})


BLIND = View(
    name="blind",
    title="Bach or model?",
    question="Is it Bach?",
    about="One phrase is Bach’s, held out from the training; the model of this step wrote the other one. Listen to "
    "both, and say which is his.",
    needs=MusicVAE,
    painter="vae/blind.js",
    kinds=("rolls",),
    options=Heard,
    parts={"round": Part(round_view, options=Round, inputs=("test",))},
    game=Part(outcome_view, options=Round, inputs=("test",)),
)
