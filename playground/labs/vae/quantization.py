"""The objective of a VQ-VAE: the autoencoder with its codebook, and the prior, which learns the codes as they change.

van den Oord et al., 2017 (arXiv 1711.00937), equation 3. There the prior is trained once the autoencoder is done; here
both take a step on each batch, until the autoencoder rests: then the prior alone goes on. Symbols as in `vqvae.py`.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor
from torch.nn import functional as F
from torch.optim import AdamW

from playground.data import Data, Split, as_images, unit
from playground.labs.vae.vqvae import VQVAE, perplexity
from playground.media import Sheet
from playground.objective import Batch, Moment, Objective, Phase, Terms

COLUMNS = 8
"""How many images stand in a row of a preview."""
AT_REST = 0.6
"""The progress from which on the autoencoder rests. A prior whose codes still change lags behind them."""
CHUNK = 500
"""How many images are evaluated at once."""


class Quantization(Objective):
    """Trains `network`; its codebook moves after each step."""

    def __init__(
        self,
        *,
        network: VQVAE,
        data: Data,
        beta: float,
        restart_below: float,
        learning_rate: float,
        prior_learning_rate: float,
    ) -> None:
        """Takes a fresh network.

        Args:
            network: Autoencoder and prior.
            data: What to learn from.
            beta: The weight of the commitment loss.
            restart_below: See `Codebook.follow`.
            learning_rate: Of encoder and decoder, and of the codebook where it is a parameter.
            prior_learning_rate: Of the prior.
        """
        super().__init__()
        self.shown = network
        self.beta, self.restart_below = beta, restart_below
        self.rates = {"autoencoder": learning_rate, "prior": prior_learning_rate}
        self.variance = max(float(unit(data.train["images"][:2000]).var(correction=0)), 1e-4)
        self.register_buffer("fixed", data.test["images"][:COLUMNS].clone(), persistent=False)

    fixed: Tensor
    shown: VQVAE
    coded: tuple[Tensor, Tensor]
    """What the last step of the autoencoder made of its batch: z_e(x) and the indices."""

    def phases(self) -> list[Phase]:
        """The autoencoder's step, then the prior's, each with AdamW."""
        prior = list(self.shown.prior.parameters())
        of_prior = {id(parameter) for parameter in prior}
        autoencoder = [parameter for parameter in self.shown.parameters() if id(parameter) not in of_prior]
        return [
            Phase(name, [AdamW(parameters, lr=self.rates[name], weight_decay=0.0, fused=True)])
            for name, parameters in (("autoencoder", autoencoder), ("prior", prior))
        ]

    def schedule(self, phase: str, progress: float) -> float:
        """Each down as a cosine: the autoencoder's until it rests, the prior's from then on."""
        fallen = progress / AT_REST if phase == "autoencoder" else (progress - AT_REST) / (1 - AT_REST)
        return 0.5 * (1 + math.cos(math.pi * min(max(fallen, 0.0), 1.0)))

    def update(self, phase: Phase, batch: Batch, moment: Moment) -> Terms:
        """One step of the phase; at rest, the autoencoder but codes the batch for the prior."""
        if phase.name == "autoencoder" and moment.progress >= AT_REST:
            with torch.no_grad(), self.autocast():
                return self.loss(phase.name, batch, moment)
        return super().update(phase, batch, moment)

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """The terms of equation 3, or the prior's nats a picture.

        The first term, -log p(x|z_q(x)) of a Gaussian, is the mean squared error in units of the data's variance.
        """
        if phase == "prior":
            return {"loss": self.shown.prior.nats(self.coded[1].flatten(1)).mean()}
        x = unit(batch["images"])
        decoded, z, codes, indices = self.shown(x)
        self.coded = z.detach(), indices
        error = F.mse_loss(decoded, x)
        commitment = F.mse_loss(z, codes.detach())
        loss = error / self.variance + self.beta * commitment
        if not self.shown.codebook.averaged:
            loss = loss + F.mse_loss(codes, z.detach())
        used = perplexity(indices, len(self.shown.codebook.codes))
        return {"loss": loss, "reconstruction": error / 4, "commitment": commitment, "perplexity": used}

    def after_step(self, moment: Moment) -> None:
        """Moves the codebook's averages, and restarts codes, until the autoencoder rests."""
        if moment.progress < AT_REST:
            self.shown.codebook.follow(*self.coded, restart_below=self.restart_below, rng=moment.rng)

    @torch.no_grad()
    def preview(self, rng: Generator) -> Sheet:
        """A row of test images above their reconstructions, and six rows of samples from fixed noise."""
        reconstructed = self.shown.decode(self.shown.encode(unit(self.fixed)))
        samples = self.shown.decode(self.shown.sample(6 * COLUMNS, rng))
        drawn = as_images(2 * torch.cat([reconstructed, samples]) - 1)
        return Sheet(torch.cat([self.fixed, drawn]), COLUMNS)

    def evaluate(self, split: Split) -> dict[str, float]:
        """How well images are reconstructed, how the codebook is used, and what the prior makes of the codes.

        The error is that of pixels from 0 to 1; "used" is the share of the codes that occur in `split`; the prior's
        -log p is told in nats and in bits an image, to which a coder could compress the codes.
        """
        network, codes = self.shown, len(self.shown.codebook.codes)
        error, nats, grids = 0.0, 0.0, []
        for images in split["images"].split(CHUNK):
            indices = network.encode(unit(images))
            difference = network.decode(indices).float() - images.float() / 255
            error += float(difference.square().mean()) * len(images)
            nats += float(network.prior.nats(indices.flatten(1)).sum())
            grids.append(indices)
        chosen = torch.cat(grids)
        return {
            "reconstruction": error / len(split),
            "perplexity": float(perplexity(chosen, codes)),
            "used": len(chosen.unique()) / codes,
            "prior": nats / len(split),
            "bits": nats / len(split) / math.log(2),
        }
