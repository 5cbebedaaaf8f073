"""Why a network answers as it does: maps by all methods that fit it, and whether they may be believed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import torch
from torch import Tensor

from playground.data import ImageSpec, unit
from playground.labs.vision.classifier import Classifier
from playground.labs.vision.effort import effort
from playground.labs.vision.faithfulness import area, curves, random_rankings, ranking, shares
from playground.labs.vision.hub import GUESTS
from playground.labs.vision.methods import Case, fitting
from playground.labs.vision.overlay import TRACE, Overlay
from playground.view import Answer, BadOption, Options, Part, View, option

DRAWN = 20
"""How many random orders are drawn: who is better than each of them is so by chance once in 21 times."""


class Target(Options):
    """The class that the maps are about."""

    target: int = option(-1, "The class, counted from 0; -1 is the predicted one.", ge=-1, le=9999)

    def chosen(self, logits: Tensor) -> Tensor:
        """The class for each of the logits (B, classes): (B,).

        Raises:
            BadOption: When there is no such class.
        """
        classes = logits.shape[1]
        if self.target >= classes:
            raise BadOption(f"There is no class {self.target}: classes are 0 to {classes - 1}.")
        return logits.argmax(dim=1) if self.target < 0 else torch.full_like(logits[:, 0], self.target, dtype=torch.long)


class Tested(Target):
    """How maps are put to the test."""

    faithfulness: Literal["deletion", "insertion"] = option(
        "deletion",
        "Deletion turns cells of the picture gray, those that a map ranks highest first; insertion puts them on gray.",
        label="Faithfulness by",
    )


def maps_view(network: Classifier, spec: ImageSpec, options: Target, inputs: Mapping[str, Any]) -> Answer:
    """The maps of all methods that fit, and what they explain.

    The answer has a map (rows, columns) by the name of each method, and the `probabilities` of the classes. The words
    say which class is the `target`, its `score` (a logit), and that of `gray` alone; the `side` of the squares of
    occlusion, in pixels; and over how many `gradients` integrated gradients are averaged.
    """
    images = unit(inputs["picture"][None])
    case = Case(network, images, options.chosen)
    logits, label = case.passes.logits[0], int(case.labels[0])
    gray = network(torch.zeros_like(images))[0, label]
    methods = fitting(network)
    return Answer(
        {**{method.name: method.of(case)[0] for method in methods}, "probabilities": logits.softmax(dim=0)},
        {
            "methods": [{"name": one.name, "title": one.title, "signed": one.signed} for one in methods],
            "target": label,
            "score": float(logits[label]),
            "gray": float(gray),
            "side": case.effort.side,
            "gradients": case.effort.gradients,
            "size": spec.size,
            "classes": list(spec.classes),
        },
    )


MAPS = Part(maps_view, options=Target, inputs=("picture",), heavy=True)


def curves_view(network: Classifier, spec: ImageSpec, options: Tested, inputs: Mapping[str, Any]) -> Answer:
    """Deletion or insertion curves of all maps, beside those of random orders.

    The answer has the `shares` of the cells (S,), the `curves` of the methods (M, S), their `rankings` of the cells
    (M, cells), int32, and the least, mean and largest probability of the random orders, `random` (3, S). The words say
    the `areas` under the methods' curves, and those of the random orders, `chance`.
    """
    image, maps = unit(inputs["picture"]), inputs["answer"]
    methods, insert = [one["name"] for one in maps.words["methods"]], options.faithfulness == "insertion"
    planned = effort(network, spec.size)
    rankings = torch.cat([ranking(maps.tensors[name][None], planned.grid) for name in methods])
    at = shares(planned.grid**2, planned.points)
    both = torch.cat([rankings, random_rankings(DRAWN, planned.grid)])
    probabilities = curves(network, image, maps.words["target"], both, at, insert=insert)
    own, drawn = probabilities[: len(methods)], probabilities[len(methods) :]
    return Answer(
        {
            "shares": at.float(),
            "curves": own,
            "rankings": rankings.to(torch.int32),
            "random": torch.stack([drawn.amin(dim=0), drawn.mean(dim=0), drawn.amax(dim=0)]),
        },
        {
            "methods": methods,
            "areas": area(own, at).tolist(),
            "chance": area(drawn, at).tolist(),
            "insert": insert,
            "grid": planned.grid,
        },
    )


class Why(Tested, Overlay):
    """The class, the map that is laid over the picture, and the test of all maps."""

    map: Literal["", "gradient", "integrated", "occlusion", "rollout", "relevance"] = option(
        "", "The map that is laid large over the picture; by default the last one that fits the network."
    )


RELEVANCE = View(
    name="relevance",
    title="Relevance",
    question="Why this answer?",
    about="Each method maps in its own way which parts of the picture speak for a class; choose a map, or another "
    "class. The curves show which map to believe: without the parts that it ranks highest, the network should lose "
    "its answer.",
    needs=Classifier,
    painter="vision/relevance.js",
    options=Why,
    parts={
        "relevance": MAPS,
        "faithfulness": Part(
            curves_view,
            options=Tested,
            inputs=("picture", "answer"),
            on=MAPS,
            heavy=True,
            ambiguous=("curves",),  # patches that matter as much may be taken in any order
        ),
    },
    trace=TRACE,
    predicts=True,
    guests=GUESTS,
)
