"""The objective of a GAN that grows: when each size is trained, and how long its newest layers fade in.

Karras et al., "Progressive Growing of GANs", 2017 (arXiv 1710.10196), section 2, figure 2 and appendix A.1: sizes take
turns, each first faded in and then trained on. There every size is shown as many images; here the budget may be in
seconds, and larger images, from which more has to be learned, get larger shares of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from playground.labs.gan.adversarial import Adversarial
from playground.labs.gan.growing import GrowingGan
from playground.objective import Batch, Moment, Phase, Terms


@dataclass(frozen=True)
class Growth:
    """How a budget is divided among sizes; a function of the spent part of it alone, so that resume is exact.

    Attributes:
        sizes: How many follow one another, the first of them included.
        longer: How many times as long as the one before it each of them is trained.
        fade: The part of its time in which a size fades in, in [0, 1].
    """

    sizes: int
    longer: float
    fade: float

    def start(self, size: int) -> float:
        """The progress at which the turn of number `size` begins, counted from 0; 1 for the number after the last."""
        shares = [self.longer**number for number in range(self.sizes)]
        return sum(shares[:size]) / sum(shares)

    def size(self, progress: float) -> int:
        """The number of the size whose turn it is at `progress` in [0, 1]."""
        return sum(self.start(size) <= progress for size in range(1, self.sizes))

    def alpha(self, size: int, progress: float, *, since: float = 0.0) -> float:
        """How far number `size` is faded in: from `since` when its turn begins up to 1, in a straight line."""
        begin, end = self.start(size), self.settled(size)
        share = 1.0 if end <= begin else min(max((progress - begin) / (end - begin), 0.0), 1.0)
        return since + (1 - since) * share

    def settled(self, size: int) -> float:
        """The progress at which number `size` is all there."""
        return self.start(size) + self.fade * (self.start(size + 1) - self.start(size))


class GrowingAdversarial(Adversarial):
    """Trains a GAN that grows; a frame shows it right after it has, when it still computes what it did before.

    Attributes:
        first: The stage that this run began at: 0, or that of the snapshot that it was branched from.
        since: alpha at that moment: 1, or less if the branch began in the middle of a fade.
    """

    network: GrowingGan
    shown: GrowingGan
    first: Tensor
    since: Tensor

    def __init__(self, *, longer: float, fade: float, **options: Any) -> None:
        """What `Adversarial` takes, and how the budget is divided, see `Growth`."""
        super().__init__(**options)
        self.longer, self.fade = longer, fade
        self.register_buffer("first", torch.zeros((), dtype=torch.long))
        self.register_buffer("since", torch.ones(()))

    @property
    def growth(self) -> Growth:
        """Of the sizes that are left from the run's first one on."""
        return Growth(len(self.network.sides) - int(self.first), self.longer, self.fade)

    def schedule(self, phase: str, progress: float) -> float:
        """Full speed until the last size is all there, then down as a cosine."""
        growth = self.growth
        settled = growth.settled(growth.sizes - 1)
        return 1.0 if progress < settled else 0.5 * (1 + math.cos(math.pi * (progress - settled) / (1 - settled)))

    def update(self, phase: Phase, batch: Batch, moment: Moment) -> Terms:
        """A step at the alpha of this moment."""
        size = self.network.stage - int(self.first)
        since = 0.0 if size else float(self.since)
        self.network.fade(self.growth.alpha(size, moment.progress, since=since))
        return super().update(phase, batch, moment)

    def real(self, batch: Batch) -> Tensor:
        """The images (B, C, H, W) of a batch, as coarse as the generated ones."""
        return self.network.seen(super().real(batch))

    def mark(self, moment: Moment) -> str:
        """Grows when it is time, once in a step at most, so that every size gets a step even in a short run."""
        if self.network.stage - int(self.first) >= self.growth.size(moment.progress):
            return ""
        self._grow()
        return f"grows to {self.network.side} pixels"

    def shape(self) -> dict[str, Any]:
        """The side that it has grown to."""
        return {"side": self.network.side}

    def reshape(self, shape: Mapping[str, Any]) -> None:
        """Grows to the side of a snapshot or a saved state."""
        while self.network.side < min(shape.get("side", 0), self.network.sides[-1]):
            self._grow()

    def restore(self, weights: Mapping[str, Tensor]) -> None:
        """Takes on a snapshot's weights; from where it stood the schedule begins anew."""
        super().restore(weights)
        self.first.fill_(self.network.stage)
        self.since.copy_(self.network.alpha)

    def _grow(self) -> None:
        """Adds the same fresh layers to the network and to the average, whose other weights stay."""
        self.network.grow()
        trained, average = self.network.generator, self.shown.generator
        known = average.state_dict()
        average.layers.grow()
        fresh = {name: value for name, value in trained.state_dict().items() if name not in known}
        average.load_state_dict(fresh, strict=False)
        average.requires_grad_(False)
