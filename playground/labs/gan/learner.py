"""What the views of this lab measure images with: a small classifier that learns while one looks, round by round."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from playground import learner
from playground.data import unit
from playground.labs.vision.classifier import MapClassifier
from playground.view import Options, option

ROUNDS = 8
"""The training comes in so many rounds."""


class Learner(learner.Learner[MapClassifier]):
    """A classifier part way through its training, which says where its answer comes from."""

    def __init__(self, build: Callable[[], MapClassifier], state: Mapping[str, Tensor] | None = None) -> None:
        """Begins with the same weights each time, or goes on from what `state` gave."""
        super().__init__(build, state, rounds=ROUNDS)

    @torch.no_grad()
    def maps(self, images: Tensor) -> Tensor:
        """What each place adds to the logits: images (N, C, H, W), uint8, to (N, classes, h, w).

        Zhou et al., "Learning Deep Features for Discriminative Localization", 2016 (arXiv 1512.04150), equation 2. The
        mean over places is the logits, but for the bias of the head.
        """
        features = self.network.maps(unit(images))  # (N, F, h, w)
        head: nn.Linear = self.network.head  # type: ignore[assignment]
        return torch.einsum("nfhw,kf->nkhw", features, head.weight)


class Rounds(Options):
    """How far the training has come."""

    round: int = option(ROUNDS, "Rounds that the classifier has been trained for.", ge=1, le=ROUNDS)


def before(options: Any) -> Any:
    """The round before; None for the first."""
    return learner.before(options, first=1)
