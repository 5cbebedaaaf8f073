"""The network of a music VAE: a phrase for several voices becomes a code, and a code is sung frame by frame.

Roberts et al., "A Hierarchical Latent Vector Model for Learning Long-Term Structure in Music", 2018 (arXiv 1803.05428):
a recurrent encoder and decoder, and between code and decoder a plan (their conductor), one vector a beat. Other than
theirs, a code has a part for each beat, which the same weights write and read wherever the beat stands: there are only
some thousand phrases to learn that from. Within a frame the voices choose one after another, each seeing those before
it, as in Liang et al., "Automatic Stylistic Composition of Bach Chorales with Deep LSTM", 2017 (BachBot).

The decoder also knows a code that says nothing, given which it is a language model of phrases. What a code asks for and
what such music does are weighed against each other where notes are chosen (shallow fusion: Gulcehre et al., "On Using
Monolingual Corpora in Neural Machine Translation", 2015, arXiv 1503.03535, section 4.1). With a code alone, the rules
of writing are hardly learned: the code of a phrase of Bach's says which notes he took, and so that he kept them.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from playground.data import RollSpec
from playground.labs.vae.latent import Posterior
from playground.labs.vae.voices import HOLD, UNKNOWN, Embeddings, Vocabulary, Voice
from playground.precision import widened


class Encoder(nn.Module):
    """Beats, each seen as a whole, in both directions of time; features of each."""

    def __init__(self, *, spec: RollSpec, sounds: int, width: int, features: int) -> None:
        """`width` is the size of the GRU's state in either direction, `features` that of what it says of a beat."""
        super().__init__()
        self.beat = spec.beat
        self.frame = Embeddings(sizes=[sounds] * len(spec.voices), width=width)
        self.together = nn.Linear(spec.beat * width, width)
        self.gru = nn.GRU(width, width, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * width, features)

    def forward(self, sounds: Tensor) -> Tensor:
        """The sounds of phrases (B, T, V) to features (B, beats, features)."""
        x = self.frame(sounds).unflatten(1, (-1, self.beat)).flatten(2)  # (B, beats, beat * width)
        x, _ = self.gru(F.silu(self.together(x)))  # (B, beats, 2 * width)
        return self.out(x)  # (B, beats, features)


class MusicVAE(nn.Module):
    """p(x|z) and q(z|x) of phrases x.

    Attributes:
        latent: The number of dimensions of a code.
        vocabulary: What voices can sing.
        nothing: The code that says nothing, (latent,).
    """

    def __init__(
        self, *, spec: RollSpec, latent: int = 128, width: int = 144, encoder_width: int = 48, plan: int = 48
    ) -> None:
        """For phrases of `spec`: frames, voices, the beat, and the lowest and highest pitch.

        Args:
            spec: That of the data.
            latent: The number of dimensions of a code, a multiple of the beats.
            width: The size of the decoder's state.
            encoder_width: The size of the encoder's state in either direction.
            plan: The size of what the code says of one beat, an even number.
        """
        super().__init__()
        self.latent, self.frames, self.beat = latent, spec.frames, spec.beat
        self.vocabulary = Vocabulary(spec.low, spec.high)
        beats, voices, sounds = spec.frames // spec.beat, len(spec.voices), self.vocabulary.sounds
        self.encoder = Encoder(spec=spec, sounds=sounds, width=encoder_width, features=2 * (latent // beats))
        self.nothing = nn.Parameter(torch.zeros(latent))
        self.begin = nn.Linear(latent, width)
        self.plan = nn.GRU(latent // beats, plan // 2, batch_first=True, bidirectional=True)
        self.direct = nn.Linear(latent // beats, plan)
        self.given = Embeddings(sizes=[sounds] * voices + [spec.frames], width=encoder_width)
        self.gru = nn.GRU(encoder_width + plan, width, batch_first=True)
        self.order = (0, *range(voices - 1, 0, -1))  # the melody, its bass, and what lies between
        self.voices = nn.ModuleList(
            Voice(vocabulary=self.vocabulary, order=self.order[: rank + 1], state=width, hidden=width // 3)
            for rank in range(voices)
        )

    def tables(self) -> list[nn.Parameter]:
        """Those of how intervals may go on, of all voices."""
        return [table for voice in self.voices if isinstance(voice, Voice) for table in voice.follows]

    def encode(self, rolls: Tensor, onsets: Tensor) -> Posterior:
        """q(z|x) of phrases: pitches and onsets (B, T, V), integers, as a `RollSpec` has them."""
        return self.posterior_of(self.vocabulary.sounds_of(rolls, onsets))

    def posterior_of(self, sounds: Tensor) -> Posterior:
        """The same of the sounds of phrases, (B, T, V)."""
        mean, a = (part.flatten(1) for part in widened(self.encoder(sounds)).chunk(2, dim=2))  # each (B, latent)
        return Posterior(mean, a.clamp(max=0) + a.clamp(min=0).log1p())  # as in `VAE.posterior_of`

    def forward(self, z: Tensor, sounds: Tensor, past: Tensor) -> Tensor:
        """The logits (B, T, V, tokens) of each voice in each frame, given the code and the true notes before it.

        Args:
            z: Codes (B, latent).
            sounds: Those of the phrases, (B, T, V).
            past: What the decoder is told of the frame before each, (B, T, V), `UNKNOWN` where nothing.
        """
        places = self._places(len(z))[..., None]  # (B, T, 1)
        given = torch.cat([self.given(torch.cat([past, places], dim=2)), self._plans(z)], dim=2)  # (B, T, ...)
        states, _ = self.gru(given, self.begin(z).tanh()[None])  # (B, T, width)
        before, now = past.unbind(dim=2), sounds.unbind(dim=2)
        logits = {v: voice(states, before, now) for v, voice in zip(self.order, self.voices, strict=True)}
        stacked = torch.stack([logits[v] for v in range(len(logits))], dim=2)  # (B, T, V, tokens)
        return torch.cat([_possible(stacked[:, :1], past[:, :1]), stacked[:, 1:]], dim=1)

    def before(self, sounds: Tensor, first: Tensor | None = None) -> Tensor:
        """The frame before each of phrases (B, T, V); before the first one `first` (B, V), or nothing is known."""
        if first is None:
            first = torch.full_like(sounds[:, 0], UNKNOWN)
        return torch.cat([first[:, None], sounds[:, :-1]], dim=1)

    @torch.no_grad()
    def generate(
        self,
        z: Tensor,
        *,
        temperature: float,
        rng: Generator,
        fusion: float = 0.0,
        start: tuple[Tensor, Tensor] | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Phrases of codes, frame by frame and voice by voice, each given what was chosen before it.

        Choices are drawn by the Gumbel-max trick: the most likely one once noise is added to the scores, which are
        log p(x|z) + `fusion` log p(x), both given what was chosen before.

        Args:
            z: Codes (B, latent).
            temperature: How much noise; at 0 each choice is the most likely one.
            rng: Draws the noise, always as much.
            fusion: How much more likely a choice is for being so without a code, 0 or more.
            start: Pitches and onsets (B, T, V) of frames that come before: a phrase goes on from the last of them.

        Returns:
            Pitches and onsets, (B, T, V), uint8.
        """
        voices, tokens = len(self.voices), self.vocabulary.tokens
        noise = (
            torch.empty(self.frames, voices, len(z), tokens, device=z.device)
            .exponential_(generator=rng)
            .clamp(min=1e-30)
            .log()
        )
        noise *= -temperature
        past = torch.full((len(z), voices), UNKNOWN, device=z.device)
        if start is not None:
            past = self.vocabulary.sounds_of(start[0][:, -1], start[1][:, -1])
        ways = 2 if fusion else 1  # the second half of all rows goes without a code, and sings what the first one does
        codes = torch.cat([z, self.nothing.expand_as(z)]) if fusion else z  # (ways B, latent)
        past = past.repeat(ways, 1)  # (ways B, V)
        plans, places, weights = self._plans(codes), self._places(len(codes)), list(self.gru.parameters())
        state, written = self.begin(codes).tanh(), []
        for t in range(self.frames):
            given = torch.cat([self.given(torch.cat([past, places[:, t : t + 1]], dim=1)), plans[:, t]], dim=1)
            state = torch.gru_cell(given, state, *weights)  # (ways B, width)
            before = past.unbind(dim=1)
            now = list(before)
            for v, voice in zip(self.order, self.voices, strict=True):
                logits = voice(state, before, now)  # (ways B, tokens)
                if t == 0:
                    logits = _possible(logits, before[v])
                choice = (_fused(logits, fusion) + noise[t, v]).argmax(dim=1).repeat(ways)
                now[v] = self.vocabulary.after(choice, before[v])
            past = torch.stack(now, dim=1)  # (ways B, V)
            written.append(past[: len(z)])
        return self.vocabulary.rolls_of(torch.stack(written, dim=1))  # (B, T, V)

    def _plans(self, z: Tensor) -> Tensor:
        """What codes say of the beat of each frame, (B, T, plan)."""
        beats = z.unflatten(1, (self.frames // self.beat, -1))  # (B, beats, latent / beats)
        return (self.direct(beats) + self.plan(beats)[0]).repeat_interleave(self.beat, dim=1)

    def _places(self, n: int) -> Tensor:
        return torch.arange(self.frames, device=self.begin.weight.device).expand(n, -1)  # (n, T)


def _fused(logits: Tensor, fusion: float) -> Tensor:
    """The scores (B, tokens) of logits with codes and, where there is a `fusion`, of as many below them without."""
    if not fusion:
        return logits
    told, alone = logits.log_softmax(dim=1).chunk(2)
    return told + fusion * alone


def _possible(logits: Tensor, past: Tensor) -> Tensor:
    """Logits (..., tokens) without the choice to hold what is unknown; `past` is (...)."""
    hold = torch.arange(logits.shape[-1], device=logits.device) == HOLD
    return logits.masked_fill((past == UNKNOWN)[..., None] & hold, -torch.inf)
