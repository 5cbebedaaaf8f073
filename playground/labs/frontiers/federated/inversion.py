"""What a curious server reads from a client's gradient: the picture whose gradient it is, and what noise does to that.

Zhu, Liu & Han, "Deep Leakage from Gradients", 2019 (arXiv 1906.08935): the server searches for a picture whose gradient
is the one that it was sent. Here by the cosine between the two, with total variation against noise in the picture
(Geiping et al., "Inverting Gradients", 2020, arXiv 2003.14053, equation 4).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Generator, Tensor
from torch.func import grad, vmap
from torch.nn import functional as F

from playground.data import ImageSpec, as_images, unit
from playground.labs.vision.lenet import LeNet
from playground.randomness import seeded
from playground.shadow import replaced
from playground.view import Answer, Options, Part, View, option

NOISES = (0.0, 1.0, 3.0, 10.0, 30.0)
"""Norms of the noise that is added to a gradient, in norms of the gradient."""
STEPS, ROUNDS = 40, 8
"""The search comes in so many rounds of so many steps."""
RATE = 0.1
"""The largest learning rate of Adam."""
SMOOTH = 1e-3
"""What total variation costs."""
BETAS = (0.9, 0.999)

Gradient = Mapping[str, Tensor]
"""Of all parameters of a network, by name; with an axis more, several gradients."""


class Search(Options):
    """How far the search has come."""

    round: int = option(0, f"Rounds of {STEPS} steps that the search has made.", ge=0, le=ROUNDS)


def gradient(network: LeNet, image: Tensor, label: Tensor) -> Gradient:
    """That of the cross entropy of one image (C, H, W) in [-1, 1] and its label (), by the network's parameters."""
    weights = {name: parameter.detach() for name, parameter in network.named_parameters()}

    def loss(at: Gradient) -> Tensor:
        return F.cross_entropy(replaced(network, at)(image[None]), label[None])

    return grad(loss)(weights)


def disturbed(sent: Gradient, noises: Tensor, rng: Generator) -> Gradient:
    """A gradient with Gaussian noise of `noises` (L,) times its norm, once for each: L gradients."""
    size = sum(value.numel() for value in sent.values())
    deviations = noises * norm(sent) / math.sqrt(size)  # (L,)

    def with_noise(value: Tensor) -> Tensor:
        drawn = torch.randn((len(noises), *value.shape), generator=rng, device=value.device, dtype=value.dtype)
        return value + deviations.to(value).view(-1, *[1] * value.ndim) * drawn

    return {name: with_noise(value) for name, value in sent.items()}


def norm(one: Gradient) -> Tensor:
    """The Euclidean norm of all numbers together, ()."""
    return torch.stack([value.square().sum() for value in one.values()]).sum().sqrt()


def apart(one: Gradient, other: Gradient) -> Tensor:
    """1 minus the cosine between two gradients, (): 0 where they point the same way."""
    product = torch.stack([(value * other[name]).sum() for name, value in one.items()]).sum()
    return 1 - product / (norm(one) * norm(other)).clamp(min=1e-12)


def variation(image: Tensor) -> Tensor:
    """Total variation of an image (C, H, W): the mean absolute difference of neighbors, across and down, ()."""
    return image.diff(dim=2).abs().mean() + image.diff(dim=1).abs().mean()


def label_of(sent: Gradient) -> Tensor:
    """The label () of the one picture that a gradient is of, which it gives away.

    The bias of the last layer has the gradient "probability minus 1" at the label, and "probability" elsewhere (Zhao,
    Mopuri & Bilen, "iDLG", 2020, arXiv 2001.02610, section 3.1): the label's is the only one below 0.
    """
    return list(sent.values())[-1].argmin(dim=-1)


def searched(network: LeNet, sent: Gradient, images: Tensor, moments: Tensor, *, round: int) -> tuple[Tensor, Tensor]:
    """One round of Adam on L images, each towards a gradient of its own.

    Args:
        network: Its weights stay as they are.
        sent: L gradients.
        images: Where the round begins, (L, C, H, W) in [-1, 1].
        moments: Adam's first and second moment, (2, L, C, H, W).
        round: Which one it is, from 1.

    Returns:
        The images and the moments after it.
    """
    labels = label_of(sent)  # (L,)

    def cost(image: Tensor, label: Tensor, target: Gradient) -> Tensor:
        return apart(gradient(network, image, label), target) + SMOOTH * variation(image)

    slope = vmap(grad(cost))
    first, second = (moment.clone() for moment in moments)
    for step in range((round - 1) * STEPS, round * STEPS):
        towards = slope(images, labels, sent)
        first.lerp_(towards, 1 - BETAS[0])
        second.lerp_(towards.square(), 1 - BETAS[1])
        bias = [1 - beta ** (step + 1) for beta in BETAS]
        rate = RATE * 0.5 * (1 + math.cos(math.pi * step / (ROUNDS * STEPS)))
        images = (images - rate * (first / bias[0]) / ((second / bias[1]).sqrt() + 1e-8)).clamp(-1, 1)
    return images, torch.stack([first, second])


def inversion_view(network: LeNet, spec: ImageSpec, options: Search, inputs: Mapping[str, Any]) -> Answer:
    """What the server has found after some rounds, from the answer of the round before.

    The client's label is what the network says of the picture. The search begins with gray.

    Returns:
        `pictures` (L, C, H, W), uint8, by the noise in the gradient that was sent; `l1` (L,), the mean absolute
        difference of each from the client's picture, as a part of its range; `labels` (L,), what the server takes the
        label for. The words say how many `steps` were made, the `noises`, the `label` and the `classes`.
    """
    target = unit(inputs["picture"])
    label = network(target[None]).argmax(dim=1)[0]
    rng = seeded(Generator(), "noise in gradients")
    sent = disturbed(gradient(network, target, label), torch.tensor(NOISES), rng)
    before: Answer | None = inputs["answer"]
    if before is None:
        images = torch.zeros(len(NOISES), *target.shape)
        moments = images.new_zeros(2, *images.shape)
    else:
        images, moments = searched(network, sent, before.state["images"], before.state["moments"], round=options.round)
    l1 = (images - target).abs().mean(dim=(1, 2, 3)) / 2
    return Answer(
        {"pictures": as_images(images), "l1": l1, "labels": label_of(sent).int()},
        {
            "steps": options.round * STEPS,
            "noises": list(NOISES),
            "label": int(label),
            "classes": list(spec.classes),
        },
        {"images": images, "moments": moments},
    )


def before(options: Search) -> Search | None:
    """The round before; None for the first."""
    return options.model_copy(update={"round": options.round - 1}) if options.round else None


INVERSION = View(
    name="inversion",
    title="Curious server",
    question="What does a gradient give away?",
    about="A client keeps the picture on the stage and sends one gradient. From that alone the server searches, step "
    "by step, for the picture that has it. Noise in the gradient hides the picture only where there is much of it.",
    needs=LeNet,
    painter="frontiers/federated/inversion.js",
    options=Search,
    parts={
        "found": Part(
            inversion_view,
            options=Search,
            inputs=("picture", "answer"),
            heavy=True,
            earlier=before,
            ambiguous=("pictures", "l1"),  # many pictures have all but the same gradient
        )
    },
)
