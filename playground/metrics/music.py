"""How well four-voice music keeps the rules of chorale writing, as rates to be read beside Bach's own.

Rolls are (N, T, 4), int64: MIDI pitches of soprano, alto, tenor and bass on a grid of sixteenths, and `SILENCE`, as
those of a `RollSpec`. Each rate says what it is a share of; where there is nothing to take a share of, as in silence,
it is 0, and `silence` says why. Bach breaks each of these rules at times, so a rate is good where it is near his.

The rules are those that harmony courses teach. Fang et al., "Bach or Mock? A Grading Function for Chorales in the Style
of J.S. Bach", 2020 (arXiv 2006.13329), grade generated chorales by errors of range, crossing and parallels likewise.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from playground.data import SILENCE

BEAT, BAR = 4, 16
"""Frames of a quarter note and of a bar of four quarters."""
RANGES = ((60, 79), (55, 74), (48, 67), (40, 62))
"""Lowest and highest pitch of each voice, C4 to G5, G3 to D5, C3 to G4 and E2 to D4; texts differ by a tone or two."""
UNISON, FOURTH, FIFTH, OCTAVE = 0, 5, 7, 12
CONSONANT = (UNISON, 3, 4, FIFTH, 8, 9)
"""Unison, thirds, perfect fifth and sixths, in semitones; octaves are added at will."""


def chorale_report(rolls: Tensor, onsets: Tensor | None = None) -> dict[str, float]:
    """All measures of this module over all rolls together.

    Args:
        rolls: (N, T, 4), integers of any type, whole bars.
        onsets: (N, T, 4), not 0 where a note is struck; without it, repeated notes count as one that is held.

    Returns:
        By name: `in_range`, `consonance` and `on_beats`, high where rules are kept; `crossings`, `parallel_fifths` and
        `parallel_octaves`, low where they are; and `repeated_bars`, `silent_bars`, `silence`, `notes_per_bar` (of one
        voice) and `pitch_class_entropy`, which tell dull or broken music, to which no rule objects.

    Raises:
        ValueError: If the rolls do not consist of whole bars of four voices.
    """
    if rolls.shape[1] % BAR or rolls.shape[2] != len(RANGES):
        raise ValueError(f"rolls are (N, T, 4) with T a multiple of {BAR}, not {tuple(rolls.shape)}")
    rolls = rolls.long()  # differences of pitches are negative, too
    notes = struck(rolls, None if onsets is None else onsets.bool())
    return {
        "in_range": in_range(rolls, notes),
        "crossings": crossings(rolls),
        "parallel_fifths": parallels(rolls, FIFTH),
        "parallel_octaves": parallels(rolls, OCTAVE),
        "consonance": consonance(rolls),
        "on_beats": on_beats(notes),
        "repeated_bars": repeated_bars(rolls),
        "silent_bars": silent_bars(rolls),
        "silence": float((rolls == SILENCE).double().mean()),
        "notes_per_bar": float(notes.double().mean()) * BAR,
        "pitch_class_entropy": pitch_class_entropy(rolls, notes),
    }


def struck(rolls: Tensor, onsets: Tensor | None = None) -> Tensor:
    """Where a note begins (N, T, 4), bool: wherever the pitch changes, and where `onsets` say that it is repeated."""
    begins = torch.ones_like(rolls, dtype=torch.bool)
    begins[:, 1:] = rolls[:, 1:] != rolls[:, :-1]
    if onsets is not None:
        begins |= onsets
    return begins & (rolls != SILENCE)


def in_range(rolls: Tensor, notes: Tensor) -> float:
    """The share of all notes that their voice can sing (`RANGES`); `notes` as `struck` gives them."""
    low, high = torch.tensor(RANGES, device=rolls.device).T
    return _share(notes & (rolls >= low) & (rolls <= high), notes)


def crossings(rolls: Tensor) -> float:
    """The share of frames in which a voice is below one that should be lower, of those in which two or more sound."""
    upper, lower, both = _pairs(rolls)
    return _share((both & (upper < lower)).any(dim=-1), both.any(dim=-1))


def parallels(rolls: Tensor, interval: int) -> float:
    """The share of moments at which two or more voices move that have a parallel fifth or octave.

    Two voices are parallel in a perfect fifth (7 semitones) or an octave (12) if they are that far apart before and
    after and both move in the same direction. Octaves are added at will, so that a twelfth may follow a fifth, and a
    unison is an octave. A voice that stays or repeats its note does not move, and contrary motion is not counted, nor
    are hidden parallels, of which the second interval alone is perfect. Across a rest nothing moves. Fifths are told by
    their sound: a diminished sixth is one too.

    Fux, "Gradus ad Parnassum", 1725; as `VoiceLeadingQuartet` of music21 has it, but for contrary motion.
    """
    upper, lower, both = _pairs(rolls)
    up, down = (voice[:, 1:] - voice[:, :-1] for voice in (upper, lower))  # (N, T - 1, 6)
    move = both[:, 1:] & both[:, :-1] & (up != 0) & (down != 0)
    apart = (upper - lower).abs() % OCTAVE == interval % OCTAVE  # (N, T, 6)
    parallel = move & (up.sign() == down.sign()) & apart[:, 1:] & apart[:, :-1]
    return _share(parallel.any(dim=-1), move.any(dim=-1))


def consonance(rolls: Tensor) -> float:
    """The share of beats on which all intervals between voices are consonant, of those on which two or more sound.

    Unisons, thirds, perfect fifths, sixths and octaves are consonant. So is a perfect fourth, unless its lower note is
    the lowest that sounds (Fux, 1725, where it is a dissonance between two voices). That leaves major and minor triads,
    whole or not, in root position and first inversion; augmented ones pass, since in semitones their fifth is a sixth.
    Suspensions and seventh chords, which Bach loves, count as dissonant.
    """
    chords = rolls[:, ::BEAT]  # (N, beats, 4)
    upper, lower, both = _pairs(chords)
    bass = chords.masked_fill(chords == SILENCE, 128).amin(dim=-1, keepdim=True)  # (N, beats, 1)
    interval = (upper - lower).abs() % OCTAVE
    consonant = torch.isin(interval, torch.tensor(CONSONANT, device=rolls.device))
    consonant |= (interval == FOURTH) & (torch.minimum(upper, lower) > bass)
    return _share(both.any(dim=-1) & (consonant | ~both).all(dim=-1), both.any(dim=-1))


def on_beats(notes: Tensor) -> float:
    """The share of notes that are struck on a beat: 1/4 of them where the beat does not matter."""
    return _share(notes[:, ::BEAT], notes)


def repeated_bars(rolls: Tensor) -> float:
    """The share of bars, but for the first of each roll, in which the same pitches sound as in the bar before."""
    bars = rolls.unflatten(1, (-1, BAR))  # (N, bars, 16, 4)
    same = (bars[:, 1:] == bars[:, :-1]).flatten(2).all(dim=-1) & (bars[:, 1:] != SILENCE).flatten(2).any(dim=-1)
    return _share(same, torch.ones_like(same))


def silent_bars(rolls: Tensor) -> float:
    """The share of bars in which nothing sounds."""
    silent = (rolls.unflatten(1, (-1, BAR)) == SILENCE).flatten(2).all(dim=-1)  # (N, bars)
    return _share(silent, torch.ones_like(silent))


def pitch_class_entropy(rolls: Tensor, notes: Tensor) -> float:
    """The entropy of the pitch classes of a roll's notes, in bits, 0 to log2(12); the mean over rolls that have notes.

    Wu & Yang, "The Jazz Transformer on the Front Line", 2020 (arXiv 2008.01307). A note counts as one, however long it
    is. A scale of seven tones used evenly has 2.8 bits.
    """
    kinds = (rolls % 12).masked_fill(~notes, 12)  # the pitch classes, and a thirteenth for all else
    counts = F.one_hot(kinds, 13).sum(dim=(1, 2))[:, :12].double()  # (N, 12)
    counts = counts[counts.sum(dim=1) > 0]
    if not len(counts):
        return 0.0
    entropy = torch.special.entr(counts / counts.sum(dim=1, keepdim=True)).sum(dim=1)  # (N,), nats
    return float(entropy.mean()) / math.log(2)


def _pairs(rolls: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """For each of the six pairs of voices what the upper and the lower one sing, and whether both do: (N, T, 6)."""
    first, second = torch.triu_indices(rolls.shape[2], rolls.shape[2], 1, device=rolls.device)
    upper, lower = rolls[..., first], rolls[..., second]
    return upper, lower, (upper != SILENCE) & (lower != SILENCE)


def _share(part: Tensor, whole: Tensor) -> float:
    """How many of `part` there are for each of `whole`, both bool; 0 if there is none."""
    return int(part.sum()) / max(1, int(whole.sum()))
