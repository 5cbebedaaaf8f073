"""The objective of CycleGAN: two adversarial losses and cycle consistency.

Zhu et al., 2017 (arXiv 1703.10593): equation 3 with the least squares of section 4, and the identity loss of section
5.2. Symbols as in `cyclegan.py`.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor
from torch.nn import functional as F
from torch.optim import Adam

from playground.average import AveragedObjective
from playground.data import Data, Split, unit
from playground.labs.translation.compare import compared, translated
from playground.labs.translation.cyclegan import CycleGAN
from playground.labs.translation.domains import domains
from playground.labs.translation.pool import ImagePool
from playground.media import Sheet
from playground.metrics.features import Features
from playground.objective import Batch, Moment, Phase, Terms

ROWS = 6
"""Held-out images of each domain in a preview."""


class Cycle(AveragedObjective):
    """Trains `network` to translate images between two domains, without pairs."""

    def __init__(
        self,
        *,
        network: CycleGAN,
        data: Data,
        features: Features,
        learning_rate: float,
        lambda_cycle: float,
        lambda_identity: float,
        pool: int,
        ema: float,
        flip: bool,
    ) -> None:
        """Takes data of true pairs, with the columns `images`, domain A, and `others`, domain B, or of two classes.

        `lambda_identity` counts in units of `lambda_cycle`, as in the paper; `pool` is the size of the image pools;
        `ema` is the decay of the averaged weights, which are shown.
        """
        super().__init__(network=network, ema=ema, shared=("d_a", "d_b"))
        self.learning_rate, self.flip = learning_rate, flip
        self.lambda_cycle, self.lambda_identity = lambda_cycle, lambda_identity
        self.features, spec = features, data.spec
        self.pool_a = ImagePool(size=pool, channels=spec.channels, side=spec.size)
        self.pool_b = ImagePool(size=pool, channels=spec.channels, side=spec.size)
        self.fakes: tuple[Tensor, Tensor] | None = None
        for name, images in zip(("fixed_a", "fixed_b"), domains(data.test), strict=True):
            rows = torch.linspace(0, len(images) - 1, min(ROWS, min(map(len, domains(data.test)))))
            self.register_buffer(name, images[rows.long()], persistent=False)

    network: CycleGAN
    shown: CycleGAN
    fixed_a: Tensor
    fixed_b: Tensor

    def phases(self) -> list[Phase]:
        """Both generators, then both discriminators, each with Adam."""

        def adam(*networks: torch.nn.Module) -> Adam:
            parameters = [parameter for network in networks for parameter in network.parameters()]
            return Adam(parameters, lr=self.learning_rate, betas=(0.5, 0.999), fused=True)

        net = self.network
        return [Phase("generators", [adam(net.g, net.f)]), Phase("discriminators", [adam(net.d_a, net.d_b)])]

    def schedule(self, phase: str, progress: float) -> float:
        """Constant for the first half, then linearly down to 0."""
        return min(1.0, 2 * (1 - progress))

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """The terms of one phase; the L1 distances are on the scale of [-1, 1]."""
        rng = moment.rng
        a, b = self._augmented(batch["images"], rng), self._augmented(batch["others"], rng)
        return self._generators(a, b) if phase == "generators" else self._discriminators(a, b, rng)

    def _augmented(self, images: Tensor, rng: Generator) -> Tensor:
        """The images in [-1, 1], half of them flipped."""
        if self.flip:
            flips = torch.rand(len(images), generator=rng, device=images.device) < 0.5
            images = torch.where(flips[:, None, None, None], images.flip(-1), images)
        return unit(images)

    def _generators(self, a: Tensor, b: Tensor) -> dict[str, Tensor]:
        net = self.network
        fake_b, fake_a = net.g(a), net.f(b)
        self.fakes = fake_a.detach(), fake_b.detach()
        adversarial = _least_squares(1.0, net.d_b(fake_b)) + _least_squares(1.0, net.d_a(fake_a))
        cycle = F.l1_loss(net.f(fake_b), a) + F.l1_loss(net.g(fake_a), b)
        loss = adversarial + self.lambda_cycle * cycle
        terms = {"adversarial": adversarial, "cycle": cycle}
        if self.lambda_identity:
            half = (len(a) + 1) // 2  # an estimate from half of the batch, which saves a sixth of the time
            terms["identity"] = F.l1_loss(net.f(a[:half]), a[:half]) + F.l1_loss(net.g(b[:half]), b[:half])
            loss = loss + self.lambda_cycle * self.lambda_identity * terms["identity"]
        return {"loss": loss, **terms}

    def _discriminators(self, a: Tensor, b: Tensor, rng: Generator) -> dict[str, Tensor]:
        """Half of the usual loss, to slow the discriminators down."""
        net = self.network
        if self.fakes is None:
            with torch.no_grad():
                self.fakes = net.f(b), net.g(a)
        fake_a, fake_b = (pool.exchange(fake, rng) for pool, fake in zip(self._pools, self.fakes, strict=True))
        self.fakes = None
        real = _least_squares(1.0, net.d_a(a)) + _least_squares(1.0, net.d_b(b))
        fake = _least_squares(0.0, net.d_a(fake_a)) + _least_squares(0.0, net.d_b(fake_b))
        return {"loss": 0.5 * (real + fake), "real": real, "fake": fake}

    @property
    def _pools(self) -> tuple[ImagePool, ImagePool]:
        return self.pool_a, self.pool_b

    def preview(self, rng: Generator) -> Sheet:
        """In each of six rows a held-out image of A, G(A), F(G(A)), then one of B, F(B), G(F(B))."""
        columns: list[Tensor] = []
        for direction, images in (("ab", self.fixed_a), ("ba", self.fixed_b)):
            generator, inverse = self.shown.generators(direction)
            translation = translated(generator, images)
            columns += [images, translation, translated(inverse, translation)]
        return Sheet(torch.stack(columns, dim=1).flatten(0, 1), columns=6)

    def evaluate(self, split: Split) -> dict[str, float]:
        """Metrics of translations against true drawings, where there are any, and of reconstructions."""
        return compared(self.shown, split, self.features)


def _least_squares(target: float, scores: Tensor) -> Tensor:
    """The least-squares loss: E[(D(x) - target)^2], over all patches."""
    return (scores - target).square().mean()
