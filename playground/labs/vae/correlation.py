"""Total correlation: what the dimensions of a code say of each other, and two ways to train against it.

Chen et al., "Isolating Sources of Disentanglement in VAEs", 2018 (arXiv 1802.04942), equation 2: averaged over the
data, the KL divergence of a VAE is the mutual information of code and picture, plus the total correlation, plus what
each dimension alone differs from the prior by. beta-VAE presses on all three, beta-TCVAE on the second alone.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from playground.labs.vae.elbo import Elbo
from playground.labs.vae.latent import Posterior, log_normal
from playground.objective import Batch, Moment, Terms


class Decomposition(NamedTuple):
    """The three parts of the KL divergence, in nats, means over a batch."""

    mutual_information: Tensor
    total_correlation: Tensor
    dimensionwise_kl: Tensor


def decomposition(posterior: Posterior, z: Tensor, examples: int) -> Decomposition:
    """The parts of the divergence, estimated from a batch (equation 2; stratified sampling, appendix C.2).

    Notation: N `examples`, B the batch, M = B - 1. q(z) is the mean over all N posteriors: of those in the batch, z's
    own counts 1/N, all others 1/M, and one of them what is left to 1, so that the estimate of q(z) is unbiased.

    Args:
        posterior: q(z|x) of a batch, (B, D) each, B being 2 or more.
        z: A sample of each, (B, D).
        examples: Training examples.
    """
    batch = len(z)
    others, examples = batch - 1, max(examples, batch)
    own = posterior.log_prob(z)  # (B, D)
    # of each z in its row under each x in its column
    pairs = Posterior(posterior.mean[None], posterior.log_variance[None]).log_prob(z[:, None])  # (B, B, D)
    weights = z.new_full((batch, batch), 1 / others)
    rows = torch.arange(batch, device=z.device)
    weights[rows, rows] = 1 / examples
    weights[rows, (rows + 1) % batch] = (examples - others) / (examples * others)
    log_weights = weights.log()
    joint = torch.logsumexp(log_weights + pairs.sum(dim=2), dim=1)  # log q(z), (B,)
    single = torch.logsumexp(log_weights[:, :, None] + pairs, dim=1)  # log q(z_d), (B, D)
    marginal = single.sum(dim=1)
    return Decomposition(
        (own.sum(dim=1) - joint).mean(),
        (joint - marginal).mean(),
        (marginal - log_normal(z).sum(dim=1)).mean(),
    )


class TotalCorrelation(Elbo):
    """beta-TCVAE: the bound, with the total correlation weighted by beta."""

    def __init__(self, *, examples: int, **shared: Any) -> None:
        """`examples` is how many there are to train on; takes what `Elbo` takes."""
        super().__init__(**shared)
        self.examples = examples

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """The bound and its two terms, and the three parts of the divergence, in nats a picture (equation 4).

        The divergence has a closed form and its parts have none, so beta - 1 times the total correlation is added to
        the bound: the same in expectation, and less noise.
        """
        bound = self.bound(batch, moment.rng)
        reconstruction, kl = bound.reconstruction.mean(), bound.kl.mean()
        parts = decomposition(bound.posterior, bound.z, self.examples)
        terms = {"loss": reconstruction + kl, "reconstruction": reconstruction, "kl": kl, **parts._asdict()}
        if self.beta == 1:
            return terms
        return {**terms, "objective": terms["loss"] + (self.beta - 1) * parts.total_correlation}
