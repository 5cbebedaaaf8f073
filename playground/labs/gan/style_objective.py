"""The objective of StyleGAN2: adversarial training with style mixing, lazy regularization and an average that ramps up.

Karras et al., "Analyzing and Improving the Image Quality of StyleGAN", 2019 (arXiv 1912.04958), sections 3.1, 3.2 and
appendix B; "Training Generative Adversarial Networks with Limited Data", 2020 (arXiv 2006.06676), appendix C.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.optim import Adam

from playground.labs.gan import augment
from playground.labs.gan.adversarial import Adversarial
from playground.labs.gan.losses import path_lengths, zero_centered
from playground.labs.gan.stylegan import StyleGan, StyleGenerator, mixed
from playground.objective import Batch, Moment, Phase, Terms

PATH_DECAY = 0.99
"""How much of the mean path length stays in a step that has the regularization."""
RAMP_UP = 0.05
"""The half-life of the averaged generator is at most this part of the images seen so far."""
BETA2 = 0.99


@dataclass(frozen=True)
class StyleSettings:
    """What StyleGAN2 has beyond an adversarial loss.

    Attributes:
        mixing: Style mixing: the probability that an image is generated from two codes.
        r1: gamma of the gradient penalty on real images.
        r1_every: Steps of the discriminator from one penalty to the next.
        path_length: The weight of the path length regularization; 0 for none.
        path_every: Steps of the generator from one to the next.
        half_life: Of the averaged generator, in images.
    """

    mixing: float = 0.9
    r1: float = 0.05
    r1_every: int = 16
    path_length: float = 0.0
    path_every: int = 4
    half_life: float = 10_000


class StyleAdversarial(Adversarial):
    """Adversarial training of a `StyleGenerator`; its regularizations have steps of their own, now and then."""

    path_mean: Tensor
    """The running mean of the path length, the constant a of equation 4; part of the state, so that resume is exact."""

    def __init__(self, *, settings: StyleSettings, batch_size: int, **options: Any) -> None:
        """What `Adversarial` takes, and the settings for batches of `batch_size`."""
        super().__init__(**options)
        self.settings, self.batch_size = settings, batch_size
        self.register_buffer("path_mean", torch.zeros(()))

    network: StyleGan
    shown: StyleGan

    @property
    def generator(self) -> StyleGenerator:
        """The one that is trained."""
        return self.network.generator

    def decay(self, moment: Moment) -> float:
        """2^(-batch / half-life) (2020, appendix C); the half-life ramps up with the images seen, from none at all."""
        return ema_decay(self.batch_size, self.settings.half_life, seen=moment.step * self.batch_size)

    def every(self, phase: str) -> int:
        """Steps of a phase from one regularization to the next; 0 without one."""
        settings = self.settings
        if phase == "discriminator":
            return settings.r1_every if settings.r1 else 0
        return settings.path_every if settings.path_length else 0

    def _adam(self, name: str) -> Adam:
        """Adam; c = k / (k + 1) makes up for the regularization's own step after every k (appendix B)."""
        k = self.every(name)
        c = k / (k + 1) if k else 1.0
        parameters = self.network.get_submodule(name).parameters()
        return Adam(parameters, lr=self.rates[name] * c, betas=(self.momentum**c, BETA2**c), fused=True)

    def update(self, phase: Phase, batch: Batch, moment: Moment) -> Terms:
        """A step on the adversarial loss and, if it is its turn, one on the regularization, the term "penalty"."""
        terms = super().update(phase, batch, moment)
        every = self.every(phase.name)
        if not every or moment.step % every:
            return terms
        for optimizer in phase.optimizers:
            optimizer.zero_grad(set_to_none=True)
        with self.autocast():
            regularize = self.r1 if phase.name == "discriminator" else self.path_length
            penalty = regularize(batch, moment)
        (every * penalty).backward()
        for optimizer in phase.optimizers:
            optimizer.step()
        return {**terms, "penalty": penalty}

    def r1(self, batch: Batch, moment: Moment) -> Tensor:
        """R1: gamma / 2 times the mean of |grad D(x)|^2 on the real images of a batch, augmented as all images are."""
        real = self.real(batch)
        augmented, labels = augment.draw(real, self.augmentations, moment.rng), self.asked(batch)

        def discriminate(images: Tensor) -> Tensor:
            return self.network.discriminator(augmented(images), labels)

        return self.settings.r1 / 2 * zero_centered(discriminate, real)

    def path_length(self, batch: Batch, moment: Moment) -> Tensor:
        """The weighted mean of (|J_w^T y| - a)^2 (equation 4), over half a batch of generated images."""
        n, labels, rng = max(1, len(batch["images"]) // 2), self.asked(batch), moment.rng
        z = torch.randn(n, self.generator.latent, generator=rng, device=rng.device)
        ws = self._styles(z, None if labels is None else labels[:n], moment)
        images = self.generator.synthesis(ws, self.generator.synthesis.fresh_noise(n, rng))
        lengths = path_lengths(images, ws, torch.randn(images.shape, generator=rng, device=rng.device))
        self.path_mean.lerp_(lengths.detach().mean(), 1 - PATH_DECAY)
        return self.settings.path_length * (lengths - self.path_mean).square().mean()

    def generate(self, z: Tensor, labels: Tensor | None, moment: Moment) -> Tensor:
        """Images of mixed styles with fresh noise; the average of w takes in their codes."""
        ws = self._styles(z, labels, moment)
        self.generator.track(ws[:, 0].detach())
        return self.generator.synthesis(ws, self.generator.synthesis.fresh_noise(len(z), moment.rng))

    def _styles(self, z: Tensor, labels: Tensor | None, moment: Moment) -> Tensor:
        """Codes ws (B, layers, latent), for some images of two: a crossover is as likely before any layer but one."""
        generator, rng, layers = self.generator, moment.rng, self.generator.synthesis.layers
        ws = generator.broadcast(generator.mapping(z, labels))
        if not self.settings.mixing:
            return ws
        others = torch.randn(z.shape, generator=rng, device=rng.device)
        crossover = torch.randint(1, layers, (len(z),), generator=rng, device=rng.device)
        chosen = torch.rand(len(z), generator=rng, device=rng.device) < self.settings.mixing
        second = generator.broadcast(generator.mapping(others, labels))
        return mixed(ws, second, torch.where(chosen, crossover, layers))

    def _features(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """One after the other: a minibatch deviation is of real images, or of generated ones."""
        return self.network.discriminator.embed(real), self.network.discriminator.embed(fake)


def ema_decay(batch_size: int, half_life: float, *, seen: int) -> float:
    """How much of the average stays in a step of `batch_size` images, after `seen` images."""
    half_life = min(half_life, RAMP_UP * seen)
    return 0.5 ** (batch_size / half_life) if half_life else 0.0
