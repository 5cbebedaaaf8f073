"""The notes of a score for several voices, read from MusicXML: as much of it as a choir's music needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from xml.etree import ElementTree as ET

SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
STEP = Fraction(1, 4)
"""A sixteenth, in quarters."""


@dataclass(frozen=True)
class Measure:
    """What stands between two bar lines, in sixteenths, and what its meter says that a whole one has."""

    start: Fraction
    length: Fraction
    whole: Fraction


@dataclass(frozen=True)
class Note:
    """A note with all that is tied to it, in sixteenths."""

    start: Fraction
    end: Fraction
    pitch: int


@dataclass(frozen=True)
class Score:
    """The measures of a piece, and for each voice its notes as they come."""

    measures: list[Measure]
    voices: list[list[Note]]

    def steps(self) -> tuple[list[list[int]], list[list[int]]]:
        """What is heard at each sixteenth, in each voice.

        Returns:
            Steps of MIDI pitches, 0 for silence, and steps of ones where a note is struck that was not heard before.
        """
        length = int(self.measures[-1].start + self.measures[-1].length)
        heard = [[self._at(notes, step) for notes in self.voices] for step in range(length)]
        pitches = [[note.pitch if note else 0 for note in notes] for notes in heard]
        before: list[list[Note | None]] = [[None] * len(self.voices), *heard]
        onsets = [
            [int(note is not None and note is not last) for last, note in zip(*pair, strict=True)]
            for pair in pairwise(before)
        ]
        return pitches, onsets

    @staticmethod
    def _at(notes: list[Note], step: int) -> Note | None:
        return next((note for note in notes if note.start <= step < note.end), None)


def read_score(content: bytes, voices: Sequence[str]) -> Score | None:
    """The score of those parts whose names start with the names of `voices`; None unless there is one part for each."""
    root = ET.fromstring(content)
    names = {part.get("id"): part.findtext("part-name", "").lower() for part in root.iter("score-part")}
    chosen = [[part for part in root.iter("part") if names[part.get("id")].startswith(voice)] for voice in voices]
    if any(len(parts) != 1 for parts in chosen):
        return None
    measures: list[Measure] = []
    sung = []
    for (part,) in chosen:
        found, notes = _read_part(part)
        measures = max(measures, found, key=lambda read: read[-1].start + read[-1].length if read else Fraction(0))
        sung.append(notes)
    return Score(measures, sung)


def _read_part(part: ET.Element) -> tuple[list[Measure], list[Note]]:
    measures: list[Measure] = []
    notes: list[Note] = []
    start, divisions, whole = Fraction(0), 1, Fraction(16)
    for measure in part.iter("measure"):
        now = furthest = Fraction(0)
        for element in measure:
            if element.tag == "attributes":
                divisions = int(element.findtext("divisions", str(divisions)))
                if (time := element.find("time")) is not None:
                    whole = Fraction(int(time.findtext("beats", "4")) * 16, int(time.findtext("beat-type", "4")))
            length = Fraction(element.findtext("duration", "0")) / divisions / STEP
            if element.tag == "backup":
                now -= length
            elif element.tag == "forward":
                now += length
            elif element.tag == "note" and element.find("chord") is None and length:
                _sing(notes, element, start + now, length)
                now += length
            furthest = max(furthest, now)
        measures.append(Measure(start, furthest, whole))
        start += furthest
    return measures, notes


def _sing(notes: list[Note], element: ET.Element, start: Fraction, length: Fraction) -> None:
    """Adds a note, or makes the last one longer if it is tied to it; a rest adds nothing."""
    pitch = element.find("pitch")
    if pitch is None:
        return
    octave, step = int(pitch.findtext("octave", "4")), pitch.findtext("step", "C")
    number = 12 * (octave + 1) + SEMITONES[step] + int(float(pitch.findtext("alter", "0")))
    tied = any(tie.get("type") == "stop" for tie in element.iter("tie"))
    if tied and notes and (notes[-1].pitch, notes[-1].end) == (number, start):
        notes[-1] = Note(notes[-1].start, start + length, number)
    else:
        notes.append(Note(start, start + length, number))
