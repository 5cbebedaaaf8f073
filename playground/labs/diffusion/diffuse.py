"""The objective of all diffusion and flow models: to denoise. One network, one phase, and an average of its weights.

Ho et al., 2020 (arXiv 2006.11239), algorithm 1; Karras et al., 2022 (arXiv 2206.00364), equation 8. What they and flow
matching differ in is the weight of a noise level and how often it is drawn.
"""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Generator, Tensor

from playground.average import AveragedObjective
from playground.data import ImageSpec, Split, unit
from playground.labs.diffusion.denoise import UNCONDITIONAL, Denoiser
from playground.labs.diffusion.parameterization import WeightingName
from playground.labs.diffusion.path import Levels
from playground.labs.diffusion.sampling import Settings, sample_images
from playground.labs.diffusion.unet import hidden
from playground.media import Sheet
from playground.metrics.features import Features
from playground.metrics.generated import generation_metrics
from playground.objective import Batch, Moment, Phase, Terms
from playground.optim import muon_and_adamw

COLUMNS, ROWS = 6, 10
PREVIEW_STEPS = 5
"""A preview must not hold up the training; an evaluation takes the settings' own number of steps."""
WARMUP = 0.04


class Diffuse(AveragedObjective):
    """Denoises images, class-conditional or not."""

    network: Denoiser
    shown: Denoiser
    quick_examples = 250
    final = 1000

    def __init__(
        self,
        *,
        network: Denoiser,
        spec: ImageSpec,
        features: Features,
        levels: Levels,
        weighting: WeightingName,
        conditional: bool,
        class_dropout: float,
        ema: float,
        guidance: float,
        learning_rate: float,
    ) -> None:
        """Takes what is to be trained.

        Args:
            network: The denoiser.
            spec: Of its images.
            features: The network in whose features samples are evaluated.
            levels: How noise levels are drawn along the path's time.
            weighting: How much errors count at a noise level.
            conditional: Whether it is given the class.
            class_dropout: The part of the images whose class is dropped, as classifier-free guidance needs it.
            ema: The decay of the average of the weights; shorter while the run is young.
            guidance: The scale of guidance in previews and evaluations, where it is conditional.
            learning_rate: The peak one of AdamW; Muon's is higher, see `muon_and_adamw`.
        """
        super().__init__(network=network, ema=ema)
        self.spec, self.features, self.conditional = spec, features, conditional
        self.levels, self.weighting = levels, weighting
        self.class_dropout, self.learning_rate = class_dropout, learning_rate
        self.settings = Settings(guidance=guidance)

    def phases(self) -> list[Phase]:
        """One phase: Muon for the hidden layers and AdamW for the rest."""
        # not fused: that would misread a resumed state, whose memory layout is not the kernels'
        optimizers = muon_and_adamw(
            self.network, hidden(self.network), lr=self.learning_rate, weight_decay=0.0, betas=(0.9, 0.99)
        )
        return [Phase("denoise", optimizers)]

    def schedule(self, phase: str, progress: float) -> float:
        """A short warm-up, then down as a cosine; the average of the weights smooths the noise of a high rate."""
        if progress < WARMUP:
            return 0.05 + 0.95 * progress / WARMUP
        return 0.5 * (1 + math.cos(math.pi * (progress - WARMUP) / (1 - WARMUP)))

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """The weighted squared error at random noise levels."""
        x0, rng = unit(batch["images"]), moment.rng
        sigma = self.network.path.draw(len(x0), rng, self.levels)
        noise = torch.randn(x0.shape, generator=rng, device=x0.device)
        dropped = torch.rand(len(x0), generator=rng, device=x0.device) < self.class_dropout
        condition = torch.where(dropped, UNCONDITIONAL, batch["labels"]) if self.conditional else None
        return {"loss": self.network.error(x0, noise, sigma, condition, self.weighting).mean()}

    def preview(self, rng: Generator) -> Sheet:
        """Samples from fixed noise: a row a class where there are classes, up to ten rows."""
        device = next(self.shown.parameters()).device
        rows = min(ROWS, len(self.spec.classes)) if self.conditional else COLUMNS
        noise = torch.randn(rows * COLUMNS, *self._shape, generator=rng, device=device)
        labels = torch.arange(rows, device=device).repeat_interleave(COLUMNS)
        settings = replace(self.settings, steps=PREVIEW_STEPS)
        return Sheet(sample_images(self.shown, noise, labels if self.conditional else None, settings), COLUMNS)

    def evaluate(self, split: Split) -> dict[str, float]:
        """The loss at fixed levels and noise, and the metrics of as many samples against the images.

        The samples are of the same classes, where it is conditional: the Frechet and kernel distances, precision and
        recall of `playground.metrics.generated`, and `as_asked`, the part that the classifier assigns to the class
        asked for.
        """
        real, classes = split["images"], split["labels"]
        device = real.device
        rng = Generator(device).manual_seed(0)
        sigmas = self.shown.path.quantile(spaced(len(split), rng), self.levels)
        total = 0.0
        for images, labels, sigma in zip(real.split(250), classes.split(250), sigmas.split(250), strict=True):
            noise = torch.randn(images.shape, generator=rng, device=device)
            condition = labels if self.conditional else None
            total += float(self.shown.error(unit(images), noise, sigma, condition, self.weighting).sum())
        noise = torch.randn(len(split), *self._shape, generator=rng, device=device)
        generated = sample_images(self.shown, noise, classes if self.conditional else None, self.settings)
        metrics = {"loss": total / len(split), **generation_metrics(generated, real, self.features)}
        if self.conditional and self.features.spec.classes == self.spec.classes:
            predicted = self.features.logits(generated).argmax(dim=1)
            metrics["as_asked"] = float((predicted == classes.cpu()).float().mean())
        return metrics

    @property
    def _shape(self) -> tuple[int, int, int]:
        return self.spec.channels, self.spec.size, self.spec.size


def spaced(n: int, rng: Generator) -> Tensor:
    """N parts of [0, 1] in random order, one in the middle of each n-th."""
    return (torch.randperm(n, generator=rng, device=rng.device) + 0.5) / n
