"""The views of the GAN lab: what lies between seeds, the discriminator's logit, and the nearest training images."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from playground.data import ImageSpec
from playground.labs.gan.asked import Asked
from playground.labs.gan.blind import BLIND
from playground.labs.gan.conditional import Gan
from playground.labs.gan.detector import DETECTOR
from playground.labs.gan.directions import DIRECTIONS
from playground.labs.gan.dynamics import dynamics_view
from playground.labs.gan.inside import INSIDE
from playground.labs.gan.invert import INVERT
from playground.labs.gan.points import PointGan
from playground.labs.gan.recipes import PointGanRecipe
from playground.labs.gan.samples import draw, logits, rank, seeds, sheet, shown
from playground.labs.gan.styles import STYLES
from playground.labs.gan.synthetic import SYNTHETIC
from playground.labs.sphere import between
from playground.labs.vision.experiment import EXPERIMENT
from playground.metrics.nearest import nearest_answer
from playground.pictures import tiled
from playground.stepping import Preset, Stepping
from playground.view import Answer, Options, Part, View, option

SIDE = 8
"""How many images stand in a row and in a column of the square."""


class Square(Asked):
    """Four seeds, and what a conditional network is asked for."""

    seeds: int = option(
        0, "The same number stands for the same four corners.", label="Seeds", ge=0, le=2**31 - 1, control="seed"
    )


class Point(Square):
    """A point of the square, from its top left corner."""

    x: float = option(0.5, "From the left edge of the square to its right one.", ge=0, le=1)
    y: float = option(0.5, "From its top to its bottom.", ge=0, le=1)

    def picture(self, network: Gan) -> Tensor:
        """What the generator draws there, (1, C, H, W), uint8."""
        corners = seeds(self.seeds, network.generator.latent)
        return draw(network, between(corners, torch.tensor([[self.x, self.y]])), self.asked(network))


class Layers(Options):
    """What is drawn of a GAN in the plane, beside its points."""

    heat: bool = option(True, "The discriminator's output at every place.", label="Discriminator")
    manifold: bool = option(True, "Where the generator takes a net of equal masses of noise.", label="Manifold")
    arrows: bool = option(True, "The generator's negative gradient at generated points.", label="Gradient")


class Scores(NamedTuple):
    """The discriminator's logits (N,) of real images that it did not train on, and what those show (N, K)."""

    logits: Tensor
    labels: Tensor | None


def real_scores(network: Gan, spec: ImageSpec, inputs: Mapping[str, Any]) -> Scores:
    """The logits that those of generated images are compared with."""
    split = inputs["test"]
    labels = shown(network, spec, split)
    return Scores(logits(network, split["images"], labels), labels)


def square_view(network: Gan, spec: ImageSpec, options: Square, inputs: Mapping[str, Any]) -> Answer:
    """The square between four seeds, as a `jpeg`."""
    corners = seeds(options.seeds, network.generator.latent)
    pictures = sheet(network, corners, side=SIDE, asked=options.asked(network))
    return Answer({"jpeg": tiled(pictures, SIDE)}, {"side": SIDE})


def sample_view(network: Gan, spec: ImageSpec, options: Point, inputs: Mapping[str, Any]) -> Answer:
    """One `picture` (C, H, W), uint8, the discriminator's score of it, and its rank among real ones of its class."""
    picture = options.picture(network)
    score, place, count = ranked(network, picture, options, inputs["prepared"])
    return Answer({"picture": picture[0]}, {"score": score, "rank": place, "of": count})


def ranked(network: Gan, picture: Tensor, options: Point, real: Scores) -> tuple[float, float | None, int]:
    """The score of a picture (1, C, H, W), its rank among real ones of its class in [0, 1], and how many those are.

    Those are all where several attributes are asked for: hardly any two pictures share them. There is no rank where
    there is none of its class for the test, or the discriminator has diverged.
    """
    asked = options.asked(network)
    others = real.logits
    if asked is not None and real.labels is not None and asked.shape[1] == 1:
        others = others[(real.labels == asked).all(dim=1)]
    score = float(logits(network, picture, asked))
    known = len(others) and not math.isnan(score)
    return score, rank(score, others) if known else None, len(others)


def nearest_view(network: Gan, spec: ImageSpec, options: Point, inputs: Mapping[str, Any]) -> Answer:
    """The training images nearest to one at a point of the square."""
    return nearest_answer(options.picture(network), inputs["neighbors"])


def trace_view(network: Gan, spec: ImageSpec, options: Point, inputs: Mapping[str, Any]) -> Answer:
    """The rank of the picture at the point, as in `sample_view`: `values` (1,).

    The score itself compares within one snapshot alone: see `logits`.
    """
    _, place, _ = ranked(network, options.picture(network), options, inputs["prepared"])
    return Answer(
        {"values": torch.tensor([math.nan if place is None else place])}, {"names": ["More real than"], "shares": True}
    )


TRAINING = Stepping(
    recipe=PointGanRecipe,
    phases={"discriminator": "Step D", "generator": "Step G", "": "Step both"},
    fresh=("latent", "seed"),
    presets={
        "point-gan-gaussians": Preset(
            "balanced",
            "One step each in turn, without momentum; every generated point is compared with a real one, and the "
            "penalty keeps the discriminator flat where both agree. No single place is best for all points, so they "
            "spread.",
        ),
        "point-gan-gaussians-collapse": Preset(
            "collapse",
            "The generator makes 20 steps with momentum for each step of the discriminator. All its points gather at "
            "the mode with the highest score, and move on to the next once the discriminator has caught up: mode "
            "collapse.",
            cure=("generator_steps", 1),
        ),
        "point-gan-gaussians-vanishing": Preset(
            "vanishing gradient",
            "The minimax loss, and a discriminator that learns five times as fast with no penalty to keep it flat. "
            "Momentum throws the generated points off, the discriminator is sure of them, and log(1 - D) is flat "
            "there: for most points the gradient vanishes, and nothing brings them back.",
            cure=("r1", 0.5),
        ),
        "point-gan-gaussians-oscillation": Preset(
            "oscillation",
            "Strong momentum and a high learning rate: the generator runs to where the score was highest, the "
            "discriminator to where the points were, and both overshoot. So they circle: which modes are covered "
            "changes all the time, and they do not become more.",
            cure=("momentum", 0),
        ),
        "point-gan-gaussians-starved": Preset(
            "starved generator",
            "The discriminator learns 100 times as fast as the generator. The gradient is large and points the right "
            "way, but a step along it is so short that the generator comes too late everywhere.",
            cure=("generator_steps", 20),
        ),
        "point-gan-gaussians-wasserstein": Preset(
            "Wasserstein",
            "The discriminator measures how far the two clouds lie apart, with a slope held near 1, and gets three "
            "steps a turn for it.",
        ),
    },
)
"""How two perceptrons train against each other while one looks."""

VIEWS = (
    View(
        name="seeds",
        title="Between seeds",
        question="What lies between two seeds?",
        about="Each corner of the square is a seed, a latent vector of random numbers, and every place between them "
        "interpolates the four. Drag the point: the generator draws what lies there, and the discriminator scores how "
        "real it looks.",
        needs=Gan,
        painter="gan/seeds.js",
        options=Point,
        parts={
            "square": Part(square_view, options=Square, heavy=True),
            "sample": Part(sample_view, options=Point, inputs=("test",), prepare=real_scores),
            "nearest": Part(nearest_view, options=Point, inputs=("neighbors",)),
        },
        trace=Part(trace_view, options=Point, inputs=("test",), prepare=real_scores),
    ),
    STYLES,
    INSIDE,
    DIRECTIONS,
    INVERT,
    View(
        name="dynamics",
        title="GAN in the plane",
        question="Who is ahead: generator or discriminator?",
        about="Two perceptrons train against each other, one step at a time: the generator turns noise into points, "
        "the discriminator scores how real every place looks. Choose or draw the data, turn a knob while they train, "
        "move back in time and go on from there.",
        needs=PointGan,
        kinds=("points",),
        painter="gan/dynamics.js",
        options=Layers,
        parts={"dynamics": Part(dynamics_view, inputs=("test",))},
        stepping=TRAINING,
    ),
    BLIND,
    DETECTOR,
    SYNTHETIC,
    EXPERIMENT,
)
