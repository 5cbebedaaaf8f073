"""The lottery ticket: a sparse network that learns as well as the whole one, if its weights begin as they once began.

Frankle & Carbin, "The Lottery Ticket Hypothesis", 2018 (arXiv 1803.03635), section 1: train, prune the smallest
magnitudes, give those that are left the weights that they had, train again. They had them at the start, or a little
later: Frankle et al., "Stabilizing the Lottery Ticket Hypothesis", 2019 (arXiv 1903.01611), section 3. Here by one
pruning, of the smallest magnitudes of all layers together.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import partial

import torch
from torch import Generator, Tensor, nn

from playground.labs.frontiers.efficiency.compress import largest, matrices
from playground.learner import Learner
from playground.randomness import seeded

Masks = Mapping[str, Tensor]
"""Of weights by name, bool: those that stay."""
ROUNDS, STEPS = 10, 20
"""The training comes in so many rounds of so many steps."""
HEAD = "head.weight"
"""What is not pruned: next to none of its few and small weights would be left, at 80 % two of the 640 of a small ViT.
Frankle & Carbin prune the output layer at a lower rate, too (section 2)."""
ARMS = ("whole", "ticket", "redrawn", "shuffled")


def shuffled(masks: Masks, seed: int) -> dict[str, Tensor]:
    """Masks that leave as many weights of each layer, but others."""
    rng = seeded(Generator(), seed, "masks")
    return {
        name: mask.flatten()[torch.randperm(mask.numel(), generator=rng)].view_as(mask) for name, mask in masks.items()
    }


def compared(
    network: nn.Module, last: nn.Module, fresh: nn.Module, share: float, state: Mapping[str, Tensor] | None = None
) -> dict[str, Learner[nn.Module]]:
    """The whole network, its ticket, and two that lack something of that, by the names of `ARMS`.

    Args:
        network: With the weights of a step, to which the ticket is rewound.
        last: The same network at the end of its training, whose largest weights are the ticket's.
        fresh: The same network, newly drawn.
        share: What is pruned, of all weights but the head's.
        state: What they go on from, see `states`.
    """
    weights = {name: weight for name, weight in matrices(last).items() if name != HEAD}
    masks = largest(weights, share)
    starts: dict[str, tuple[nn.Module, Masks]] = {
        "whole": (network, {}),
        "ticket": (network, masks),
        "redrawn": (fresh, masks),
        "shuffled": (network, shuffled(masks, 0)),
    }
    return {
        arm: Learner(partial(_copied, one), _part(state, arm), rounds=ROUNDS, masks=stay)
        for arm, (one, stay) in starts.items()
    }


def states(arms: Mapping[str, Learner[nn.Module]]) -> dict[str, Tensor]:
    """All that it takes to go on with these."""
    return {f"{arm}.{name}": value for arm, learner in arms.items() for name, value in learner.state().items()}


def _part(state: Mapping[str, Tensor] | None, arm: str) -> dict[str, Tensor] | None:
    if state is None:
        return None
    return {name.removeprefix(f"{arm}."): value for name, value in state.items() if name.startswith(f"{arm}.")}


def _copied(network: nn.Module) -> nn.Module:
    return copy.deepcopy(network).requires_grad_(True)
