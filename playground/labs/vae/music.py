"""The network of a music VAE: a phrase for several voices becomes a code, and a code is sung frame by frame.

Roberts et al., "A Hierarchical Latent Vector Model for Learning Long-Term Structure in Music", 2018 (arXiv 1803.05428):
a recurrent encoder and decoder, and between code and decoder a plan (their conductor), here one vector a beat. Within a
frame the voices choose one after another, each seeing those before it, as in Liang et al., "Automatic Stylistic
Composition of Bach Chorales with Deep LSTM", 2017 (BachBot).
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from playground.data import RollSpec
from playground.labs.vae.latent import Posterior
from playground.labs.vae.voices import HOLD, Frame, Vocabulary, Voice


class Frames(nn.Module):
    """What is heard in a frame as numbers: an embedding of each voice's pitch, and whether it is struck."""

    def __init__(self, *, voices: int, vocabulary: Vocabulary, width: int) -> None:
        """`width` is the size of one voice's embedding."""
        super().__init__()
        self.size = voices * (width + 1)
        self.pitch = nn.ModuleList(nn.Embedding(vocabulary.values, width) for _ in range(voices))

    def forward(self, frame: Frame) -> Tensor:
        """Values and onsets (..., V) to (..., size)."""
        embedded = [table(frame.values[..., v]) for v, table in enumerate(self.pitch)]
        return torch.cat([*embedded, frame.onsets.to(embedded[0])], dim=-1)


class Encoder(nn.Module):
    """Beats, each seen as a whole, in both directions of time; then one vector of features."""

    def __init__(self, *, frames: Frames, beats: int, beat: int, width: int, features: int) -> None:
        """`features` is the size of what is given; `width` that of the GRU's state in either direction."""
        super().__init__()
        self.beat, self.frames = beat, frames
        self.together = nn.Linear(beat * frames.size, width)
        self.gru = nn.GRU(width, width, batch_first=True, bidirectional=True)
        self.narrow = nn.Linear(2 * width, width // 2)
        self.out = nn.Linear(beats * (width // 2), features)

    def forward(self, frame: Frame) -> Tensor:
        """Frames (B, T, V) to features (B, features)."""
        x = self.frames(frame).unflatten(1, (-1, self.beat)).flatten(2)  # (B, beats, beat * size)
        x, _ = self.gru(F.gelu(self.together(x)))  # (B, beats, 2 * width)
        return self.out(F.gelu(self.narrow(x)).flatten(1))  # (B, features)


class MusicVAE(nn.Module):
    """p(x|z) and q(z|x) of phrases x of some voices.

    Attributes:
        latent: The number of dimensions of a code.
    """

    def __init__(
        self, *, spec: RollSpec, latent: int = 64, width: int = 160, encoder_width: int = 64, pitch_width: int = 24
    ) -> None:
        """For phrases of `spec`.

        Args:
            spec: Frames, voices, the beat, and the lowest and highest pitch.
            latent: The number of dimensions of a code.
            width: The size of the decoder's state.
            encoder_width: The size of the encoder's state in either direction.
            pitch_width: The size of a pitch's embedding.
        """
        super().__init__()
        self.latent, self.length, self.beat = latent, spec.frames, spec.beat
        self.vocabulary = vocabulary = Vocabulary(spec.low, spec.high)
        beats, voices = spec.frames // spec.beat, len(spec.voices)
        heard, before = (Frames(voices=voices, vocabulary=vocabulary, width=pitch_width) for _ in range(2))
        self.encoder = Encoder(frames=heard, beats=beats, beat=spec.beat, width=encoder_width, features=2 * latent)
        self.begin = nn.Linear(latent, width)
        self.plan = nn.Linear(latent, beats * 2 * pitch_width)
        self.place = nn.Embedding(spec.frames, pitch_width)
        self.before = before
        self.gru = nn.GRU(before.size + 3 * pitch_width, width, batch_first=True)
        self.order = (0, *range(voices - 1, 0, -1))  # the melody, its bass, and what lies between
        self.voices = nn.ModuleList(
            Voice(vocabulary=vocabulary, earlier=rank, state=width, width=pitch_width, hidden=2 * width // 5)
            for rank in range(voices)
        )

    def encode(self, rolls: Tensor, onsets: Tensor) -> Posterior:
        """q(z|x) of phrases: pitches and onsets (B, T, V), integers, see `RollSpec`; none above or below its pitches."""
        mean, a = self.encoder(self._frame(rolls, onsets)).chunk(2, dim=1)  # each (B, latent)
        return Posterior(mean, a.clamp(max=0) + a.clamp(min=0).log1p())  # as in `VAE.posterior_of`

    def forward(
        self, z: Tensor, rolls: Tensor, onsets: Tensor, before: Tensor | None = None, seen: Tensor | None = None
    ) -> Tensor:
        """The logits (B, T, V, tokens) of each voice in each frame, given the code and the true notes before it.

        Args:
            z: Codes (B, latent).
            rolls: (B, T, V), the phrase that is to be told.
            onsets: (B, T, V).
            before: (B, V), the pitches of the frame before the phrase, `UNKNOWN` where nothing is known of them; None
                where nothing is known at all.
            seen: (B, T, V), bool: where the decoder is told what the frame before holds; everywhere by default.
        """
        now = self._frame(rolls, onsets)
        first = self._unknown(z, rolls.shape[2]) if before is None else self._frame(before, torch.zeros_like(before))
        past = Frame(*(torch.cat([a[:, None], b[:, :-1]], dim=1) for a, b in zip(first, now, strict=True)))
        free = past.values[:, :1] == self.vocabulary.unknown  # nothing goes on from what is not known
        if seen is not None:
            past = Frame(past.values.masked_fill(~seen, self.vocabulary.unknown), past.onsets & seen)
        given = torch.cat([self.before(past), self._plan(z)], dim=2)  # (B, T, ...)
        states, _ = self.gru(given, self.begin(z).tanh()[None])  # (B, T, width)
        logits = torch.stack(
            [voice(states, past, now, self.order[: rank + 1]) for rank, voice in enumerate(self.voices)], dim=2
        )  # (B, T, V in order, tokens)
        logits = logits[:, :, torch.tensor(self.order, device=z.device).argsort()]  # (B, T, V, tokens)
        return torch.cat([_struck(logits[:, :1], free), logits[:, 1:]], dim=1)

    @torch.no_grad()
    def generate(
        self, z: Tensor, *, temperature: float, rng: Generator, start: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, Tensor]:
        """Phrases of codes, frame by frame and voice by voice, each given what was chosen before it.

        Args:
            z: Codes (B, latent).
            temperature: Logits are divided by it; at 0 each choice is the most likely one.
            rng: Draws the choices.
            start: Pitches and onsets (B, T, V) that come before the phrases, which go on from their last frame.

        Returns:
            Pitches and onsets, (B, T, V), uint8.
        """
        voices = len(self.voices)
        past = self._unknown(z, voices)
        if start is not None:
            past = Frame(*(values[:, -1] for values in self._frame(*start)))
        state, plan, written = self.begin(z).tanh(), self._plan(z), []
        for t in range(self.length):
            given = torch.cat([self.before(past), plan[:, t]], dim=1)
            state = self._step(given, state)
            values, onsets = past.values.clone(), torch.zeros_like(past.onsets)
            for rank, voice in enumerate(self.voices):
                v = self.order[rank]
                logits = voice(state, past, Frame(values, onsets), self.order[: rank + 1])  # (B, tokens)
                logits = _struck(logits, past.values[:, v] == self.vocabulary.unknown)
                values[:, v], onsets[:, v] = self.vocabulary.heard(_chosen(logits, temperature, rng), past.values[:, v])
            past = Frame(values, onsets)
            written.append(past)
        values, onsets = (torch.stack(column, dim=1) for column in zip(*written, strict=True))  # (B, T, V)
        return self.vocabulary.pitches(values).to(torch.uint8), onsets.to(torch.uint8)

    def _frame(self, rolls: Tensor, onsets: Tensor) -> Frame:
        return Frame(self.vocabulary.of(rolls.long()), onsets.bool())

    def _unknown(self, z: Tensor, voices: int) -> Frame:
        nothing = torch.zeros(len(z), voices, dtype=torch.long, device=z.device)
        return Frame(nothing + self.vocabulary.unknown, nothing.bool())

    def _plan(self, z: Tensor) -> Tensor:
        """What the code says of each frame's beat, and the frame's place, (B, T, ...)."""
        beats = self.plan(z).view(len(z), self.length // self.beat, -1)  # (B, beats, ...)
        place = self.place.weight.expand(len(z), -1, -1)
        return torch.cat([beats.repeat_interleave(self.beat, dim=1), place], dim=2)  # (B, T, ...)

    def _step(self, given: Tensor, state: Tensor) -> Tensor:
        """One step of the decoder's GRU, without what makes whole sequences fast and single steps slow."""
        weights = self.gru.weight_ih_l0, self.gru.weight_hh_l0, self.gru.bias_ih_l0, self.gru.bias_hh_l0
        return torch.gru_cell(given, state, *weights)  # (B, width)


def _struck(logits: Tensor, begins: Tensor) -> Tensor:
    """Logits (..., tokens) without the choice to hold where a voice `begins` (...), bool, from the unknown."""
    hold = torch.arange(logits.shape[-1], device=logits.device) == HOLD
    return logits.masked_fill(begins[..., None] & hold, -torch.inf)


def _chosen(logits: Tensor, temperature: float, rng: Generator) -> Tensor:
    """One of the tokens for each row of logits (B, tokens): (B,)."""
    if temperature == 0:
        return logits.argmax(dim=1)
    return torch.multinomial((logits / temperature).softmax(dim=1), 1, generator=rng)[:, 0]
