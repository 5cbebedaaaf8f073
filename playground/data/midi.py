"""Rolls to Standard MIDI files, and anybody's MIDI file to a roll."""

from __future__ import annotations

import io
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import mido
import torch
from torch import Tensor

from playground.data.spec import SILENCE, RollSpec
from playground.errors import PlaygroundError

MAX_BYTES, MAX_BARS = 200_000, 128
"""A larger file is refused, and no event has less than two bytes; of a longer piece the first bars are read."""
TICKS, VELOCITY, CHOIR, DRUMS = 480, 80, 52, 9
"""Ticks of a beat in files that are written, how hard notes are struck, "choir aahs", and the channel of drums."""
BAR = 4
"""Beats that are a bar here, whatever a file's meter."""
TEMPO = 90


class BadMidi(PlaygroundError):
    """What was given is no MIDI file that notes can be read from."""


class Tune(NamedTuple):
    """Music of any length, see `RollSpec`: `rolls` and `onsets` (T, voices), uint8; `tempo` in beats a minute."""

    rolls: Tensor
    onsets: Tensor
    tempo: float


@dataclass(frozen=True)
class _Note:
    """In frames, `end` after `start`."""

    start: int
    end: int
    pitch: int


def write_midi(rolls: Tensor, onsets: Tensor, spec: RollSpec, tempo: float = TEMPO) -> bytes:
    """A Standard MIDI file of format 1 with one track for each voice, which has its name.

    Args:
        rolls: (T, voices), pitches and `SILENCE`.
        onsets: (T, voices), 1 where a note is struck.
        spec: Names the voices and says how many frames a beat has.
        tempo: Beats a minute.
    """
    file, frame = mido.MidiFile(type=1, ticks_per_beat=TICKS), TICKS // spec.beat
    meta = [mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(tempo)), mido.MetaMessage("time_signature")]
    file.tracks.append(mido.MidiTrack(meta))
    for voice, name in enumerate(spec.voices):
        channel = voice if voice < DRUMS else voice + 1
        track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
        track.append(mido.Message("program_change", channel=channel, program=CHOIR))
        now = 0
        for note in _struck(rolls[:, voice].tolist(), onsets[:, voice].tolist()):
            for kind, frames in (("note_on", note.start), ("note_off", note.end)):
                ticks = frames * frame - now
                track.append(mido.Message(kind, note=note.pitch, velocity=VELOCITY, channel=channel, time=ticks))
                now += ticks
        track.append(mido.MetaMessage("end_of_track", time=len(rolls) * frame - now))
        file.tracks.append(track)
    content = io.BytesIO()
    file.save(file=content)
    return content.getvalue()


def _struck(pitches: list[int], onsets: list[int]) -> list[_Note]:
    notes: list[_Note] = []
    for frame, (pitch, onset) in enumerate(zip(pitches, onsets, strict=True)):
        if onset:
            notes.append(_Note(frame, frame + 1, pitch))
        elif pitch != SILENCE:
            notes[-1] = _Note(notes[-1].start, frame + 1, pitch)
    return notes


def read_midi(content: bytes, spec: RollSpec) -> Tune:
    """The roll of a MIDI file.

    A note begins and ends at the nearest frame and lasts one at least. Beats are the file's own, so that changes of
    tempo move nothing; a bar has four beats, whatever its meters, and bars before the first note are left out. Drums
    are left out, and what no voice of `spec` reaches is moved by octaves.

    A line is a track's channel. If there are no more lines than voices, and in each the notes follow one another, then
    each is a voice: by its track's name if all are named as voices are, else by its mean pitch. A lone line is the
    highest voice; of two, the other is the lowest, and further ones come between. Otherwise the notes of all lines are
    dealt out anew in each frame, the highest to the upper voices and the lowest to the lower ones.

    Args:
        content: The file, from anybody.
        spec: The voices and their range, the frames of a beat, and how many frames there must be at least.

    Returns:
        Whole bars, at most `MAX_BARS`, the last filled with silence. The tempo is that at the first note.

    Raises:
        BadMidi: When the file is too large, broken, or has no notes.
    """
    file = _parsed(content)
    lines, names = _lines(file, spec)
    if not lines:
        raise BadMidi("This MIDI file has no notes besides drums; give one with a melody.")
    bar = BAR * spec.beat
    first = min(note.start for notes in lines for note in notes) // bar * bar
    length = max(note.end for notes in lines for note in notes) - first
    length = max(min(-(-length // bar), MAX_BARS) * bar, spec.frames)
    voices = _as_voices(lines, names, spec) or _dealt(lines, spec, first, length)
    rolls, onsets = torch.zeros(2, length, len(spec.voices), dtype=torch.uint8)
    for voice, notes in enumerate(voices):
        for note in notes:
            start, end = note.start - first, note.end - first
            rolls[start:end, voice] = note.pitch
            if start < length:
                onsets[start:end, voice] = 0
                onsets[start, voice] = 1
    return Tune(rolls, onsets, _tempo(file))


def _parsed(content: bytes) -> mido.MidiFile:
    if len(content) > MAX_BYTES:
        raise BadMidi(f"This file has {len(content):,} bytes; {MAX_BYTES:,} are allowed. Give a shorter piece.")
    if not content.startswith(b"MThd"):
        raise BadMidi("This is no MIDI file; give one whose name ends in .mid or .midi.")
    try:
        file = mido.MidiFile(file=io.BytesIO(content), clip=True)
    except Exception as error:  # the reader raises what it stumbles over, from EOFError to KeyError
        raise BadMidi("This MIDI file is broken and cannot be read; export it anew from where it was made.") from error
    if file.type == 2 or file.ticks_per_beat <= 0:
        raise BadMidi("This MIDI file does not count time in beats; export it as format 0 or 1, with ticks per beat.")
    return file


def _tempo(file: mido.MidiFile) -> float:
    """Beats a minute at the first note, between 20 and 300; a file that does not say has 120, as the standard says."""
    tempos, first = {0: 500_000}, math.inf  # microseconds a beat, by the tick from which on
    for track in file.tracks:
        now = 0
        for message in track:
            now += message.time
            if message.type == "set_tempo":
                tempos[now] = message.tempo
            elif message.type == "note_on" and message.velocity and message.channel != DRUMS:
                first = min(first, now)
    latest = max(tick for tick in tempos if tick <= first)
    return min(max(60_000_000 / max(tempos[latest], 1), 20.0), 300.0)


def _lines(file: mido.MidiFile, spec: RollSpec) -> tuple[list[list[_Note]], list[str]]:
    """The notes of every track and channel that has some, by their beginnings, and the names of their tracks."""
    lines: list[list[_Note]] = []
    names = []
    for track in file.tracks:
        notes: dict[int, list[tuple[int, int, int]]] = defaultdict(list)  # first and last tick and pitch, by channel
        begun: dict[tuple[int, int], int] = {}
        now = 0
        for message in track:
            now += message.time
            if message.type not in ("note_on", "note_off") or message.channel == DRUMS:
                continue
            key = (message.channel, message.note)
            if key in begun:
                notes[message.channel].append((begun.pop(key), now, message.note))
            if message.type == "note_on" and message.velocity:
                begun[key] = now
        for (channel, pitch), start in begun.items():
            notes[channel].append((start, now, pitch))
        lines += [_line(played, file, spec) for played in notes.values()]
        names += [track.name.strip().lower()] * len(notes)
    return lines, names


def _line(played: list[tuple[int, int, int]], file: mido.MidiFile, spec: RollSpec) -> list[_Note]:
    """The notes of one channel in frames; of an ornament whose notes fall into one frame the last one stays."""
    line: list[_Note] = []
    over = 0
    for start, end, pitch in sorted(played):
        note = _quantized(start, end, pitch, file, spec)
        if line and line[-1].start == note.start and over <= start < end:
            line.pop()  # it was over before this one began: no chord
        line.append(note)
        over = max(over, end)
    return sorted(line, key=lambda note: (note.start, note.end))


def _quantized(start: int, end: int, pitch: int, file: mido.MidiFile, spec: RollSpec) -> _Note:
    first, last = (math.floor(ticks * spec.beat / file.ticks_per_beat + 0.5) for ticks in (start, end))
    if pitch < spec.low:
        pitch += 12 * -((pitch - spec.low) // 12)
    elif pitch > spec.high:
        pitch -= 12 * -((spec.high - pitch) // 12)
    return _Note(first, max(last, first + 1), pitch)


def _as_voices(lines: list[list[_Note]], names: list[str], spec: RollSpec) -> list[list[_Note]] | None:
    """Each line as one voice; None where there are too many or one of them is no melody.

    Notes of a melody may overlap by a frame, as played ones do: then the first of them is shorter.
    """
    if len(lines) > len(spec.voices):
        return None
    for line in lines:
        if any(b.start == a.start or a.end > b.start + 1 for a, b in zip(line, line[1:], strict=False)):
            return None
    voices: list[list[_Note]] = [[] for _ in spec.voices]
    if len(set(names)) == len(names) and set(names) <= set(spec.voices):
        order = [spec.voices.index(name) for name in names]
    else:
        means = [sum(note.pitch for note in line) / len(line) for line in lines]
        places = _places(len(lines), len(spec.voices))
        ranks = sorted(range(len(lines)), key=lambda i: -means[i])
        order = [places[ranks.index(i)] for i in range(len(lines))]
    for voice, line in zip(order, lines, strict=True):
        voices[voice] = [
            _Note(a.start, min(a.end, b.start) if b else a.end, a.pitch)
            for a, b in zip(line, [*line[1:], None], strict=True)
        ]
    return voices


def _places(n: int, voices: int) -> Sequence[int]:
    """The voices, from the highest on, that `n` notes at once have, at most as many as there are voices."""
    return [*range(n - 1), voices - 1] if n > 1 else range(n)


def _dealt(lines: list[list[_Note]], spec: RollSpec, first: int, length: int) -> list[list[_Note]]:
    """What is heard in each frame, from the highest on; of more notes than voices those in the middle are dropped."""
    heard: list[dict[int, _Note]] = [{} for _ in range(length)]
    ordered = sorted((note for line in lines for note in line), key=lambda note: (note.pitch, note.start))
    for note, after in zip(ordered, [*ordered[1:], None], strict=True):
        # of notes of one pitch the one that began last is heard, so that no file has more of them than frames
        end = min(note.end, after.start) if after and after.pitch == note.pitch else note.end
        for frame in range(note.start - first, min(end - first, length)):
            heard[frame][note.pitch] = note
    voices: list[list[_Note]] = [[] for _ in spec.voices]
    sounding: list[_Note | None] = [None] * len(voices)
    upper = -(-len(voices) // 2)
    for frame, notes in enumerate(heard):
        chord = [notes[pitch] for pitch in sorted(notes, reverse=True)]
        if len(chord) > len(voices):
            chord = chord[:upper] + chord[upper - len(voices) :]
        before, sounding = sounding, [None] * len(voices)
        for voice, note in zip(_places(len(chord), len(voices)), chord, strict=True):
            sounding[voice] = note
            now = first + frame
            if note is before[voice]:
                voices[voice][-1] = _Note(voices[voice][-1].start, now + 1, note.pitch)
            else:
                voices[voice].append(_Note(now, now + 1, note.pitch))
    return voices
