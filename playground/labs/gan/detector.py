"""The detector: a classifier that learns to tell a generator's images from real ones, and what gives them away.

Wang et al., "CNN-generated images are surprisingly easy to spot... for now", 2020 (arXiv 1912.11035), train one on the
images of one generator and measure it on those of others. Lopez-Paz & Oquab, "Revisiting Classifier Two-Sample Tests",
2017 (arXiv 1610.06545), take its accuracy on held-out images for a distance: one half where nothing tells them apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor

from playground.data import Data, ImageSpec, Split
from playground.labs.gan.conditional import Gan
from playground.labs.gan.learner import Learner, Rounds, before
from playground.labs.vision.resnet9 import ResNet9
from playground.metrics.intervals import wilson
from playground.randomness import mixed
from playground.recipe import Recipe
from playground.view import Answer, BadOption, Part, View, option

GENERATED, REAL = 0, 1
"""The two classes."""
STEPS = 16
"""Steps of a round."""
PAIRS, LEAST, PIXELS = 32, 8, 32 * 28**2
"""Pictures of each kind in one step: at most and at least, as far as they have no more pixels than that."""
HELD_OUT, HELD_OUT_PIXELS = 400, 800 * 28**2
"""Those that it is measured on, likewise."""
SHOWN = 8
"""Pictures in a row."""
ELSEWHERE = 100
"""Pictures of another generator that it is tried on."""


@dataclass(frozen=True)
class HeldOut:
    """What the detector is measured on.

    Attributes:
        real: Test examples, n.
        generated: As many images (n, C, H, W), uint8, asked for the same.
    """

    real: Split
    generated: Tensor

    @property
    def images(self) -> Tensor:
        """The generated ones, then the real ones, (2n, C, H, W)."""
        return torch.cat([self.generated, self.real["images"]])


class Elsewhere(Rounds):
    """Whose pictures the detector is tried on."""

    other: str = option(
        "", "Whose pictures the same detector is tried on, snapshot by snapshot.", label="Tried on", control="run"
    )


class Looked(Elsewhere):
    """Which picture is looked at."""

    at: int = option(-1, "The snapshot of the film that it is tried on; -1 is its last one.", ge=-1, le=10**9)
    picked: int = option(
        0, "The picture that is looked at, row by row; the last one is that on the stage.", ge=0, le=4 * SHOWN
    )


def held_out(network: Gan, spec: ImageSpec, inputs: Mapping[str, Any]) -> HeldOut:
    """The first test examples, and what the generator draws when it is asked for the same."""
    real = inputs["data"].test.first(min(HELD_OUT, HELD_OUT_PIXELS // spec.size**2))
    return HeldOut(real, _drawn(inputs["recipe"], network, spec, real, "held out"))


def batches(network: Gan, spec: ImageSpec, data: Data, recipe: Recipe, number: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Of one round: as many training pictures as fresh generated ones in each batch, and which they are."""
    pairs = max(LEAST, min(PAIRS, PIXELS // spec.size**2))
    rng = Generator().manual_seed(mixed("real", number))
    real = data.train.at(torch.randint(len(data.train), (STEPS * pairs,), generator=rng))
    generated = _drawn(recipe, network, spec, real, f"round {number}")
    labels = torch.tensor([GENERATED, REAL]).repeat_interleave(pairs)
    for fakes, reals in zip(generated.split(pairs), real["images"].split(pairs), strict=True):
        yield torch.cat([fakes, reals]), labels


def _drawn(recipe: Recipe, network: Any, spec: ImageSpec, like: Split, purpose: str) -> Tensor:
    return recipe.generate(network, spec, like, Generator().manual_seed(mixed(purpose)))


def detector_view(network: Gan, spec: ImageSpec, options: Rounds, inputs: Mapping[str, Any]) -> Answer:
    """The detector after one more round, and how often it is right on held-out pictures.

    The words say how many of `n` pictures of each kind it recognizes, `generated` and `real`, the `accuracy` on both
    with the ends of its interval, `low` and `high`, and on how many `pairs` it was trained until then. The state holds
    the detector and its `scores` (2n,), as in `HeldOut.images`.
    """
    earlier: Answer | None = inputs["answer"]
    learner, number = _resumed(earlier, spec), options.round if earlier else 1
    given = [*batches(network, spec, inputs["data"], inputs["recipe"], number)]
    learner.learn(number, given)
    held: HeldOut = inputs["prepared"]
    scores, n = realness(learner, held.images), len(held.generated)
    right = {"generated": int((scores[:n] < 0).sum()), "real": int((scores[n:] >= 0).sum())}
    low, high = wilson(sum(right.values()), 2 * n)
    words = {**right, "n": n, "accuracy": sum(right.values()) / (2 * n), "low": low, "high": high}
    pairs = number * sum(len(images) for images, _ in given) // 2
    return Answer(words={**words, "round": number, "pairs": pairs}, state={**learner.state(), "scores": scores})


def _resumed(answer: Answer | None, spec: ImageSpec) -> Learner:
    def build() -> ResNet9:
        """Its first layer sees every pixel, since what gives generated images away is small."""
        return ResNet9(channels=spec.channels, classes=2, stem=16, widths=(32, 64), depth=0)

    return Learner(build, None if answer is None else answer.state)


def realness(learner: Learner, images: Tensor) -> Tensor:
    """The logit that each of images (N, C, H, W), uint8, is real, (N,)."""
    logits = learner.logits(images)
    return logits[:, REAL] - logits[:, GENERATED]


def places(learner: Learner, images: Tensor) -> Tensor:
    """What each place adds to that, (N, h, w); the mean over places is the logit, but for a constant."""
    maps = learner.maps(images)
    return maps[:, REAL] - maps[:, GENERATED]


def examples_view(network: Gan, spec: ImageSpec, options: Rounds, inputs: Mapping[str, Any]) -> Answer:
    """Held-out pictures with the detector's answers.

    Four rows of `SHOWN`: the generated ones that look most real to it and those that look least so, then the real ones
    that look least so and most so. Their `pictures` (4, SHOWN, C, H, W), uint8, the `scores` (4, SHOWN), logits of
    being real, and what each place adds, `maps` (4, SHOWN, h, w).
    """
    held, scores = inputs["prepared"], inputs["answer"].state["scores"]
    n, k = len(held.generated), min(SHOWN, len(held.generated))
    order = [scores[:n].argsort(stable=True), n + scores[n:].argsort(stable=True)]
    rows = torch.cat([order[0].flip(0)[:k], order[0][:k], order[1][:k], order[1].flip(0)[:k]])
    images = held.images[rows]
    maps = places(_resumed(inputs["answer"], spec), images)
    tensors = {"pictures": images, "scores": scores[rows], "maps": maps}
    return Answer({name: value.unflatten(0, (4, k)) for name, value in tensors.items()})


def own_view(network: Gan, spec: ImageSpec, options: Rounds, inputs: Mapping[str, Any]) -> Answer:
    """The visitor's `picture` (C, H, W), uint8, its `score`, and what each place adds to that, `map` (h, w)."""
    learner, images = _resumed(inputs["answer"], spec), inputs["picture"][None]
    return Answer({"picture": images[0], "score": realness(learner, images), "map": places(learner, images)[0]})


def elsewhere_view(network: Gan, spec: ImageSpec, options: Elsewhere, inputs: Mapping[str, Any]) -> Answer:
    """How many of `n` pictures of another generator the detector recognizes, `right`, with its interval.

    It is asked for what the first test examples show. One of them is the `picture` (C, H, W), uint8.

    Raises:
        BadOption: When the other run generates nothing, or pictures of other data or another shape.
    """
    other, like = inputs["runs"]["other"], inputs["prepared"].real.first(ELSEWHERE)
    recipe, source = (inputs["recipe"], network) if other is None else (other.recipe, other.network)
    if not recipe.generates or (other is not None and not alike(other.spec, spec)):
        raise BadOption(f"{recipe.title} generates no pictures of the same data and size; choose another run.")
    images = _drawn(recipe, source, spec, like, "elsewhere")
    n = len(images)
    right = int((realness(_resumed(inputs["answer"], spec), images) < 0).sum())
    low, high = wilson(right, n)
    return Answer({"picture": images[0]}, {"right": right, "n": n, "low": low, "high": high})


def alike(one: Any, other: ImageSpec) -> bool:
    """Whether two runs learn from the same pictures of the same shape."""
    if not isinstance(one, ImageSpec):
        return False
    return (one.name, one.size, one.channels) == (other.name, other.size, other.channels)


DETECTED = Part(
    detector_view,
    options=Rounds,
    inputs=("data", "recipe", "answer"),
    prepare=held_out,
    heavy=True,
    earlier=before,
)
DETECTOR = View(
    name="detector",
    title="The detector",
    question="Can a classifier tell what is generated?",
    about="A fresh classifier learns to tell this generator’s pictures from real ones and is tested on others that it "
    "has not seen. The same detector is then tried on other snapshots, or on another generator.",
    needs=Gan,
    painter="gan/detector.js",
    options=Looked,
    parts={
        "detector": DETECTED,
        "examples": Part(
            examples_view,
            options=Rounds,
            inputs=("data", "recipe", "answer"),
            prepare=held_out,
            on=DETECTED,
            ambiguous=("pictures", "scores", "maps"),  # another training ends elsewhere
        ),
        "verdict": Part(
            own_view, options=Rounds, inputs=("picture", "answer"), on=DETECTED, ambiguous=("score", "map")
        ),
        "elsewhere": Part(
            elsewhere_view,
            options=Elsewhere,
            inputs=("data", "recipe", "runs", "answer"),
            prepare=held_out,
            heavy=True,
            on=DETECTED,
        ),
    },
)
