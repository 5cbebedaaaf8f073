"""The recipe of the music VAE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from playground.data import Data, RollSpec
from playground.data.sets.chorales import PARTS
from playground.labs.vae.music import MusicVAE
from playground.labs.vae.phrases import Phrases, with_past
from playground.metrics.labels import Share
from playground.metrics.music import RANGES
from playground.recipe import Recipe, knob
from playground.sampler import Sampler, ShuffledEpochs


class MusicVaeRecipe(Recipe):
    """A variational autoencoder of phrases for four voices."""

    what: ClassVar[str] = "musicvae"
    version: ClassVar[int] = 3
    lab: ClassVar[str] = "vae"
    title: ClassVar[str] = "Music VAE"
    kinds: ClassVar[tuple[str, ...]] = ("rolls",)
    columns: ClassVar[tuple[str, ...]] = ("rolls", "onsets", "piece", "bar", "part")
    labels: ClassVar[Mapping[str, str]] = {
        "loss": "Negative ELBO (nats a frame)",
        "objective": "Weighted objective (nats a frame)",
        "reconstruction": "Reconstruction (nats a frame)",
        "alone": "Without a code (nats a frame)",
        "kl": "KL divergence (nats a phrase)",
        "notes": Share("Notes reconstructed"),
        "notes_told": Share("Notes reconstructed, teacher forcing"),
        "pitches": Share("Pitches that sound right"),
        "pitches_told": Share("Pitches that sound right, teacher forcing"),
    }

    data: str = knob("chorales", "The data set that it learns from.", control="name", shown=True)
    seconds: float | None = knob(300, "Training time at most.", ge=1, le=86_400, unit="seconds", shown=True)
    beta: float = knob(
        0.2,
        "Beta: weight of the KL divergence against the reconstruction; it rises in the first fifth of the training.",
        ge=0,
        le=2,
        step=0.05,
        shown=True,
    )
    free_bits: float = knob(
        64, "Free bits: how much of the KL divergence of a phrase costs nothing.", ge=0, le=1000, unit="bits"
    )
    forget: float = knob(
        0.3,
        "Note dropout: the share of notes that the decoder is not told of the frame before, and needs the code for.",
        ge=0,
        le=1,
        step=0.05,
        shown=True,
    )
    alone: float = knob(
        0.2,
        "Code dropout: the share of phrases of which the decoder is told no code, and learns what such music does.",
        ge=0,
        le=0.9,
        step=0.05,
    )
    batch_size: int = knob(64, "Batch size: phrases in one step.", ge=1, le=4096, unit="phrases")
    latent: int = knob(
        128,
        "Latent dimensions: numbers in the code of a phrase, as many for each beat.",
        ge=8,
        le=512,
        unit="dimensions",
    )
    width: int = knob(144, "Width: size of the decoder's state.", ge=8, le=1024, unit="features")
    encoder_width: int = knob(48, "Width of the encoder: size of its states.", ge=8, le=512, unit="features")
    plan: int = knob(48, "Plan: numbers that the code gives the decoder for one beat.", ge=4, le=512, unit="features")
    learning_rate: float = knob(3e-3, "Peak learning rate.", ge=1e-6, le=1)
    ema: float = knob(0.998, "Decay of the average of the weights, which is shown.", ge=0, le=0.9999)

    def watched(self, spec: RollSpec) -> tuple[str, str]:
        """How many notes a listener hears right."""
        return "notes", "rises"

    def check(self, spec: RollSpec) -> None:
        """There are as many voices as have ranges, whole beats, and as much of a code for each."""
        if len(spec.voices) != len(RANGES) or spec.frames % spec.beat:
            raise ValueError(f"phrases need {len(RANGES)} voices and whole beats")
        beats = spec.frames // spec.beat
        if self.latent % beats:
            raise ValueError(f"the latent dimensions must be a multiple of the {beats} beats of a phrase")
        if self.plan % 2:
            raise ValueError("the plan must be an even number")

    def sampler(self, data: Data) -> Sampler:
        """Shuffled epochs of the part to learn from, without that for validation; each with what came before it."""
        phrases = data.train.at((data.train["part"] == PARTS.index("train")).nonzero()[:, 0])
        return ShuffledEpochs(with_past(phrases), batch_size=self.batch_size, seed=self.seed)

    def network(self, spec: RollSpec) -> MusicVAE:
        """Encoder and decoder for phrases of `spec`."""
        return MusicVAE(
            spec=spec, latent=self.latent, width=self.width, encoder_width=self.encoder_width, plan=self.plan
        )

    def build(self, data: Data) -> Phrases:
        """The weighted bound."""
        return Phrases(
            network=self.network(data.spec),
            data=data,
            beta=self.beta,
            free_bits=self.free_bits,
            forget=self.forget,
            alone=self.alone,
            learning_rate=self.learning_rate,
            ema=self.ema,
        )


MUSIC: dict[str, Recipe] = {"musicvae-chorales": MusicVaeRecipe()}
