"""The reparameterization trick taken apart: three estimators of one gradient, and how much each of them varies.

All are unbiased for the gradient of E[f(z)] over q(z) = N(mean, deviation^2) with respect to the mean, f being the
reconstruction term -log p(x|z) in nats. Notation: `nats` f, `noise` epsilon, z = mean + deviation epsilon.
Pathwise, the trick: Kingma & Welling, 2013 (arXiv 1312.6114), section 2.4. Score function: Williams, "Simple
Statistical Gradient-Following Algorithms for Connectionist Reinforcement Learning" (REINFORCE), 1992; with the mean of
all other draws as its baseline: Kool et al., "Buy 4 REINFORCE Samples, Get a Baseline for Free!", 2019.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor

from playground.data import ImageSpec
from playground.labs.vae.conditioning import Class
from playground.labs.vae.latent import class_labels, encoded
from playground.labs.vae.vae import VAE
from playground.view import Answer, Part, View, option

DRAWS = 256
"""Estimates, each from one draw of the posterior."""
SIZES = tuple(2**power for power in range(1, 9))
"""The numbers of draws whose mean's variance is told; a baseline of other draws needs two."""


class Drawn(Class):
    """Which noise is drawn."""

    seed: int = option(
        0, "The same seed draws the same codes from the posterior.", label="Draws", ge=0, le=2**31 - 1, control="seed"
    )


class Scaled(Drawn):
    """And how the estimates are shown."""

    common: bool = option(False, "Draws all three clouds to the scale of the widest.", label="One scale for all")


class Estimates(NamedTuple):
    """N single estimates, and what they are made of.

    Attributes:
        nats: f at each draw, (N, 1).
        score: dlog q(z)/dmean = epsilon / deviation, (N, latent).
        pathwise: df/dz, as dz/dmean is 1, (N, latent).
    """

    nats: Tensor
    score: Tensor
    pathwise: Tensor

    @property
    def all(self) -> Tensor:
        """Pathwise, score function, and score function with a baseline: (3, N, latent); the means are the estimates."""
        others = (self.nats.sum() - self.nats) / (len(self.nats) - 1)  # (N, 1), the mean over all other draws
        return torch.stack([self.pathwise, self.nats * self.score, (self.nats - others) * self.score])

    def variances(self, sizes: tuple[int, ...] = SIZES) -> Tensor:
        """The variance of each estimator's mean over n draws, summed over the dimensions, in nats^2, (3, sizes).

        That of independent terms falls as 1/n. The mean over n draws with a baseline of these draws is the sample
        covariance of f and the score, whose variance is (m22 - (n - 2) / (n - 1) m11^2 + m20 m02 / (n - 1)) / n, with m
        the central moments (Kendall & Stuart, "The Advanced Theory of Statistics", volume 1, chapter 13).
        """
        n = torch.tensor(sizes, dtype=self.nats.dtype)[:, None]  # (sizes, 1)
        f = self.nats - self.nats.mean()
        m22, m11 = (f * self.score).square().mean(dim=0), (f * self.score).mean(dim=0)  # each (latent,)
        m20, m02 = f.square().mean(), self.score.square().mean(dim=0)
        covariance = m22 - (n - 2) / (n - 1) * m11.square() + m20 * m02 / (n - 1)  # (sizes, latent)
        independent = self.all[:2].var(dim=1)[:, None].expand(-1, len(n), -1)  # (2, sizes, latent)
        return (torch.cat([independent, covariance[None]]) / n).sum(dim=2)


def estimates(nats: Callable[[Tensor], Tensor], mean: Tensor, deviation: Tensor, noise: Tensor) -> Estimates:
    """Single estimates of the gradient of E[f(z)] with respect to the posterior mean.

    Args:
        nats: f, codes (N, latent) to (N,); no parameter of it may want a gradient.
        mean: (latent,).
        deviation: (latent,), above 0.
        noise: (N, latent), standard normal; N is at least 2.
    """
    z = (mean + deviation * noise).detach()
    with torch.enable_grad():  # in this thread, of this leaf alone: networks are shared
        f = nats(z.requires_grad_())  # (N,)
        (pathwise,) = torch.autograd.grad(f.sum(), z)  # (N, latent)
    return Estimates(f.detach()[:, None], noise / deviation, pathwise)


def drawn(network: VAE, options: Drawn, image: Tensor) -> Estimates:
    """Estimates for the posterior of an image (C, H, W), uint8.

    Raises:
        BadOption: When there is no such class.
    """
    posterior = encoded(network, image[None], options.given(network))
    labels = class_labels(network, options.label, DRAWS)
    images = image.expand(DRAWS, -1, -1, -1)
    noise = torch.randn(DRAWS, network.latent, generator=Generator().manual_seed(options.seed))
    return estimates(
        lambda z: -network.likelihood.log_prob(network.outputs(z, labels), images),
        posterior.mean[0],
        posterior.deviation[0],
        noise,
    )


def gradient_view(network: VAE, spec: ImageSpec, options: Drawn, inputs: Mapping[str, Any]) -> Answer:
    """Three clouds of estimates in the two dimensions with the largest pathwise gradient.

    Returns:
        `singles` (3, DRAWS, 2), their `means` (3, 2), and the `variances` (3, sizes) of means over as many draws as the
        words' `sizes`, of the gradient in all dimensions. `dimensions` are the numbers of the two, from 1.
    """
    found = drawn(network, options, inputs["picture"])
    every = found.all  # (3, DRAWS, latent)
    chosen = every[0].mean(dim=0).abs().topk(2).indices.sort().values
    return Answer(
        {
            "singles": every[:, :, chosen],
            "means": every[:, :, chosen].mean(dim=1),
            "variances": found.variances(),
        },
        {"dimensions": (chosen + 1).tolist(), "latent": network.latent, "sizes": SIZES},
    )


def trace_view(network: VAE, spec: ImageSpec, options: Drawn, inputs: Mapping[str, Any]) -> Answer:
    """How many times as many draws as the trick needs the score function needs, without and with a baseline: `values`.

    As logarithms to base 10, (2,).
    """
    pathwise, *others = drawn(network, options, inputs["picture"]).variances()[:, -1].clamp(min=1e-20).log10()
    return Answer(
        {"values": torch.stack(others) - pathwise},
        {"names": ["Variance over the trick’s (log10): score function", "with a baseline"], "shares": False},
    )


GRADIENT = View(
    name="gradient",
    title="Gradient",
    question="What does the reparameterization trick save?",
    about="Three ways to estimate one gradient from draws of the posterior. The trick sends it through the code; the "
    "score function knows only how good each draw was.",
    needs=VAE,
    painter="vae/gradient.js",
    options=Scaled,
    parts={"gradient": Part(gradient_view, options=Drawn, inputs=("picture",))},
    trace=Part(trace_view, options=Drawn, inputs=("picture",)),
)
