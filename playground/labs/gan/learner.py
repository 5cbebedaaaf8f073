"""A small classifier that is trained while one looks, round by round: what the views of this lab measure images with.

Muon teaches it within seconds on one CPU core (`playground/optim.py`), and any answer can be gone on from.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from playground.data import unit
from playground.labs.vision.classifier import MapClassifier
from playground.optim import hidden, muon_and_adamw
from playground.randomness import ambient
from playground.view import Options, option

ROUNDS = 8
"""The training comes in so many rounds."""
WARM_UP = 10
"""Steps in which the learning rate rises."""
RATE, DECAY = 0.01, 0.01
"""The largest learning rate, and the weight decay."""
MEASURED = 4
"""Batches that the norms' means and variances are measured on, once a round has ended."""
BATCH = 200
"""How many images go through it at once when it is asked."""


class Learner:
    """A classifier part way through its training."""

    def __init__(self, build: Callable[[], MapClassifier], state: Mapping[str, Tensor] | None = None) -> None:
        """Begins with the same weights each time, or goes on from what `state` gave."""
        with ambient(0, torch.device("cpu")):
            self.network = build().eval()
        rates = {"lr": RATE, "weight_decay": DECAY}
        self.optimizers = muon_and_adamw(self.network, hidden(self.network), **rates, fused=True)
        self._peaks = [[group["lr"] for group in one.param_groups] for one in self.optimizers]
        if state is not None:
            self._resume(state)

    def _resume(self, state: Mapping[str, Tensor]) -> None:
        names = self.network.state_dict()
        self.network.load_state_dict({name: state[f"network.{name}"] for name in names})
        for number, optimizer in enumerate(self.optimizers):
            slots: dict[int, dict[str, Tensor]] = {}
            for key, value in state.items():
                if key.startswith(f"optimizer.{number}."):
                    _, _, parameter, slot = key.split(".")
                    slots.setdefault(int(parameter), {})[slot] = value.clone()
            optimizer.load_state_dict({**optimizer.state_dict(), "state": slots})

    def state(self) -> dict[str, Tensor]:
        """All that it takes to go on: weights, and what the optimizers remember."""
        tensors = {f"network.{name}": value.detach().clone() for name, value in self.network.state_dict().items()}
        for number, optimizer in enumerate(self.optimizers):
            for parameter, slots in optimizer.state_dict()["state"].items():
                for slot, value in slots.items():
                    tensors[f"optimizer.{number}.{parameter}.{slot}"] = value.clone()
        return tensors

    def learn(self, round: int, batches: Sequence[tuple[Tensor, Tensor]]) -> None:
        """One round, from 1, of as many batches as all have: images (B, C, H, W), uint8, and labels (B,), int64."""
        recent: deque[Tensor] = deque(maxlen=MEASURED)
        self.network.train()
        for step, (images, labels) in enumerate(batches, (round - 1) * len(batches)):
            share = min(1, (step + 1) / WARM_UP) * (1 - step / (ROUNDS * len(batches)))
            for optimizer, peaks in zip(self.optimizers, self._peaks, strict=True):
                for group, peak in zip(optimizer.param_groups, peaks, strict=True):
                    group["lr"] = share * peak
            with torch.enable_grad():
                loss = F.cross_entropy(self.network(unit(images)), labels)
                self.network.zero_grad()
                loss.backward()
            for optimizer in self.optimizers:
                optimizer.step()
            recent.append(images)
        self._measure(recent)

    def _measure(self, batches: Iterable[Tensor]) -> None:
        """Gives the norms the statistics of the weights as they are now, not of those that came before.

        Wu & Johnson, "Rethinking 'Batch' in BatchNorm", 2021 (arXiv 2105.07576), section 3: after few and large steps
        the running means lag far behind.
        """
        norms = [layer for layer in self.network.modules() if isinstance(layer, nn.BatchNorm2d)]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # all batches count alike
        with torch.no_grad():
            for images in batches:
                self.network(unit(images))
        self.network.eval()

    @torch.no_grad()
    def logits(self, images: Tensor) -> Tensor:
        """Images (N, C, H, W), uint8, to logits (N, classes)."""
        return torch.cat([self.network(unit(part)) for part in images.split(BATCH)])

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
    return options.model_copy(update={"round": options.round - 1}) if options.round > 1 else None
