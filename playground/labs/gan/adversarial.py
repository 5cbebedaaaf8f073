"""The objective of a GAN: alternating steps, the averaged generator, and how its images are evaluated."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn
from torch.optim import Adam

from playground.average import AveragedObjective
from playground.data import Data, Split, unit
from playground.labs.gan import augment, samples
from playground.labs.gan.conditional import Gan
from playground.labs.gan.losses import AdversarialLoss, gradient_penalty, zero_centered
from playground.media import Media, Sheet
from playground.metrics.attributes import AttributeClassifier
from playground.metrics.classified import classes_covered
from playground.metrics.copies import copied
from playground.metrics.features import Features
from playground.metrics.generated import RELIABLE, generation_metrics
from playground.objective import Batch, Moment, Phase, Terms

MOST_CLASSES = 10
"""How many classes a preview shows, one a row."""
CHUNK = 500
"""How many images are generated at once in an evaluation."""
COLUMNS = 8
"""How many images stand in a row of a preview."""


@dataclass(frozen=True)
class Penalties:
    """Gradient penalties of the discriminator.

    Attributes:
        r1: gamma of the zero-centered penalty on real images.
        r2: gamma of the one on generated images.
        wgan_gp: The weight of WGAN-GP's penalty on mixtures of the two.
        every: Lazy regularization: one step in so many has penalties, and then so many times as much (Karras et al.,
            "Analyzing and Improving the Image Quality of StyleGAN", 2020, section 3.1).
    """

    r1: float = 0.0
    r2: float = 0.0
    wgan_gp: float = 0.0
    every: int = 1


class Adversarial(AveragedObjective):
    """Trains generator against discriminator; `shown` holds the average of the generator's weights."""

    final = RELIABLE

    def __init__(
        self,
        *,
        network: Gan,
        data: Data,
        conditions: Sequence[str],
        features: Features | None,
        adversarial_loss: AdversarialLoss,
        penalties: Penalties,
        augmentations: Sequence[str],
        learning_rate: float,
        discriminator_rate: float,
        momentum: float,
        ema: float,
        auxiliary: float = 0.0,
    ) -> None:
        """Takes a fresh network.

        Args:
            network: Generator and discriminator.
            data: What to learn from.
            conditions: The columns of it that both are given, none if they are unconditional.
            features: What generated images are evaluated in; nothing where they are not.
            adversarial_loss: What each of the two minimizes.
            penalties: On the discriminator's gradient.
            augmentations: Of all that the discriminator sees; names out of `augment.AUGMENTATIONS`.
            learning_rate: The generator's.
            discriminator_rate: The discriminator's, as a multiple of the generator's.
            momentum: Adam's first beta.
            ema: Decay of the averaged generator.
            auxiliary: What it weighs that the discriminator's auxiliary classifier is right: on real images for the
                discriminator, on generated ones for the generator (Odena et al., see `ProjectionDiscriminator.errors`;
                there the discriminator learns from generated ones, too, and would excuse what they lack).
        """
        super().__init__(network=network, ema=ema, shared=["discriminator"])
        self.adversarial_loss, self.penalties = adversarial_loss, penalties
        self.augmentations = tuple(augmentations)
        self.rates = {"generator": learning_rate, "discriminator": learning_rate * discriminator_rate}
        self.momentum, self.spec, self.features = momentum, data.spec, features
        self.conditions, self.data, self.auxiliary = tuple(conditions), data, auxiliary

    network: Gan
    shown: Gan

    def phases(self) -> list[Phase]:
        """The discriminator's step, then the generator's."""
        return [Phase(name, [self._adam(name)]) for name in ("discriminator", "generator")]

    def _adam(self, name: str) -> Adam:
        parameters = self.network.get_submodule(name).parameters()
        return Adam(parameters, lr=self.rates[name], betas=(self.momentum, 0.99), fused=True)

    def schedule(self, phase: str, progress: float) -> float:
        """Full speed for the first half, then down as a cosine: the average settles as the learning rate falls."""
        return 1.0 if progress < 0.5 else 0.5 * (1 + math.cos(math.pi * (2 * progress - 1)))

    def update(self, phase: Phase, batch: Batch, moment: Moment) -> Terms:
        """One step, and the norm of its "gradient": where it vanishes, nothing more is learned."""
        terms = super().update(phase, batch, moment)
        gradients = [
            value.grad for value in self.network.get_submodule(phase.name).parameters() if value.grad is not None
        ]
        return {**terms, "gradient": torch.nn.utils.get_total_norm(gradients)}

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """The phase's loss.

        The discriminator's comes with "right", the share of pairs in which the real logit is higher, and the mean
        "margin" by which it is.
        """
        real, rng = self.real(batch), moment.rng
        labels = self.asked(batch)
        z = torch.randn(len(real), self.network.generator.latent, generator=rng, device=real.device)
        augmented = augment.draw(real, self.augmentations, rng, self.probability(moment))
        if phase == "generator":
            fake = augmented(self.generate(z, labels, moment))
            with frozen(self.network.discriminator):
                of_fake = self.network.discriminator.embed(fake)
                on_fake = self.network.discriminator.logits(of_fake, labels)
                relativistic = self.adversarial_loss.relativistic
                on_real = self.network.discriminator(augmented(real), labels) if relativistic else on_fake.detach()
                auxiliary = self._auxiliary(of_fake, labels)
            return {"loss": self.adversarial_loss.generator(on_fake, on_real) + sum(auxiliary.values()), **auxiliary}
        with torch.no_grad():
            fake = augmented(self.generate(z, labels, moment))
        real = augmented(real)
        of_real, of_fake = self._features(real, fake)
        on_real, on_fake = (self.network.discriminator.logits(features, labels) for features in (of_real, of_fake))
        adversarial, auxiliary = self.adversarial_loss.discriminator(on_real, on_fake), self._auxiliary(of_real, labels)
        return {
            "loss": adversarial + sum(auxiliary.values()) + self._penalty(real, fake, labels, moment),
            "adversarial": adversarial,
            "right": (on_real > on_fake).float().mean(),
            "margin": (on_real - on_fake).mean(),
            **auxiliary,
        }

    def _auxiliary(self, features: Tensor, labels: Tensor | None) -> Terms:
        """The term "auxiliary", weighted, of features (B, width); none where there is no auxiliary classifier."""
        if not self.auxiliary or labels is None:
            return {}
        return {"auxiliary": self.auxiliary * self.network.discriminator.errors(features, labels).sum(dim=1).mean()}

    def probability(self, moment: Moment) -> float:
        """How probable it is that an image is augmented."""
        return 1.0

    def generate(self, z: Tensor, labels: Tensor | None, moment: Moment) -> Tensor:
        """The images (B, C, H, W) that a training step is about, from noise (B, latent) and labels (B, K)."""
        return self.network.generator(z, labels)

    def asked(self, examples: Batch | Split) -> Tensor | None:
        """What both networks are told of examples, (N, K); nothing if they are unconditional."""
        return torch.stack([examples[name] for name in self.conditions], dim=1) if self.conditions else None

    def real(self, batch: Batch) -> Tensor:
        """The images (B, C, H, W) of a batch, in [-1, 1]."""
        return unit(batch["images"])

    def _features(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """What the discriminator sees in both, (B, width) each."""
        of_real, of_fake = self.network.discriminator.embed(torch.cat([real, fake])).chunk(2)
        return of_real, of_fake

    def _penalty(self, real: Tensor, fake: Tensor, labels: Tensor | None, moment: Moment) -> Tensor:
        """The gradient penalties of this step, weighted."""
        weights, penalty = self.weights(moment), real.new_zeros(())
        if moment.step % weights.every:
            return penalty

        def discriminate(images: Tensor) -> Tensor:
            classes = labels if labels is None or len(images) == len(labels) else torch.cat([labels, labels])
            return self.network.discriminator(images, classes)

        if weights.r1 == weights.r2:  # half of both is the mean over all samples, computed at once
            if weights.r1:
                penalty = penalty + weights.r1 * zero_centered(discriminate, torch.cat([real, fake]))
        else:
            penalty = penalty + weights.r1 / 2 * zero_centered(discriminate, real)
            penalty = penalty + weights.r2 / 2 * zero_centered(discriminate, fake)
        if weights.wgan_gp:
            penalty = penalty + weights.wgan_gp * gradient_penalty(discriminate, real, fake, moment.rng)
        return weights.every * penalty

    def weights(self, moment: Moment) -> Penalties:
        """What the penalties weigh at this moment."""
        return self.penalties

    def preview(self, rng: Generator) -> Media:
        """64 images from fixed noise; if conditional, each row is asked for something else."""
        choices = self.network.generator.choices
        n = COLUMNS if choices else COLUMNS**2
        z = torch.randn(n, self.network.generator.latent, generator=rng, device=rng.device)
        if not choices:
            return Sheet(samples.draw(self.shown, z), COLUMNS)
        if len(choices) == 1:
            rows = torch.arange(min(choices[0], MOST_CLASSES), device=rng.device)[:, None]  # (rows, 1)
        else:
            columns = [torch.randint(count, (COLUMNS,), generator=rng, device=rng.device) for count in choices]
            rows = torch.stack(columns, dim=1)  # (rows, K)
        labels = rows.repeat_interleave(n, dim=0)
        return Sheet(samples.draw(self.shown, z.repeat(len(rows), 1), labels), COLUMNS)

    def evaluate(self, split: Split) -> dict[str, float]:
        """Distances from the real images, how many classes are covered, and how often what was asked for is found.

        As many images are generated as `split` has, asked for the same, from noise that is always the same. "classes"
        is there where a classifier knows the classes, "as_asked" where the GAN is asked for them besides.
        """
        assert self.features is not None
        generated = self._generated(split)
        embedded = self.features.embed(generated)
        values = generation_metrics(embedded, split["images"], self.features)
        if self.features.spec.classes == self.spec.classes:
            found = self.features.classified(embedded).argmax(dim=1)  # (N,)
            values["classes"] = float(classes_covered(found, split["labels"].cpu()))
            if self.conditions == ("labels",):
                values["as_asked"] = float((found == split["labels"].cpu()).double().mean())
        return values

    def examine(self, data: Data) -> dict[str, float]:
        """Whether training images were memorized, see `copied`, and whether attributes are as they were asked for."""
        if self.features is None:
            return {}
        generated = self._generated(data.test)
        sets = (generated, data.test["images"], data.train["images"])
        values = {f"copied_{self.features.name}": copied(*(self.features.embed(images) for images in sets))}
        if self.conditions not in ((), ("labels",)):
            values |= as_asked(generated.cpu(), data.to("cpu"))
        return values

    def _generated(self, split: Split) -> Tensor:
        """As many images (N, C, H, W), uint8, as `split` has, asked for the same, always from the same noise."""
        labels, device = self.asked(split), split["images"].device
        rng = Generator(device).manual_seed(0)
        z = torch.randn(len(split), self.network.generator.latent, generator=rng, device=device)
        parts = [slice(start, start + CHUNK) for start in range(0, len(split), CHUNK)]
        return torch.cat(
            [samples.draw(self.shown, z[part], None if labels is None else labels[part]) for part in parts]
        )


def as_asked(generated: Tensor, data: Data) -> dict[str, float]:
    """In how many of images (N, C, H, W), uint8, a classifier finds the attributes of the test images, 0 to 1.

    Returns:
        "as_asked", the mean over the attributes, beside a number for each, and "as_asked_real", the same mean of the
        test images themselves: a generator is not expected to do better.
    """
    attributes, test = data.spec.attributes, data.test
    classifier = AttributeClassifier.of(data.train, attributes)
    asked = torch.stack([test[one.name] for one in attributes], dim=1)  # (N, K)
    of_fake, of_real = (
        (classifier.named(images) == asked).double().mean(dim=0) for images in (generated, test["images"])
    )
    each = {f"as_asked/{one.name}": share for one, share in zip(attributes, of_fake.tolist(), strict=True)}
    return {"as_asked": float(of_fake.mean()), "as_asked_real": float(of_real.mean()), **each}


@contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """While this lasts, what runs through `module` computes no gradient of its weights, but still one of its inputs."""
    module.requires_grad_(False)
    try:
        yield
    finally:
        module.requires_grad_(True)
