"""The view of new signs: what a network makes of signs that it has never seen, after one drawing of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Generator, Tensor

from playground.data import ImageSpec, Split, unit
from playground.labs.frontiers.meta.episodes import affordable, drawn, fixed, grouped
from playground.labs.frontiers.meta.hand import rewritten
from playground.labs.frontiers.meta.network import FewShot, classes
from playground.randomness import seeded
from playground.view import Answer, Options, Part, View, option

TESTS = 1200
QUERIES = 5
"""Further drawings of each sign, at most."""
OWN = 5
"""Signs of an episode that a visitor can draw: the first ones."""
EPISODES = 10
"""Of which the trace is the mean."""


def _sign(number: int) -> Any:
    return option(
        None, f"The drawing that sign {number} is learned from; by default one of the data.", control="picture"
    )


class Signs(Options):
    """The signs of an episode."""

    episode: int = option(
        0,
        "The episode: which signs of the test set, the first ones or others.",
        label="Episode",
        ge=0,
        le=9999,
        control="seed",
    )
    sign_1: str | None = _sign(1)
    sign_2: str | None = _sign(2)
    sign_3: str | None = _sign(3)
    sign_4: str | None = _sign(4)
    sign_5: str | None = _sign(5)


class Shown(Signs):
    """And how much of the learning is shown."""

    taken: int = option(
        20,
        "Inner steps of gradient descent that are taken, as far as the method takes them.",
        label="Inner steps taken",
        ge=0,
        le=20,
        step=1,
    )


def episode(split: Split, ways: int, shots: int, number: int) -> Tensor:
    """The rows of an episode, (ways, shots + QUERIES or fewer), int64.

    Episode 0 is of the first signs, which are among the examples that a page offers; others are drawn at random.
    """
    groups = grouped(split, shots + 1)
    if not number:
        groups = groups[:ways]
        return torch.stack([group[: min(shots + QUERIES, *map(len, groups))] for group in groups])
    return drawn(groups, ways=ways, each=shots + QUERIES, rng=seeded(Generator(), number, "signs"))


def signs_view(network: FewShot, spec: ImageSpec, options: Signs, inputs: Mapping[str, Any]) -> Answer:
    """An episode of new signs, some of which may be the visitor's own.

    A sign of the visitor's own is learned from one drawing; what it is then asked of is copies of that one, changed a
    little each, as by another hand.

    Returns:
        `support`, uint8 (ways, C, H, W), the first drawing of each sign that is learned from; `queries`, uint8
        (ways, Q, C, H, W), others; `said` (steps, ways, Q, ways), the probability of each sign for each of them by step
        of the learning; and `picture` (steps, ways), for the picture on the stage. The words say which signs are `own`,
        and the `names` of all, where they have any.
    """
    recipe, split = inputs["recipe"], inputs["test"]
    shots = affordable(split, recipe.shots)
    rows = episode(split, recipe.ways, shots, options.episode)  # (ways, each)
    images = split["images"][rows]  # (ways, each, C, H, W)
    own = [index for index in range(min(OWN, len(rows))) if f"sign_{index + 1}" in inputs["pictures"]]
    for index in own:
        drawing = inputs["pictures"][f"sign_{index + 1}"].expand_as(images[index])
        copies = rewritten(unit(drawing[shots:]), seeded(Generator(), options.episode, "hand", index))
        images[index] = torch.cat([drawing[:shots], ((copies + 1) * 127.5).round().to(torch.uint8)])
    queries = images[:, shots:]
    asked = unit(torch.cat([queries.flatten(0, 1), inputs["picture"][None]]))
    steps = network.learned(unit(images[:, :shots]))
    said = torch.stack([recognize(asked).softmax(dim=1) for recognize in steps])  # (steps, ways * Q + 1, ways)
    tensors = {
        "support": images[:, 0],
        "queries": queries,
        "said": said[:, :-1].unflatten(1, queries.shape[:2]),
        "picture": said[:, -1],
    }
    names = [split.names[row] for row in rows[:, 0].tolist()] if split.names else []
    return Answer(tensors, {"own": own, "names": names, "shots": shots})


def trace_view(network: FewShot, spec: ImageSpec, options: Options, inputs: Mapping[str, Any]) -> Answer:
    """How many drawings of new signs are recognized, `values` (1,), the mean over some episodes."""
    recipe, split = inputs["recipe"], inputs["test"]
    shots, rights = affordable(split, recipe.shots), []
    for rows in fixed(split, ways=recipe.ways, shots=shots, queries=QUERIES, count=EPISODES):
        images = unit(split["images"][rows])
        queries = images[:, shots:]
        logits = network.learned(images[:, :shots])[-1](queries.flatten(0, 1))
        rights.append((logits.argmax(dim=1) == classes(queries)).float().mean())
    return Answer(
        {"values": torch.stack(rights).mean()[None]}, {"names": ["Recognized"], "shares": False, "ends": [0, 1]}
    )


SIGNS = View(
    name="signs",
    title="New signs",
    question="Can it learn a sign from one drawing?",
    about="Signs that it was never trained on: it learns from the framed drawing at the left of each row, and says "
    "which sign the others are. Draw your own: choose Draw, then a framed drawing to take yours for it.",
    needs=FewShot,
    painter="frontiers/meta/signs.js",
    options=Shown,
    parts={"signs": Part(signs_view, options=Signs, inputs=("recipe", "test", "picture", "pictures"), tests=TESTS)},
    trace=Part(trace_view, inputs=("recipe", "test"), tests=TESTS),
)
