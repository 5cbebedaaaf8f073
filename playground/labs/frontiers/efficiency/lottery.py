"""The view of the lottery ticket: a mask that a training has found, tried on the weights that it began with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from playground.data import Data, ImageSpec
from playground.errors import PlaygroundError
from playground.labs.frontiers.efficiency.ticket import ARMS, ROUNDS, STEPS, compared, states
from playground.labs.frontiers.experts.network import RoutedNetwork
from playground.labs.frontiers.search.network import InSpace
from playground.labs.vision.classifier import Classifier
from playground.learner import before
from playground.randomness import mixed
from playground.sampler import ShuffledEpochs
from playground.trained import Snapshot
from playground.view import Answer, Options, Part, View, option

TESTS, BATCH = 500, 32
MOST = 1_000_000
"""Parameters of a network that is trained while one waits."""


class TooLarge(PlaygroundError):
    """A network is too large to be trained while one waits."""


class Ticket(Options):
    """How sparse the ticket is, and how far its training has come."""

    gone: float = option(
        0.9,
        "Share of the weights that is pruned: those that are smallest at the end of the run; the head stays whole.",
        label="Pruned",
        ge=0.5,
        le=0.98,
        step=0.02,
    )
    round: int = option(0, f"Rounds of {STEPS} steps that the networks have been trained for.", ge=0, le=ROUNDS)


def batches(data: Data, round: int) -> list[tuple[Tensor, Tensor]]:
    """The images (B, C, H, W), uint8, and labels (B,) of a round, from 1; every network sees the same."""
    walk = ShuffledEpochs(data.train, batch_size=BATCH, seed=0)
    chosen = [data.train.at(walk.indices(step)) for step in range((round - 1) * STEPS, round * STEPS)]
    return [(batch["images"], batch["labels"]) for batch in chosen]


def lottery_view(network: Classifier, spec: ImageSpec, options: Ticket, inputs: Mapping[str, Any]) -> Answer:
    """How good the networks are after some rounds, from the answer of the round before.

    Returns:
        `accuracy` (4,) on test pictures, in the order of the `arms` in the words; `kept` (layers,), the share of each
        layer's weights in the ticket, and `weights` (layers,), int32, how many it had. The words say how many `steps`
        were made, on how many test pictures `n` it was measured, the `layers`, and at which step the mask was `found`.

    Raises:
        TooLarge: When the network is.
    """
    last: Snapshot = inputs["last"]
    size = sum(parameter.numel() for parameter in network.parameters())
    if size > MOST:
        raise TooLarge(f"A ticket is trained here of at most {MOST:,} weights, and this network has {size:,}.")
    earlier: Answer | None = inputs["answer"]
    fresh = inputs["drawn"](mixed("redrawn"))
    arms = compared(network, last.network, fresh, options.gone, None if earlier is None else earlier.state)
    if options.round:
        given = batches(inputs["data"], options.round)
        for learner in arms.values():
            learner.learn(options.round, given)
    test, masks = inputs["test"], arms["ticket"].masks
    right = [learner.logits(test["images"]).argmax(dim=1) == test["labels"] for learner in arms.values()]
    words = {
        "arms": list(ARMS),
        "steps": options.round * STEPS,
        "n": len(test),
        "layers": [name.removesuffix(".weight") for name in masks],
        "found": last.step,
    }
    tensors = {
        "accuracy": torch.stack([one.float().mean() for one in right]),
        "kept": torch.stack([mask.float().mean() for mask in masks.values()]),
        "weights": torch.tensor([mask.numel() for mask in masks.values()], dtype=torch.int32),
    }
    return Answer(tensors, words, states(arms))


LOTTERY = View(
    name="lottery",
    title="Lottery ticket",
    question="Could it have been sparse from the start?",
    about="The weights that are largest at the end are rewound to the step under the playhead, all others are zero. "
    "That ticket is trained beside the whole network, the same weights newly drawn, and other weights.",
    needs=Classifier,
    excludes=(InSpace, RoutedNetwork),  # cells change, and experts that are seldom asked learn nothing in so few steps
    painter="frontiers/efficiency/lottery.js",
    options=Ticket,
    parts={
        "lottery": Part(
            lottery_view,
            options=Ticket,
            inputs=("data", "test", "last", "drawn", "answer"),
            tests=TESTS,
            heavy=True,
            earlier=before,
            ambiguous=("accuracy", "kept"),  # of nearly equal weights, another one may be the smaller
        )
    },
)
