"""Directions in W that change one thing about a picture: found without labels, or named after attributes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import torch
from torch import Tensor

from playground.data import ImageSpec
from playground.labs.gan.effects import Effects, effects_view
from playground.labs.gan.factorization import Factorized, factorized
from playground.labs.gan.latents import Face, Layered, edited, rendered
from playground.labs.gan.named import PICTURES, Named, named
from playground.labs.gan.rows import Chosen
from playground.labs.gan.stylegan import StyleGan
from playground.pictures import tiled
from playground.view import Answer, BadOption, Part, View, option

EXTENT = 3
"""How far a slider goes to either side, in standard deviations."""
FRAMES = 7
"""Pictures in a strip, a standard deviation apart."""


class Strips(Face, Layered):
    """A picture, and the layers in which it is moved."""


class NamedStrips(Strips, Chosen):
    """A picture, and which named directions it is moved along."""


class Moved(Strips):
    """A picture that was moved along directions."""

    moved: str = option(
        "",
        "Where sliders were moved to, such as d1:1.5;a7:-2, in standard deviations: d1 is the first direction that was "
        "found without labels, a7 the seventh that has a name.",
        pattern=r"^([ad]\d{1,3}:-?\d(\.\d{1,2})?(;|$))*$",
        max_length=400,
    )

    def shift(self, network: StyleGan, unnamed: Factorized, steps: Tensor | None = None) -> Tensor:
        """The sum of all moves, (1, latent); `steps` (K, latent) are those along named directions.

        Raises:
            BadOption: When there is no such direction.
        """
        self.group(network)
        known = {"d": unnamed.components[self.layers].steps, "a": steps}
        shift = torch.zeros_like(unnamed.covariance[:1])
        for move in filter(None, self.moved.split(";")):
            name, value = move.split(":")
            along, number = known[name[0]], int(name[1:])
            if along is None or not 1 <= number <= len(along):
                raise BadOption(f"There is no direction {name}; there are 1 to {0 if along is None else len(along)}.")
            shift = shift + max(-EXTENT, min(EXTENT, float(value))) * along[number - 1]
        return shift


class Steered(Moved, Chosen):
    """The same with named directions among them."""


class Directions(NamedStrips, Steered):
    """All that can be set."""

    found: Literal["sefa", "attributes"] = option(
        "sefa",
        "Directions along which the weights change styles most, or those that change what the data have labels for.",
        names={"sefa": "found without labels", "attributes": "named by attributes"},
    )


def strips(network: StyleGan, options: Strips, along: Tensor) -> Tensor:
    """The picture at `FRAMES` places of each direction, steps (R, latent) long: a `jpeg`, a direction a row."""
    places = torch.linspace(-EXTENT, EXTENT, FRAMES)
    shifts = (along[:, None] * places[:, None]).flatten(0, 1)  # (R * FRAMES, latent)
    ws = edited(network, options.code(network), shifts, options.group(network))
    return tiled(rendered(network, ws), FRAMES)


def sefa_view(network: StyleGan, spec: ImageSpec, options: Strips, inputs: Mapping[str, Any]) -> Answer:
    """The strongest directions of the layers, R of them: strips as a `jpeg`, and the `shares` (R,) of eigenvalues."""
    group = options.group(network)
    found = inputs["prepared"].components[options.layers]
    return Answer(
        {"jpeg": strips(network, options, found.steps), "shares": found.shares},
        {"sides": list(group.sides), "extent": EXTENT, "frames": FRAMES, "latent": network.generator.latent},
    )


def moved_view(network: StyleGan, spec: ImageSpec, options: Moved, inputs: Mapping[str, Any]) -> Answer:
    """The `picture` (C, H, W), uint8, moved along directions without names."""
    return drawn(network, options, options.shift(network, inputs["prepared"]))


def steered_view(network: StyleGan, spec: ImageSpec, options: Steered, inputs: Mapping[str, Any]) -> Answer:
    """The `picture` (C, H, W), uint8, moved along directions with names and without."""
    known: Named = inputs["prepared"]
    return drawn(network, options, options.shift(network, known.factorized, options.steps(known)))


def drawn(network: StyleGan, options: Strips, shift: Tensor) -> Answer:
    """The picture with its code shifted by (1, latent) in the layers that are chosen."""
    ws = edited(network, options.code(network), shift, options.group(network))
    return Answer({"picture": rendered(network, ws)[0]})


def attributes_view(network: StyleGan, spec: ImageSpec, options: NamedStrips, inputs: Mapping[str, Any]) -> Answer:
    """The named directions that are chosen, R of them, the one that is predicted best first.

    The answer has their strips as a `jpeg`, which is missing where there are none; the share of the score's variance
    that a line in w `explained` (R,), and how much of the direction conditioning has `left` (R,). The words say of each
    its `numbers`, from 1, and `names`; what `attributes` the labeler tells, how well, and for which share of generated
    pictures its halves `agree`; and which attributes were `dropped`.
    """
    group, known = options.group(network), inputs["prepared"]
    rows = options.rows(known)
    words = {
        "numbers": [row + 1 for row in rows],
        "names": [known.labeler.names[row] for row in rows],
        "attributes": [one._asdict() for one in known.labeler.attributes],
        "agree": known.agreement.tolist(),
        "dropped": [one._asdict() for one in known.labeler.dropped],
        "pictures": PICTURES,
        "sides": list(group.sides),
        "extent": EXTENT,
        "frames": FRAMES,
    }
    tensors = {"explained": known.explained[rows], "left": known.left[rows]}
    if rows:
        tensors["jpeg"] = strips(network, options, options.steps(known)[rows])
    return Answer(tensors, words)


def shares_view(network: StyleGan, spec: ImageSpec, options: Layered, inputs: Mapping[str, Any]) -> Answer:
    """How much of all change of style the strongest direction is, and the three strongest: `values` (2,)."""
    options.group(network)
    shares = inputs["prepared"].components[options.layers].shares
    return Answer(
        {"values": torch.stack([shares[0], shares[:3].sum()])},
        {"names": ["Share of direction 1", "of directions 1 to 3"], "shares": False},
    )


DIRECTIONS = View(
    name="directions",
    title="Directions",
    question="Which way is a smile?",
    about="Along a straight line in the space of codes w, a picture changes in one way. Drag a slider, or press a "
    "picture of a strip.",
    needs=StyleGan,
    painter="gan/directions.js",
    options=Directions,
    parts={
        "sefa": Part(sefa_view, options=Strips, prepare=factorized, heavy=True, ambiguous=("jpeg",)),
        "moved": Part(moved_view, options=Moved, prepare=factorized),
        "attributes": Part(
            attributes_view,
            options=NamedStrips,
            inputs=("data",),
            prepare=named,
            heavy=True,
            ambiguous=("jpeg", "explained", "left"),  # two that are predicted as well may change places
        ),
        "steered": Part(steered_view, options=Steered, inputs=("data",), prepare=named),
        "effects": Part(effects_view, options=Effects, inputs=("data",), prepare=named, heavy=True),
    },
    trace=Part(shares_view, options=Layered, prepare=factorized),
)
