"""The objective of a music VAE: the evidence lower bound of phrases, and the trio that keeps the code from collapsing.

Roberts et al., 2018 (arXiv 1803.05428): a small weight of the divergence that rises at first, free bits (Kingma et al.,
"Improved Variational Inference with Inverse Autoregressive Flow", 2016, arXiv 1606.04934, appendix C.8), and phrases
that are transposed. And the decoder forgets notes (Bowman et al., "Generating Sentences from a Continuous Space", 2015,
arXiv 1511.06349, section 3.1), so that it asks the code for them. Of some phrases it is told no code at all, so that
it learns what such music does by itself (Ho & Salimans, "Classifier-Free Diffusion Guidance", 2022, arXiv 2207.12598,
algorithm 1, drop classes likewise).
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Generator, Tensor
from torch.nn import functional as F
from torch.optim import AdamW

from playground.average import AveragedObjective
from playground.data import Data, Split
from playground.labs.vae.music import MusicVAE
from playground.labs.vae.score import drawn
from playground.labs.vae.voices import SILENT, UNKNOWN
from playground.media import Sheet
from playground.metrics.music import BAR, RANGES
from playground.objective import Batch, Moment, Phase, Terms

COLUMNS = 4
"""How many phrases stand in a row of a preview."""
RISE = 0.2
"""The part of the budget in which beta rises."""
KEYS = 6
"""Semitones up or down by which phrases are transposed at most."""
TEMPERATURE, FUSION = 0.5, 1.0
"""Those of the samples of a preview, see `MusicVAE.generate`."""
PARALLELS = 10
"""How many times as fast tables of what may follow an interval are learned: what is forbidden is hardly ever met."""


def with_past(split: Split) -> Split:
    """Adds what came before each phrase, where the one that begins a bar earlier is among them, too.

    Returns:
        A split with three more columns: `known` (N,), bool, whether it is; `before` (N, V), the pitches of the frame
        before, silence where not; and `onward` (N, V), the onsets of the first frame, in which notes may now go on.
    """
    places = list(zip(split["piece"].tolist(), split["bar"].tolist(), strict=True))
    rows = {place: row for row, place in enumerate(places)}
    earlier = torch.tensor([rows.get((piece, bar - 1), -1) for piece, bar in places])
    known = earlier >= 0
    past = {
        "known": known,
        "before": split["rolls"][earlier, BAR - 1] * known[:, None],
        "onward": split["onsets"][earlier, BAR],
    }
    return Split({**split.columns, **past}, split.names)


class Phrases(AveragedObjective):
    """Trains `network` to maximize the weighted evidence lower bound; what is shown is the average of its weights."""

    shown: MusicVAE
    network: MusicVAE
    quick_examples = 200

    def __init__(
        self,
        *,
        network: MusicVAE,
        data: Data,
        beta: float,
        free_bits: float,
        forget: float,
        alone: float,
        learning_rate: float,
        ema: float,
    ) -> None:
        """Takes a fresh network.

        Args:
            network: Encoder and decoder.
            data: What to learn from.
            beta: The weight of the KL divergence, once it has risen.
            free_bits: Bits of the divergence of a phrase that cost nothing.
            forget: The share of notes that the decoder is not told of the frame before.
            alone: The share of phrases of which it is told no code, but all notes before.
            learning_rate: The highest one.
            ema: The decay of the average.
        """
        super().__init__(network=network, ema=ema)
        self.beta, self.free, self.forget, self.alone = beta, free_bits * math.log(2), forget, alone
        self.learning_rate = learning_rate
        self.fixed, self.spec = data.test.first(COLUMNS), data.spec

    def phases(self) -> list[Phase]:
        """One phase with AdamW."""
        tables = self.network.tables()
        known = {id(table) for table in tables}
        rest = [parameter for parameter in self.network.parameters() if id(parameter) not in known]
        faster = {"lr": PARALLELS * self.learning_rate, "weight_decay": 0.0}
        groups: list[dict[str, Any]] = [{"params": rest}, {"params": tables, **faster}]
        return [Phase("vae", [AdamW(groups, lr=self.learning_rate, weight_decay=0.01, fused=True)])]

    def loss(self, phase: str, batch: Batch, moment: Moment) -> Terms:
        """Reconstruction in nats a frame and KL divergence in nats a phrase.

        The loss is their sum a frame, and the objective their weighted one, without the free bits; phrases without a
        code count in the objective alone, by their nats.

        Every other phrase, at random, goes on from the frame before it.
        """
        rng, network = moment.rng, self.network
        vocabulary, frames = network.vocabulary, network.frames
        shift = transposition(torch.cat([batch["before"][:, None], batch["rolls"]], dim=1), rng)
        sounds = moved(vocabulary.sounds_of(batch["rolls"], batch["onsets"]), shift, vocabulary.tokens)
        onward = moved(vocabulary.sounds_of(batch["rolls"][:, 0], batch["onward"]), shift, vocabulary.tokens)
        before = moved(
            vocabulary.sounds_of(batch["before"], torch.zeros_like(batch["before"])), shift, vocabulary.tokens
        )
        told = batch["known"] & (torch.rand(len(sounds), generator=rng, device=sounds.device) < 0.5)  # (B,)

        posterior = network.posterior_of(sounds)
        sounds = torch.cat([torch.where(told[:, None], onward, sounds[:, 0])[:, None], sounds[:, 1:]], dim=1)
        past = network.before(sounds, before.masked_fill(~told[:, None], UNKNOWN))
        alone = torch.rand(len(sounds), generator=rng, device=sounds.device) < self.alone  # (B,)
        forgotten = torch.rand(past.shape, generator=rng, device=past.device) < self.forget
        forgotten[:, 0] = False
        forgotten &= ~alone[:, None, None]
        z = torch.where(alone[:, None], network.nothing, posterior.sample(rng))  # (B, latent)
        costs = nats(network(z, sounds, past.masked_fill(forgotten, UNKNOWN)), vocabulary.tokens_of(sounds, past))

        def mean(values: Tensor) -> Tensor:
            """Over the phrases that have a code."""
            return values.masked_fill(alone, 0).sum() / (~alone).sum().clamp(min=1)

        reconstruction, kl = mean(costs), mean(posterior.kl().sum(dim=1))
        beta = self.beta * min(1.0, moment.progress / RISE)
        weight = beta * (~alone).float().mean()  # the divergence counts for as many phrases as the reconstruction
        objective = costs.mean() + weight * (kl - self.free).clamp(min=0)
        return {
            "loss": (reconstruction + kl) / frames,
            "reconstruction": reconstruction / frames,
            "kl": kl,
            "objective": objective / frames,
        }

    @torch.no_grad()
    def preview(self, rng: Generator) -> Sheet:
        """A row of test phrases above their reconstructions, and two rows of samples from fixed noise."""
        network = self.shown
        device = network.begin.weight.device
        rolls, onsets = (self.fixed[name].to(device) for name in ("rolls", "onsets"))
        again = network.generate(network.encode(rolls, onsets).mean, temperature=0, rng=rng)
        z = torch.randn(2 * COLUMNS, network.latent, generator=rng, device=device)
        samples = network.generate(z, temperature=TEMPERATURE, fusion=FUSION, rng=rng)
        rolls, onsets = (torch.cat(parts) for parts in zip((rolls, onsets), again, samples, strict=True))
        return Sheet(drawn(rolls, onsets, self.spec), COLUMNS)

    def evaluate(self, split: Split) -> dict[str, float]:
        """What `measured` gives, as means over the phrases."""
        rng = Generator(split["rolls"].device).manual_seed(0)
        return measured(self.shown, split["rolls"], split["onsets"], rng)


@torch.no_grad()
def measured(network: MusicVAE, rolls: Tensor, onsets: Tensor, rng: Generator) -> dict[str, float]:
    """How well phrases (N, T, V) come back from their codes.

    Args:
        network: Encoder and decoder.
        rolls: Pitches.
        onsets: Where notes are struck.
        rng: Draws one sample of each posterior, for the bound.

    Returns:
        `loss`, the negative evidence lower bound with beta 1, `reconstruction`, its first term, and `alone`, what a
        phrase costs without a code, in nats a frame of all voices; `kl` in nats a phrase; of the posterior's mean the
        shares of notes, which are struck in the right frame with the right pitch, and of pitches, which are right in a
        frame of a voice: `notes_told` and `pitches_told` if the decoder is told the true notes before each (teacher
        forcing), `notes` and `pitches` if it goes on from its own, taking the most likely ones.
    """
    vocabulary = network.vocabulary
    sounds = vocabulary.sounds_of(rolls, onsets)
    past = network.before(sounds)
    target = vocabulary.tokens_of(sounds, past)
    posterior = network.posterior_of(sounds)
    reconstruction = nats(network(posterior.sample(rng), sounds, past), target).mean()
    kl = posterior.kl().sum(dim=1).mean()
    alone = nats(network(network.nothing.expand_as(posterior.mean), sounds, past), target).mean()
    told = vocabulary.after(network(posterior.mean, sounds, past).argmax(dim=-1), past)
    free = vocabulary.sounds_of(*network.generate(posterior.mean, temperature=0, rng=rng))
    struck = onsets != 0

    def share(found: Tensor, where: Tensor) -> float:
        return float((found & where).sum() / where.sum())

    return {
        "loss": float(reconstruction + kl) / network.frames,
        "reconstruction": float(reconstruction) / network.frames,
        "alone": float(alone) / network.frames,
        "kl": float(kl),
        "notes_told": share(told == sounds, struck),
        "pitches_told": share((told - sounds) % vocabulary.tokens == 0, torch.ones_like(struck)),
        "notes": share(free == sounds, struck),
        "pitches": share((free - sounds) % vocabulary.tokens == 0, torch.ones_like(struck)),
    }


def nats(logits: Tensor, tokens: Tensor) -> Tensor:
    """-log p of all tokens (B, T, V) of a phrase, given their logits, in nats: (B,)."""
    return F.cross_entropy(logits.movedim(-1, 1), tokens, reduction="none").sum(dim=(1, 2))


def transposition(rolls: Tensor, rng: Generator) -> Tensor:
    """A random number of semitones for each of phrases (B, T, V), (B,), that keeps each voice in its range.

    A phrase that leaves the ranges is not moved further out. All that are possible, from -`KEYS` to `KEYS`, are equally
    likely.
    """
    low, high = torch.tensor(RANGES, device=rolls.device).T  # (V,) each
    pitches = rolls.long()
    lowest = pitches.masked_fill(pitches == 0, 128).amin(dim=1)  # (B, V)
    down = (low - lowest).amax(dim=1).clamp(-KEYS, 0)  # (B,)
    up = (high - pitches.amax(dim=1)).amin(dim=1).clamp(0, KEYS)
    drawn = torch.rand(len(rolls), generator=rng, device=rolls.device)
    return down + (drawn * (up - down + 1)).long()


def moved(sounds: Tensor, shift: Tensor, tokens: int) -> Tensor:
    """Sounds (B, ..., V) with all pitches moved by `shift` (B,) semitones."""
    shift = shift.view(-1, *[1] * (sounds.ndim - 1))
    return sounds + shift * (sounds % tokens > SILENT)
