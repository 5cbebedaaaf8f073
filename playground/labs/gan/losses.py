"""What the two players of a GAN minimise, one small object a game; and the penalties on the discriminator's gradient.

D(x) is the discriminator's verdict before any sigmoid, one number a sample: the higher, the more real. All losses are
means over the batch and work for verdicts of any shape.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

Discriminate = Callable[[Tensor], Tensor]
"""Samples (B, ...) to verdicts, (B,) or (B, 1); labels, where there are any, are bound already."""


class AdversarialLoss(Protocol):
    """A game for two: what the discriminator and what the generator minimises, each a scalar.

    Attributes:
        relativistic: Whether the generator's loss looks at the verdicts on real samples; if not, any will do.
    """

    relativistic: bool

    def discriminator(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """The discriminator's loss, from its verdicts on real and on made samples."""
        ...

    def generator(self, fake_logits: Tensor, real_logits: Tensor) -> Tensor:
        """The generator's loss; only a relativistic game looks at the second argument."""
        ...


class NonSaturating:
    """The logistic game: D tells real from made by cross-entropy, G raises log D instead of lowering log(1 - D).

    Goodfellow et al., "Generative Adversarial Nets", 2014, equation 1 and the remark at the end of section 3. With
    logits, -log sigmoid(D) = softplus(-D).
    """

    relativistic = False

    def discriminator(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Cross-entropy in nats, both kinds of samples counting alike."""
        return F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()

    def generator(self, fake_logits: Tensor, real_logits: Tensor) -> Tensor:
        """-log sigmoid D(G(z)), whose gradient does not fade while D is sure that the sample is made."""
        return F.softplus(-fake_logits).mean()


class LeastSquares:
    """D is taught the number 1 for real and 0 for made; G wants to be given a 1.

    Mao et al., "Least Squares Generative Adversarial Networks", 2017, equation 2 with a = 0, b = c = 1 (equation 9).
    """

    relativistic = False

    def discriminator(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Half the squared error on both kinds of samples."""
        return 0.5 * (real_logits - 1).square().mean() + 0.5 * fake_logits.square().mean()

    def generator(self, fake_logits: Tensor, real_logits: Tensor) -> Tensor:
        """Half the squared distance of the verdict from 1."""
        return 0.5 * (fake_logits - 1).square().mean()


class Hinge:
    """D pushes real samples above 1 and made ones below -1, and cares no more about those beyond; G raises D.

    Lim & Ye, "Geometric GAN", 2017; Miyato et al., "Spectral Normalization for GANs", 2018, equations 16 and 17.
    """

    relativistic = False

    def discriminator(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """How far the verdicts fall short of the margins."""
        return F.relu(1 - real_logits).mean() + F.relu(1 + fake_logits).mean()

    def generator(self, fake_logits: Tensor, real_logits: Tensor) -> Tensor:
        """Minus the mean verdict."""
        return -fake_logits.mean()


class Wasserstein:
    """D estimates how far the two distributions lie apart; only a bound on its slope keeps it finite.

    Arjovsky, Chintala & Bottou, "Wasserstein GAN", 2017, equation 2 and algorithm 1; use it with `gradient_penalty`.
    """

    relativistic = False

    def discriminator(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Minus the estimated distance."""
        return fake_logits.mean() - real_logits.mean()

    def generator(self, fake_logits: Tensor, real_logits: Tensor) -> Tensor:
        """Minus the mean verdict."""
        return -fake_logits.mean()


class Relativistic:
    """Every made sample is judged against a real one: D has only to say which of the two is more real.

    Jolicoeur-Martineau, "The relativistic discriminator", 2018, section 4.1 (RpGAN); Huang et al., "The GAN is dead;
    long live the GAN! A Modern Baseline GAN" (R3GAN), 2024, equation 2. Pairs are those of equal place in the batch.
    """

    relativistic = True

    def discriminator(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """softplus(D(G(z)) - D(x)), the mean over pairs."""
        return F.softplus(fake_logits - real_logits).mean()

    def generator(self, fake_logits: Tensor, real_logits: Tensor) -> Tensor:
        """softplus(D(x) - D(G(z))), the mean over pairs."""
        return F.softplus(real_logits - fake_logits).mean()


LOSSES: dict[str, AdversarialLoss] = {
    "non-saturating": NonSaturating(),
    "least-squares": LeastSquares(),
    "hinge": Hinge(),
    "wasserstein": Wasserstein(),
    "relativistic": Relativistic(),
}
"""The games by name, as recipes and forms call them."""


def gradient_penalty(discriminate: Discriminate, real: Tensor, fake: Tensor, rng: Generator) -> Tensor:
    """How much D's slope between real and made samples differs from 1: mean of (|grad D(x^)| - 1)^2; weigh it by 10.

    Gulrajani et al., "Improved Training of Wasserstein GANs", 2017, equation 3; x^ lies at a uniform place on the
    straight line from a made to a real sample.

    Args:
        discriminate: D.
        real: (B, ...), floats.
        fake: (B, ...), the made samples that go with them; no gradient flows into the generator.
        rng: Draws the places, on the device of `real`.

    Returns:
        A scalar, differentiable in D's parameters.
    """
    share = torch.rand(len(real), *[1] * (real.dim() - 1), generator=rng, device=real.device, dtype=real.dtype)
    between = share * real.detach() + (1 - share) * fake.detach()
    return (_slopes(discriminate, between).add(1e-12).sqrt() - 1).square().mean()


def zero_centred(discriminate: Discriminate, samples: Tensor) -> Tensor:
    """The mean of |grad D(x)|^2 over samples (B, ...): R1 on real samples, R2 on made ones.

    Mescheder, Geiger & Nowozin, "Which Training Methods for GANs do actually Converge?", 2018, equations 9 and 10,
    which weigh it by gamma / 2. No gradient flows into what made the samples.
    """
    return _slopes(discriminate, samples.detach()).mean()


def _slopes(discriminate: Discriminate, samples: Tensor) -> Tensor:
    """|grad D(x)|^2 at each sample, (B,), differentiable in D's parameters."""
    with torch.enable_grad():
        samples = samples.requires_grad_(True)
        (slope,) = torch.autograd.grad(discriminate(samples).sum(), samples, create_graph=True)
    return slope.flatten(1).square().sum(dim=1)
