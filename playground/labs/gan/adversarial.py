"""The objective of a GAN: two players in turns, the averaged generator, and how its pictures are judged."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn
from torch.optim import Adam

from playground.average import follow
from playground.data import Data, Split, unit
from playground.labs.gan import augment, samples
from playground.labs.gan.conditional import Gan
from playground.labs.gan.losses import AdversarialLoss, gradient_penalty, zero_centred
from playground.media import Media, Sheet
from playground.metrics.features import Features
from playground.metrics.generated import RELIABLE, generation_metrics
from playground.objective import Batch, Moment, Objective, Phase, Terms

MOST_CLASSES = 10
"""How many classes a preview shows, one a row."""
CHUNK = 500
"""How many pictures are made at once when they are judged."""
COLUMNS = 8
"""How many pictures stand in a row of a preview."""


@dataclass(frozen=True)
class Penalties:
    """What the discriminator pays for a steep slope.

    Attributes:
        r1: gamma of the zero-centred penalty on real pictures.
        r2: gamma of the one on made pictures.
        between: The weight of WGAN-GP's penalty on mixtures of the two.
        every: Only one step in so many pays, and then so many times as much ("lazily": Karras et al., "Analyzing and
            Improving the Image Quality of StyleGAN", 2020, section 3.1).
    """

    r1: float = 0.0
    r2: float = 0.0
    between: float = 0.0
    every: int = 1


class Adversarial(Objective):
    """Trains the two players of `network` against each other; `shown` holds the average of the generator's weights."""

    final = RELIABLE

    def __init__(
        self,
        *,
        network: Gan,
        data: Data,
        features: Features | None,
        game: AdversarialLoss,
        penalties: Penalties,
        ways: Sequence[str],
        learning_rate: float,
        discriminator_rate: float,
        momentum: float,
        ema: float,
    ) -> None:
        """Takes a fresh network.

        Args:
            network: Both players.
            data: What to learn from.
            features: What generated pictures are evaluated in; nothing where they are not.
            game: What each of the two minimises.
            penalties: On the discriminator's gradient.
            ways: How pictures are changed before they are judged; names out of `augment.WAYS`.
            learning_rate: The generator's.
            discriminator_rate: The discriminator's, as a multiple of the generator's.
            momentum: Adam's first beta.
            ema: How much of the averaged generator is kept at a step.
        """
        super().__init__()
        self.generator, self.discriminator = network.generator, network.discriminator
        self.shown = deepcopy(network)
        self.shown.generator.requires_grad_(False)
        self.shown.discriminator = network.discriminator
        self.game, self.penalties, self.ways = game, penalties, tuple(ways)
        self.rates = {"generator": learning_rate, "discriminator": learning_rate * discriminator_rate}
        self.momentum, self.ema, self.spec, self.features = momentum, ema, data.spec, features

    shown: Gan

    def phases(self) -> list[Phase]:
        """The discriminator's turn, then the generator's."""
        return [Phase(name, [self._adam(name)]) for name in ("discriminator", "generator")]

    def _adam(self, name: str) -> Adam:
        player = self.get_submodule(name)
        return Adam(player.parameters(), lr=self.rates[name], betas=(self.momentum, 0.99), fused=True)

    def schedule(self, progress: float) -> float:
        """Full speed for the first half, then down as a cosine: the average settles as the players slow down."""
        return 1.0 if progress < 0.5 else 0.5 * (1 + math.cos(math.pi * (2 * progress - 1)))

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """A player's loss; the discriminator's with "right", the share of pairs in which the real one wins."""
        real, rng = self.real(batch), moment.rng
        labels = batch["labels"] if self.generator.classes else None
        z = torch.randn(len(real), self.generator.latent, generator=rng, device=real.device)
        changed = augment.draw(real, self.ways, rng)
        if phase == "generator":
            fake = changed(self.generator(z, labels))
            with frozen(self.discriminator):
                on_fake = self.discriminator(fake, labels)
                on_real = self.discriminator(changed(real), labels) if self.game.relativistic else on_fake.detach()
            return {"loss": self.game.generator(on_fake, on_real)}
        with torch.no_grad():
            fake = changed(self.generator(z, labels))
        real = changed(real)
        on_real, on_fake = self._verdicts(real, fake, labels)
        loss = self.game.discriminator(on_real, on_fake)
        right = (on_real > on_fake).float().mean()
        return {"loss": loss + self._penalty(real, fake, labels, moment), "game": loss, "right": right}

    def real(self, batch: Batch) -> Tensor:
        """The pictures (B, C, H, W) of a batch, in [-1, 1]."""
        return unit(batch["images"])

    def _verdicts(self, real: Tensor, fake: Tensor, labels: Tensor | None) -> tuple[Tensor, Tensor]:
        twice = None if labels is None else torch.cat([labels, labels])
        on_real, on_fake = self.discriminator(torch.cat([real, fake]), twice).chunk(2)
        return on_real, on_fake

    def _penalty(self, real: Tensor, fake: Tensor, labels: Tensor | None, moment: Moment) -> Tensor:
        """What the discriminator pays in this step."""
        weights, due = self.penalties, real.new_zeros(())
        if moment.step % weights.every:
            return due

        def discriminate(images: Tensor) -> Tensor:
            told = labels if labels is None or len(images) == len(labels) else labels.repeat(2)
            return self.discriminator(images, told)

        if weights.r1 == weights.r2:  # half of both is the mean over all samples, found at once
            if weights.r1:
                due = due + weights.r1 * zero_centred(discriminate, torch.cat([real, fake]))
        else:
            due = due + weights.r1 / 2 * zero_centred(discriminate, real)
            due = due + weights.r2 / 2 * zero_centred(discriminate, fake)
        if weights.between:
            due = due + weights.between * gradient_penalty(discriminate, real, fake, moment.rng)
        return weights.every * due

    def after_step(self, moment: Moment) -> None:
        """Moves the average towards the generator."""
        follow(self.shown.generator, self.generator, decay=self.ema, step=moment.step)

    def restore(self, weights: dict[str, Tensor]) -> None:  # type: ignore[override]
        """Both players go on from a snapshot: the generator from its average."""
        super().restore(weights)
        self.generator.load_state_dict(self.shown.generator.state_dict())

    def preview(self, rng: Generator) -> Media:
        """64 pictures from fixed noise; with classes, one row a class and the same noise in every row."""
        classes = min(self.generator.classes, MOST_CLASSES)
        n = COLUMNS if classes else COLUMNS**2
        z = torch.randn(n, self.generator.latent, generator=rng, device=rng.device)
        if not classes:
            return Sheet(samples.draw(self.shown, z), COLUMNS)
        labels = torch.arange(classes, device=rng.device).repeat_interleave(n)
        return Sheet(samples.draw(self.shown, z.repeat(classes, 1), labels), COLUMNS)

    def evaluate(self, split: Split) -> dict[str, float]:
        """Distances from the real pictures, and "as asked": the share that a classifier takes for the class asked for.

        As many pictures are made as `split` has, of the same classes, from noise that is always the same. The second
        number is there where classes are told and the classifier knows them.
        """
        assert self.features is not None
        real = split["images"]
        labels = split["labels"] if self.generator.classes else None
        rng = Generator(real.device).manual_seed(0)
        z = torch.randn(len(real), self.generator.latent, generator=rng, device=real.device)
        parts = [slice(start, start + CHUNK) for start in range(0, len(real), CHUNK)]
        made = torch.cat(
            [samples.draw(self.shown, z[part], None if labels is None else labels[part]) for part in parts]
        )
        values = generation_metrics(self.features.embed(made), real, self.features)
        if labels is not None and self.features.spec.classes == self.spec.classes:
            values["as_asked"] = float((self.features.logits(made).argmax(dim=1) == labels.cpu()).double().mean())
        return values


@contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """While this lasts, what runs through `module` computes no gradient of its weights, but still one of its inputs."""
    module.requires_grad_(False)
    try:
        yield
    finally:
        module.requires_grad_(True)
