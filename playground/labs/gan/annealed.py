"""Adversarial training whose settings change with it: strong penalties and a short memory first.

Huang et al., "The GAN is dead; long live the GAN! A Modern GAN Baseline", 2024 (arXiv 2501.05441), section 4 and
appendix: learning rate and gamma fall, Adam's beta 2 and the probability of augmentation rise, along half a cosine
each.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from playground.labs.gan.adversarial import Adversarial, Penalties
from playground.labs.gan.style_objective import ema_decay
from playground.objective import Batch, Moment, Phase, Terms

RATE = 0.25
"""The last learning rate, as a part of the first."""
GAMMA = 0.1
"""The last gamma, as a part of the first."""
BETA2 = (0.9, 0.99)
"""Adam's beta 2, first and last: a short memory suits gradients that change quickly."""


AUGMENTED = 0.3
"""The last probability of augmentation, that of the paper for faces of 64 pixels; the first is 0, as it takes time to
learn pictures by heart."""


def annealed(first: float, last: float, progress: float) -> float:
    """From `first` to `last` along half a cosine; `progress` in [0, 1]."""
    return last + (first - last) * 0.5 * (1 + math.cos(math.pi * progress))


class AnnealedAdversarial(Adversarial):
    """Adversarial training with all schedules of R3GAN; the averaged generator has StyleGAN2's half-life."""

    def __init__(self, *, half_life: float, batch_size: int, **options: Any) -> None:
        """What `Adversarial` takes, and the half-life of the averaged generator, in images."""
        super().__init__(ema=0.0, **options)
        self.half_life, self.batch_size = half_life, batch_size

    def decay(self, moment: Moment) -> float:
        """As in StyleGAN2-ADA; the half-life ramps up with the images seen."""
        return ema_decay(self.batch_size, self.half_life, seen=moment.step * self.batch_size)

    def schedule(self, phase: str, progress: float) -> float:
        """The learning rate falls to a quarter."""
        return annealed(1.0, RATE, progress)

    def weights(self, moment: Moment) -> Penalties:
        """Gamma falls to a tenth."""
        factor = annealed(1.0, GAMMA, moment.progress)
        return replace(self.penalties, r1=self.penalties.r1 * factor, r2=self.penalties.r2 * factor)

    def probability(self, moment: Moment) -> float:
        """From none to `AUGMENTED`."""
        return annealed(0.0, AUGMENTED, moment.progress)

    def update(self, phase: Phase, batch: Batch, moment: Moment) -> Terms:
        """A step with the beta 2 of this moment."""
        for optimizer in phase.optimizers:
            for group in optimizer.param_groups:
                group["betas"] = (self.momentum, annealed(*BETA2, moment.progress))
        return super().update(phase, batch, moment)
