"""Inversion: the latent codes whose image is most like a given picture, found by gradient descent, round by round.

Abdal, Qin & Wonka, "Image2StyleGAN: How to Embed Images Into the StyleGAN Latent Space?", 2019 (arXiv 1904.03189): one
code a layer, the space W+, reaches pictures that no single code draws. Tov et al., "Designing an Encoder for StyleGAN
Image Manipulation", 2021 (arXiv 2102.02766): the closer all codes stay to one, the better they can be edited.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from playground.data import ImageSpec, as_images, unit
from playground.labs.gan.factorization import Factorized, factorized
from playground.labs.gan.latents import codes, rendered
from playground.labs.gan.stylegan import StyleGan
from playground.view import Answer, Options, Part, View, option

ROUNDS, STEPS = 10, 30
"""The search comes in so many rounds of so many steps."""
CANDIDATES = 256
"""Generated images among which the search begins with the one that is most like the picture."""
RATE = 0.05
"""The largest learning rate of Adam."""
SCALES = (1, 2, 4)
"""The picture is compared as it is, and reduced so many times."""
EXTENT = 3
"""How far the picture can be moved to either side, in standard deviations."""
SPREAD = 0.02
"""What it costs that the codes of the layers differ."""


class Inversion(Options):
    """How far the search has come, and where it takes place."""

    space: Literal["w", "w+"] = option(
        "w+",
        "One code for all layers, as in training, or a code of its own for each layer, which reaches more pictures.",
        label="Latent space",
        names={"w": "W: one code", "w+": "W+: one code a layer"},
    )
    round: int = option(0, f"Rounds of {STEPS} steps that the search has made.", ge=0, le=ROUNDS)


def _along(number: int) -> Any:
    return option(
        0.0,
        "Moves what was found along a direction that is found without labels (SeFa), in standard deviations of w.",
        label=f"Direction {number}",
        ge=-EXTENT,
        le=EXTENT,
        step=0.1,
    )


class Edited(Inversion):
    """How the picture that was found is edited: its codes, moved along the strongest directions of all layers."""

    first: float = _along(1)
    second: float = _along(2)
    third: float = _along(3)
    fourth: float = _along(4)

    def shift(self, found: Factorized) -> Tensor:
        """What is added to every code, (latent,)."""
        steps = found.components["all"].steps  # (K, latent)
        lengths = torch.tensor([self.first, self.second, self.third, self.fourth])[: len(steps)]
        return lengths @ steps[: len(lengths)]


@dataclass(frozen=True)
class Candidates:
    """Generated images that a search may begin with.

    Attributes:
        w: Their codes, (N, latent).
        images: (N, C, H, W), uint8.
    """

    w: Tensor
    images: Tensor


def candidates(network: StyleGan, spec: ImageSpec, inputs: Mapping[str, Any]) -> Candidates:
    """Images of random codes."""
    w = codes(network, CANDIDATES, seed=0)
    return Candidates(w, rendered(network, network.generator.broadcast(w)))


def distance(images: Tensor, target: Tensor) -> Tensor:
    """The mean squared difference of images (B, C, H, W) in [-1, 1], summed over scales, (B,).

    Reduced pictures tell where masses of color lie when edges do not meet yet.
    """
    parts = [F.avg_pool2d(images - target, scale).square().mean(dim=(1, 2, 3)) for scale in SCALES]
    return torch.stack(parts).sum(dim=0)


def begun(network: StyleGan, target: Tensor, known: Candidates) -> Tensor:
    """The codes ws (1, layers, latent) of the candidate that is most like the target (1, C, H, W)."""
    best = int(torch.cat([distance(unit(part), target) for part in known.images.split(64)]).argmin())
    return network.generator.broadcast(known.w[best : best + 1]).clone()


def searched(
    network: StyleGan, target: Tensor, ws: Tensor, moments: Tensor, options: Inversion
) -> tuple[Tensor, Tensor]:
    """One round of Adam on the codes.

    Args:
        network: Its weights stay as they are.
        target: (1, C, H, W) in [-1, 1].
        ws: Where the round begins, (1, layers, latent).
        moments: Adam's first and second moment, (2, 1, layers, latent).
        options: Which round it is, from 1.

    Returns:
        The codes and the moments after it.
    """
    first, second = (moment.clone() for moment in moments)
    beta1, beta2 = 0.9, 0.99
    for step in range((options.round - 1) * STEPS, options.round * STEPS):
        gradient = _gradient(network, target, ws, together=options.space == "w")
        first.lerp_(gradient, 1 - beta1)
        second.lerp_(gradient.square(), 1 - beta2)
        bias1, bias2 = 1 - beta1 ** (step + 1), 1 - beta2 ** (step + 1)
        rate = RATE * (1 - step / (ROUNDS * STEPS))
        ws = ws - rate * (first / bias1) / ((second / bias2).sqrt() + 1e-8)
    return ws, torch.stack([first, second])


def _gradient(network: StyleGan, target: Tensor, ws: Tensor, *, together: bool) -> Tensor:
    """Of the distance, and of what it costs that layers differ; the mean over layers where they share one code."""
    with torch.enable_grad():
        ws = ws.detach().requires_grad_(True)
        loss = distance(network.generator.synthesis(ws), target).sum()
        loss = loss + SPREAD * (ws - ws.mean(dim=1, keepdim=True)).square().mean()
        (gradient,) = torch.autograd.grad(loss, ws)
    return gradient.mean(dim=1, keepdim=True).expand_as(gradient) if together else gradient


def invert_view(network: StyleGan, spec: ImageSpec, options: Inversion, inputs: Mapping[str, Any]) -> Answer:
    """The reconstruction after some rounds, from the answer of the round before.

    The answer has the `picture` (C, H, W), uint8, the codes `ws` (1, layers, latent) and Adam's `moments`. The words
    say how many `steps` were made, and the mean absolute difference `l1` from the picture, as a part of its range.
    """
    target = unit(inputs["picture"])[None]
    before: Answer | None = inputs["answer"]
    if before is None:
        ws = begun(network, target, inputs["prepared"])
        moments = ws.new_zeros(2, *ws.shape)
    else:
        ws, moments = searched(network, target, before.tensors["ws"], before.tensors["moments"], options)
    image = network.generator.synthesis(ws).clamp(-1, 1)
    l1 = float((image - target).abs().mean()) / 2
    return Answer(
        {"picture": as_images(image)[0], "ws": ws, "moments": moments}, {"steps": options.round * STEPS, "l1": l1}
    )


def before(options: Inversion) -> Inversion | None:
    """The round before; None for the first."""
    return options.model_copy(update={"round": options.round - 1}) if options.round else None


def edited_view(network: StyleGan, spec: ImageSpec, options: Edited, inputs: Mapping[str, Any]) -> Answer:
    """The `picture` (C, H, W), uint8, that was found, edited."""
    ws = inputs["answer"].tensors["ws"] + options.shift(inputs["prepared"])
    return Answer({"picture": rendered(network, ws)[0]})


INVERTED = Part(
    invert_view,
    options=Inversion,
    inputs=("picture", "answer"),
    prepare=candidates,
    heavy=True,
    earlier=before,
    ambiguous=("picture", "ws", "moments"),  # another candidate may be as near
)
INVERT = View(
    name="invert",
    title="Your face",
    question="Can it draw this picture?",
    about="The generator stays as it is; what is searched, step by step, are the latent codes whose picture is most "
    "like the one on the stage. They can then be edited.",
    needs=StyleGan,
    painter="gan/invert.js",
    options=Edited,
    parts={
        "inverted": INVERTED,
        "edited": Part(
            edited_view,
            options=Edited,
            inputs=("picture", "answer"),
            prepare=factorized,
            on=INVERTED,
            ambiguous=("picture",),
        ),
    },
)
