"""Synthetic data: a classifier that learns from generated images alone, tested on real ones.

Ravuri & Vinyals, "Classification Accuracy Score for Conditional Generative Models", 2019 (arXiv 1905.10887), section 3:
what the classifier cannot learn from generated images of each class is what the generator has not learned of the data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Generator, Tensor

from playground.data import ImageSpec
from playground.labs.gan.conditional import Gan
from playground.labs.gan.learner import Learner, Rounds, before
from playground.labs.vision.cnn import ConvolutionalNetwork
from playground.metrics.intervals import wilson
from playground.metrics.probes import balanced
from playground.randomness import mixed
from playground.sheets import sheet
from playground.view import Answer, Part, View, option

STEPS, BATCH, WIDTH = 32, 64, 24
"""Steps of a round, pictures in one of them, and the width of the classifier."""
MOST, BYTES = 4000, 16_000_000
"""Training pictures at most, and what those of each kind may take."""
TESTS = 1000
"""Real pictures that it is tested on."""

Source = Literal["real", "generated", "both"]


class Taught(Rounds):
    """What the classifier learns from."""

    source: Source = option(
        "generated",
        "What the classifier whose mistakes are shown has learned from: as many pictures of one kind, or of each.",
        label="Mistakes of",
        names={"real": "real ones alone", "generated": "generated ones alone", "both": "both"},
    )
    examples: Literal[500, 1000, 2000, 4000] = option(
        1000, "Pictures of each kind that the classifiers learn from.", label="Training pictures"
    )


class Mistaken(Taught):
    """Which mistakes are looked at."""

    truth: int = option(
        -1, "The class that the pictures are of, counted from 0; -1 is the worst confusion.", ge=-1, le=9999
    )
    taken: int = option(-1, "The class that they are taken for, likewise.", ge=-1, le=9999)


@dataclass(frozen=True)
class Lessons:
    """Training pictures of both kinds, the first ones of which are balanced, however many are taken.

    Attributes:
        real: (N, C, H, W), uint8.
        generated: As many, asked for the same classes.
        labels: The classes of either, (N,).
    """

    real: Tensor
    generated: Tensor
    labels: Tensor

    def chosen(self, source: Source, pictures: int) -> tuple[Tensor, Tensor]:
        """The first `pictures` of a kind, or of both, and their labels."""
        kinds = [self.real, self.generated] if source == "both" else [getattr(self, source)]
        images = torch.cat([kind[:pictures] for kind in kinds])
        return images, self.labels[:pictures].repeat(len(kinds))


def lessons(network: Gan, spec: ImageSpec, inputs: Mapping[str, Any]) -> Lessons:
    """As many as may be asked for."""
    train = inputs["data"].train
    count = min(MOST, len(train), BYTES // (spec.channels * spec.size**2))
    real = train.at(balanced(train["labels"], count, _rng("chosen")))
    return Lessons(real["images"], inputs["recipe"].generate(network, spec, real, _rng("generated")), real["labels"])


def taught_view(network: Gan, spec: ImageSpec, options: Taught, inputs: Mapping[str, Any]) -> Answer:
    """A classifier after one more round, and its answer to each of N real test pictures.

    The `labels` (N,), int32, what they are `taken` for, (N,), int32, and with which probability, `confidence` (N,). The
    words say how many are `right` of `n`, with the ends of the share's interval, `low` and `high`, and how many
    training `pictures` of each kind there were.
    """
    earlier: Answer | None = inputs["answer"]
    number = options.round if earlier else 1
    images, labels = inputs["prepared"].chosen(options.source, options.examples)
    learner = Learner(
        lambda: ConvolutionalNetwork(channels=spec.channels, classes=len(spec.classes), width=WIDTH),
        None if earlier is None else earlier.state,
    )
    rows = torch.randint(len(labels), (STEPS, BATCH), generator=_rng(f"round {number}"))
    learner.learn(number, [(images[some], labels[some]) for some in rows])
    test = inputs["test"]
    confidence, taken = learner.logits(test["images"]).softmax(dim=1).max(dim=1)
    right, n = int((taken == test["labels"]).sum()), len(test)
    low, high = wilson(right, n)
    pictures = min(options.examples, len(inputs["prepared"].labels))
    return Answer(
        {"labels": test["labels"].int(), "taken": taken.int(), "confidence": confidence},
        {"right": right, "n": n, "low": low, "high": high, "round": number, "pictures": pictures},
        learner.state(),
    )


def _rng(purpose: str) -> Generator:
    return Generator().manual_seed(mixed(purpose))


SYNTHETIC = View(
    name="synthetic",
    title="Synthetic data",
    question="Can one learn from generated pictures alone?",
    about="One classifier learns from real pictures, one from as many generated ones, one from both. All are tested on "
    "the same real pictures. Choose a cell of the confusion matrix to see the pictures in it.",
    needs=Gan,
    painter="gan/synthetic.js",
    options=Mistaken,
    takes_class=True,
    parts={
        "taught": Part(
            taught_view,
            options=Taught,
            inputs=("data", "recipe", "test", "answer"),
            tests=TESTS,
            prepare=lessons,
            heavy=True,
            earlier=before,
            ambiguous=("confidence",),  # another training ends elsewhere
        ),
        "tested": sheet(TESTS),
    },
)
