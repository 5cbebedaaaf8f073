"""Rates of chorale writing against hand-made music whose faults can be counted."""

import math
from itertools import combinations, pairwise

import pytest
import torch

from playground.data import SILENCE, packs
from playground.metrics.music import (
    FIFTH,
    OCTAVE,
    chorale_report,
    consonance,
    crossings,
    in_range,
    on_beats,
    parallels,
    pitch_class_entropy,
    repeated_bars,
    silent_bars,
    struck,
)

C_MAJOR = (72, 67, 64, 48)


def roll(*frames):
    """One roll of these frames; a voice that is not given is silent."""
    return torch.tensor([[(*frame, *[SILENCE] * (4 - len(frame))) for frame in frames]])


def held(*chords, frames=4):
    return roll(*[chord for chord in chords for _ in range(frames)])


def random_rolls(n=20, frames=32, seed=0):
    """Chords of few pitches, so that voices often keep theirs, cross and run in parallel, and sometimes rest."""
    rng = torch.Generator().manual_seed(seed)
    pitches = torch.tensor([55, 60, 62, 67, 69, 74])
    rolls = pitches[torch.randint(0, len(pitches), (n, frames, 4), generator=rng)]
    return rolls.masked_fill(torch.rand(rolls.shape, generator=rng) < 0.1, SILENCE)


@pytest.mark.parametrize(
    ("before", "after", "fifths", "octaves"),
    [
        ((67, 60), (69, 62), 1, 0),  # C-G to D-A
        ((67, 60), (81, 62), 1, 0),  # a twelfth and an octave after a fifth
        ((60, 67), (62, 69), 1, 0),  # the voices have crossed
        ((67, 60), (66, 59), 1, 0),  # down
        ((67, 60), (69, 50), 0, 0),  # contrary
        ((67, 60), (67, 60), 0, 0),  # nothing moves
        ((67, 60), (67, 48), 0, 0),  # oblique
        ((64, 60), (69, 62), 0, 0),  # hidden: from a third
        ((67, 60), (67, 64), 0, 0),
        ((67, 60), (68, 62), 0, 0),  # to a diminished fifth
        ((65, 60), (67, 62), 0, 0),  # fourths, which are fifths upside down
        ((72, 60), (74, 62), 0, 1),
        ((84, 60), (86, 62), 0, 1),  # two octaves
        ((60, 60), (62, 62), 0, 1),  # unisons
        ((72, 60), (62, 62), 0, 0),  # an octave to a unison in contrary motion
        ((72, 60), (74, 61), 0, 0),
        ((72, 67, 60), (74, 69, 62), 1, 1),
        ((67, SILENCE, 60), (69, SILENCE, 62), 1, 0),
        ((67, SILENCE), (69, 62), 0, 0),
    ],
)
def test_parallels_of_two_chords(before, after, fifths, octaves):
    music = roll(before, after)
    assert (parallels(music, FIFTH), parallels(music, OCTAVE)) == (fifths, octaves)


def test_parallels_are_a_share_of_the_moments_at_which_two_voices_move():
    parallel, contrary, oblique = (69, 62), (67, 64), (67, 65)
    assert parallels(held((67, 60), parallel, contrary, oblique), FIFTH) == 0.5
    assert parallels(held((67, 60), (SILENCE, SILENCE), (69, 62)), FIFTH) == 0


def test_a_moment_with_two_parallels_counts_once():
    assert parallels(held((67, 60, 55, 48), (69, 62, 57, 50), (69, 64, 57, 48)), FIFTH) == 0.5


@pytest.mark.parametrize("interval", [FIFTH, OCTAVE])
def test_parallels_agree_with_a_loop(interval):
    rolls = random_rolls()
    moments = found = 0
    for music in rolls.tolist():
        for before, after in pairwise(music):
            moving = [
                (i, j)
                for i, j in combinations(range(4), 2)
                if SILENCE not in (before[i], before[j], after[i], after[j])
                and before[i] != after[i]
                and before[j] != after[j]
            ]
            faults = [
                (i, j)
                for i, j in moving
                if abs(before[i] - before[j]) % 12 == abs(after[i] - after[j]) % 12 == interval % 12
                and (before[i] < after[i]) == (before[j] < after[j])
            ]
            moments, found = moments + bool(moving), found + bool(faults)
    assert found > 10 and parallels(rolls, interval) == found / moments


def test_crossings_are_a_share_of_the_frames_in_which_two_voices_sound():
    crossed, outer, equal, alone = (60, 67, 55, 48), (50, SILENCE, SILENCE, 52), (60, 60, 60, 60), (60,)
    assert crossings(roll(C_MAJOR, crossed, outer, equal, alone)) == 2 / 4


def test_notes_begin_where_the_pitch_changes_or_an_onset_is():
    music = roll((60,), (60,), (62,), (SILENCE,), (62,), (62,))
    assert struck(music)[0, :, 0].tolist() == [True, False, True, False, True, False]
    onsets = torch.zeros_like(music, dtype=torch.bool)
    onsets[0, 1:4, 0] = True
    assert struck(music, onsets)[0, :, 0].tolist() == [True, True, True, False, True, False]
    assert not struck(music, onsets)[..., 1:].any()


def test_the_ranges_include_their_ends():
    music = roll((60, 55, 48, 40), (79, 74, 67, 62), (59, 54, 47, 39), (80, 75, 68, 63))
    assert in_range(music[:, :2], struck(music[:, :2])) == 1
    assert in_range(music[:, 2:], struck(music[:, 2:])) == 0
    assert in_range(music, struck(music)) == 0.5


def test_a_long_note_out_of_range_counts_as_one():
    music = roll((60,), (90,), (90,), (90,))
    assert in_range(music, struck(music)) == 0.5


@pytest.mark.parametrize(
    ("chord", "consonant"),
    [
        (C_MAJOR, 1),
        ((72, 69, 64, 57), 1),  # A minor
        ((72, 67, 60, 52), 1),  # C major over E: the fourth from G to C is not over the bass
        ((72, 64, 60, 55), 0),  # C major over G: the fourth is
        ((70, 67, 64, 48), 0),  # a seventh
        ((72, 67, 65, 48), 0),  # a suspended fourth
        ((68, 64, 60, 48), 1),  # an augmented triad sounds of major thirds and a minor sixth alone
        ((71, 65, 62, 50), 0),  # a diminished triad has a tritone
        ((64, 72), 1),
        ((67, 72), 0),  # crossed: the fourth is over the lower voice, whichever that is
        ((72, SILENCE, SILENCE, 60), 1),
    ],
)
def test_consonance_of_one_chord(chord, consonant):
    assert consonance(roll(chord)) == consonant


def test_consonance_is_a_share_of_the_beats_on_which_two_voices_sound():
    assert consonance(roll(C_MAJOR, *[(61, 60)] * 3, (61, 60), *[C_MAJOR] * 3, (60,), *[(60,)] * 3)) == 0.5


def test_notes_on_beats():
    music = roll((60,), (62,), (62,), (62,), (62,), (64,), (64,), (64,), (65,))
    assert on_beats(struck(music)) == 0.5


def test_repeated_bars_sound_and_follow_each_other():
    one, other, silence = [C_MAJOR] * 16, [(74, 67, 59, 55)] * 16, [(SILENCE,)] * 16
    assert repeated_bars(roll(*one, *one)) == 1
    assert repeated_bars(roll(*one, *one[1:], other[0])) == 0
    assert repeated_bars(roll(*one, *other, *one, *one, *silence, *silence)) == 1 / 5
    assert repeated_bars(roll(*one)) == 0


def test_a_bar_is_silent_if_nothing_at_all_sounds():
    silence = [(SILENCE,)] * 16
    assert silent_bars(roll(*silence, *silence[1:], (60,))) == 0.5


@pytest.mark.parametrize(
    ("pitches", "bits"), [((60,), 0), ((60, 72, 48), 0), ((60, 67), 1), (range(60, 72), math.log2(12))]
)
def test_the_entropy_of_pitch_classes_used_evenly(pitches, bits):
    music = roll(*[(pitch,) for pitch in pitches])
    assert pitch_class_entropy(music, struck(music)) == pytest.approx(bits, abs=1e-9)


def test_entropy_counts_notes_not_frames_and_leaves_silent_rolls_out():
    music = torch.cat([roll((60,), (67,), (67,), (67,)), roll(*[(SILENCE,)] * 4)])
    assert pitch_class_entropy(music, struck(music)) == pytest.approx(1)


def test_the_report_of_a_chord_that_is_held():
    assert chorale_report(roll(*[C_MAJOR] * 32)) == {
        "in_range": 1,
        "crossings": 0,
        "parallel_fifths": 0,
        "parallel_octaves": 0,
        "consonance": 1,
        "on_beats": 1,
        "repeated_bars": 1,
        "silent_bars": 0,
        "silence": 0,
        "notes_per_bar": 0.5,
        "pitch_class_entropy": pytest.approx(1.5),  # C twice, E, G
    }


def test_the_report_of_silence_holds_numbers():
    report = chorale_report(torch.full((2, 32, 4), SILENCE))
    assert {name for name, value in report.items() if value} == {"silent_bars", "silence"}
    assert report["silent_bars"] == report["silence"] == 1


def test_the_report_is_about_all_rolls_whatever_their_order():
    rolls = random_rolls()
    onsets = torch.rand(rolls.shape, generator=torch.Generator().manual_seed(1)) < 0.1
    report = chorale_report(rolls, onsets)
    assert chorale_report(rolls.flip(0), onsets.flip(0)) == pytest.approx(report)
    assert report["silence"] == pytest.approx((rolls == SILENCE).double().mean().item())
    assert report["notes_per_bar"] > chorale_report(rolls)["notes_per_bar"]


def test_transposition_by_an_octave_changes_nothing_but_the_range():
    rolls = random_rolls()
    moved = chorale_report(torch.where(rolls == SILENCE, SILENCE, rolls + 12))
    expected = chorale_report(rolls)
    assert moved.pop("in_range") != expected.pop("in_range")
    assert moved == expected


@pytest.mark.parametrize("shape", [(1, 30, 4), (1, 32, 3)])
def test_a_report_needs_whole_bars_of_four_voices(shape):
    with pytest.raises(ValueError, match="multiple of 16"):
        chorale_report(torch.full(shape, 60))


def test_bach_keeps_the_rules():
    phrases = packs.load("chorales").test
    report = chorale_report(phrases["rolls"], phrases["onsets"])
    assert report["in_range"] > 0.99 and report["consonance"] > 0.6 and report["on_beats"] > 0.6
    assert report["crossings"] < 0.05 and report["parallel_fifths"] < 0.01 and report["parallel_octaves"] < 0.01
    assert report == chorale_report(phrases["rolls"].long(), phrases["onsets"].bool())
    held = chorale_report(phrases["rolls"])
    assert held["notes_per_bar"] < report["notes_per_bar"]  # repeated notes are told by their onsets alone
