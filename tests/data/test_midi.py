"""MIDI files: what is written is read, and anybody's file gives a roll or one sentence."""

import io

import mido
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playground.data import SILENCE, packs
from playground.data.midi import MAX_BARS, MAX_BYTES, BadMidi, read_midi, write_midi

SPEC = packs.spec("chorales")
HEAD = b"MThd\0\0\0\6"


def content(*tracks, ticks=480, form=1):
    """A file; a track is a list of messages, or of (pitch, start, end) in beats on the channel of its number."""
    file = mido.MidiFile(type=form, ticks_per_beat=ticks)
    for channel, track in enumerate(tracks):
        if track and isinstance(track[0], tuple):
            events = [(start, "note_on", pitch) for pitch, start, _ in track]
            events += [(end, "note_off", pitch) for pitch, _, end in track]
            track, now = [], 0
            for beat, kind, pitch in sorted(events):
                track.append(mido.Message(kind, note=pitch, channel=channel, time=round(beat * ticks) - now))
                now = round(beat * ticks)
        file.tracks.append(mido.MidiTrack(track))
    written = io.BytesIO()
    file.save(file=written)
    return written.getvalue()


def raw(track, ticks=4, form=0, tracks=1):
    """A file with one track as bytes."""
    head = b"".join(number.to_bytes(2, "big") for number in (form, tracks, ticks))
    return HEAD + head + b"MTrk" + len(track).to_bytes(4, "big") + track


def heard(tune, voice):
    """The notes of a voice: (pitch, first frame, frames)."""
    rolls, onsets = tune.rolls[:, voice].tolist(), tune.onsets[:, voice].tolist()
    found = []
    for frame, (pitch, onset) in enumerate(zip(rolls, onsets, strict=True)):
        if onset:
            found.append([pitch, frame, 1])
        elif pitch != SILENCE:
            assert pitch == found[-1][0], "a pitch changes only where it is struck"
            found[-1][2] += 1
    return [tuple(note) for note in found]


def coherent(tune):
    """Whether a tune is a roll as `RollSpec` says."""
    length = len(tune.rolls)
    assert tune.rolls.shape == tune.onsets.shape == (length, 4) and SPEC.frames <= length <= MAX_BARS * 16
    assert tune.rolls.dtype == tune.onsets.dtype == torch.uint8 and length % 16 == 0 and 20 <= tune.tempo <= 300
    pitches = tune.rolls[tune.rolls != SILENCE]
    assert len(pitches) and SPEC.low <= int(pitches.min()) <= int(pitches.max()) <= SPEC.high
    before = torch.cat([torch.zeros_like(tune.rolls[:1]), tune.rolls[:-1]])
    changes = (tune.rolls != before) & (tune.rolls != SILENCE)
    assert not (changes & (tune.onsets == 0)).any() and not ((tune.rolls == SILENCE) & (tune.onsets == 1)).any()


def test_shipped_phrases_come_back_from_their_files():
    data = packs.load("chorales")
    for split in (data.train, data.test):
        for rolls, onsets in zip(split["rolls"][::17], split["onsets"][::17], strict=True):
            tune = read_midi(write_midi(rolls, onsets, SPEC), SPEC)
            assert torch.equal(tune.rolls, rolls) and torch.equal(tune.onsets, onsets)


def test_a_file_has_a_track_for_each_voice_and_its_tempo():
    rolls, onsets = (packs.examples("chorales")[column][0] for column in ("rolls", "onsets"))
    written = write_midi(rolls, onsets, SPEC, tempo=72)
    file = mido.MidiFile(file=io.BytesIO(written))
    assert [track.name for track in file.tracks] == ["", *SPEC.voices] and file.type == 1
    assert file.length == pytest.approx(8 * 60 / 72) and read_midi(written, SPEC).tempo == pytest.approx(72)
    strikes = [sum(message.type == "note_on" for message in track) for track in file.tracks[1:]]
    assert strikes == onsets.sum(dim=0).tolist() and written == write_midi(rolls, onsets, SPEC, tempo=72)
    assert len({message.channel for track in file.tracks for message in track if message.type == "note_on"}) == 4


def test_a_silent_voice_stays_where_it_is():
    rolls, onsets = (packs.examples("chorales")[column][0].clone() for column in ("rolls", "onsets"))
    rolls[:, 1] = onsets[:, 1] = SILENCE
    tune = read_midi(write_midi(rolls, onsets, SPEC), SPEC)
    assert torch.equal(tune.rolls, rolls) and torch.equal(tune.onsets, onsets)


@pytest.mark.parametrize(("pitches", "voices"), [([60], [0]), ([50, 70], [3, 0]), ([60, 50, 70], [1, 3, 0])])
def test_fewer_lines_are_the_outer_voices_first(pitches, voices):
    tune = read_midi(content(*([(pitch, 0, 1), (pitch, 1, 3)] for pitch in pitches)), SPEC)
    for pitch, voice in zip(pitches, voices, strict=True):
        assert heard(tune, voice) == [(pitch, 0, 4), (pitch, 4, 8)]
    assert sum(bool(heard(tune, voice)) for voice in range(4)) == len(pitches) and len(tune.rolls) == 32


def test_four_lines_are_in_the_order_of_their_means_and_keep_it_where_they_cross():
    lines = [[(48, 0, 1), (72, 1, 2)], [(52, 0, 4)], [(65, 0, 4)], [(70, 0, 1), (64, 1, 4)]]
    tune = read_midi(content(*lines), SPEC)
    assert heard(tune, 2) == [(48, 0, 4), (72, 4, 4)] and heard(tune, 0) == [(70, 0, 4), (64, 4, 12)]
    assert heard(tune, 1) == [(65, 0, 16)] and heard(tune, 3) == [(52, 0, 16)]


def test_of_six_voices_the_outer_ones_are_heard():
    tune = read_midi(content(*([(pitch, 0, 2)] for pitch in (40, 47, 52, 64, 67, 76))), SPEC)
    assert [heard(tune, voice) for voice in range(4)] == [[(pitch, 0, 8)] for pitch in (76, 67, 47, 40)]


def test_chords_in_one_track_are_dealt_to_voices():
    tune = read_midi(content([(60, 0, 4), (64, 0, 4), (67, 0, 4), (72, 2, 4)]), SPEC)
    assert heard(tune, 0) == [(67, 0, 8), (72, 8, 8)] and heard(tune, 3) == [(60, 0, 16)]
    assert heard(tune, 1) == [(64, 0, 8), (67, 8, 8)] and heard(tune, 2) == [(64, 8, 8)]


def test_a_pitch_that_two_lines_have_at_once_is_one_note():
    tune = read_midi(content([(60, 0, 4), (64, 0, 4)], [(60, 1, 2)]), SPEC)
    assert heard(tune, 3) == [(60, 0, 4), (60, 4, 4)] and heard(tune, 0) == [(64, 0, 16)]


def test_played_notes_are_put_on_the_grid():
    tune = read_midi(content([(60, 0.03, 1.06), (62, 0.97, 1.55), (64, 1.48, 1.5), (65, 2, 2)]), SPEC)
    assert heard(tune, 0) == [(60, 0, 4), (62, 4, 2), (64, 6, 1), (65, 8, 1)], "none is lost, however short"


def test_changes_of_tempo_and_meter_move_no_note():
    changes = [mido.MetaMessage("set_tempo", tempo=tempo, time=480) for tempo in (1_000_000, 200_000, 700_000)]
    changes.insert(1, mido.MetaMessage("time_signature", numerator=3, denominator=8, time=0))
    line = [(60, 0, 1), (62, 1, 2), (64, 5, 7)]
    tune = read_midi(content(changes, line), SPEC)
    assert heard(tune, 0) == [(60, 0, 4), (62, 4, 4), (64, 20, 8)] and tune.tempo == 120, "as nothing is said before it"
    late = [(pitch, start + 1, end + 1) for pitch, start, end in line]
    assert read_midi(content(late, changes), SPEC).tempo == 60, "whichever track says it"
    assert read_midi(content([mido.MetaMessage("set_tempo", tempo=600_000)], changes, late), SPEC).tempo == 60
    assert read_midi(content(line), SPEC).tempo == 120


def test_an_ornament_within_a_frame_is_its_last_note_and_no_chord():
    turn = [(72, 0, 1), (74, 1, 1.05), (72, 1.05, 1.1), (71, 1.1, 2)]
    lines = [turn, *([(pitch, 0, 2)] for pitch in (67, 60, 48))]
    tune = read_midi(content(*lines), SPEC)
    assert heard(tune, 0) == [(72, 0, 4), (71, 4, 4)]
    assert [heard(tune, voice) for voice in (1, 2, 3)] == [[(pitch, 0, 8)] for pitch in (67, 60, 48)]


def test_empty_bars_before_are_left_out_and_those_between_stay():
    tune = read_midi(content([(60, 13, 14), (62, 37, 38)]), SPEC)
    assert heard(tune, 0) == [(60, 4, 4), (62, 100, 4)] and len(tune.rolls) == 7 * 16


def test_drums_are_left_out():
    drums = [mido.Message("note_on", note=40, channel=9, velocity=99), mido.Message("note_off", note=40, time=99)]
    tune = read_midi(content([(60, 0, 1)], drums), SPEC)
    assert heard(tune, 0) == [(60, 0, 4)] and not tune.rolls[:, 1:].any()
    with pytest.raises(BadMidi, match="no notes besides drums"):
        read_midi(content(drums), SPEC)


def test_what_no_voice_reaches_is_moved_by_octaves():
    tune = read_midi(content([(0, 0, 1), (SPEC.low - 1, 1, 2), (SPEC.high + 1, 2, 3), (127, 3, 4)]), SPEC)
    assert [pitch for pitch, *_ in heard(tune, 0)] == [36, 47, 70, 79]


def test_of_a_long_piece_the_first_bars_are_read():
    tune = read_midi(content([(60, beat, beat + 1) for beat in range(600)]), SPEC)
    assert len(tune.rolls) == MAX_BARS * 16 and len(heard(tune, 0)) == MAX_BARS * 4
    late = read_midi(content([(60, 0, 1), (62, 100_000, 100_001)], [(64, 0, 99_000), (50, 0, 9_000)]), SPEC)
    assert heard(late, 0) == [(64, 0, MAX_BARS * 16)]


def test_running_status_and_notes_without_an_end():
    tune = read_midi(raw(b"\x00\x90\x3c\x40\x04\x3c\x00\x00\x3e\x40\x04\x3e\x00\x00\x40\x40\x08\xff\x2f\x00"), SPEC)
    assert heard(tune, 0) == [(60, 0, 4), (62, 4, 4), (64, 8, 8)]


@pytest.mark.parametrize(
    ("given_bytes", "sentence"),
    [
        (b"", "no MIDI file"),
        (b"RIFF....WAVE", "no MIDI file"),
        (HEAD, "broken"),
        (raw(b"\x00\x90\x3c"), "broken"),
        (raw(b"\x00\x3c\x40"), "broken"),
        (raw(b"", tracks=9), "broken"),
        (raw(b"\x00\xf0\xff\xff\xff\x7f"), "broken"),
        (raw(b""), "no notes"),
        (raw(b"\x00\x90\x3c\x40\x04\x3c\x00", ticks=0), "count time in beats"),
        (raw(b"\x00\x90\x3c\x40\x04\x3c\x00", ticks=0xE728), "count time in beats"),
        (raw(b"\x00\x90\x3c\x40\x04\x3c\x00", form=2), "count time in beats"),
        (HEAD + bytes(MAX_BYTES), "200,008 bytes; 200,000 are allowed"),
        (raw(b"\x00\xc0\x01" + b"\x00\x01" * 99_900), "no notes"),
    ],
)
def test_what_cannot_be_read_is_told_in_a_sentence(given_bytes, sentence):
    with pytest.raises(BadMidi, match=sentence) as caught:
        read_midi(given_bytes, SPEC)
    assert str(caught.value).endswith(".")


def test_a_file_that_takes_long_is_short():
    """Every pitch of every channel sounds all the time, in as many tracks as fit."""
    chord = [mido.Message("note_on", note=pitch, channel=c) for pitch in range(36, 82) for c in range(16) if c != 9]
    tracks = [[*chord, mido.Message("note_off", note=1, time=10**7)] for _ in range(60)]
    coherent(read_midi(content(*tracks), SPEC))


often = settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))


def survives(file):
    """Whatever a file is, it gives a roll or one sentence."""
    try:
        tune = read_midi(file, SPEC)
    except BadMidi as error:
        assert 20 < len(str(error)) < 200 and str(error).endswith(".")
    else:
        coherent(tune)


@often
@given(st.binary(max_size=300), st.integers(0, 3), st.integers(0, 0xFFFF))
def test_random_bytes_as_a_track(track, form, ticks):
    survives(raw(track, ticks=ticks, form=form))


@often
@given(st.data())
def test_random_mutations_of_a_file(data):
    rolls, onsets = (packs.examples("chorales")[column][3] for column in ("rolls", "onsets"))
    torn = bytearray(write_midi(rolls, onsets, SPEC))
    for _ in range(data.draw(st.integers(1, 6))):
        torn[data.draw(st.integers(8, len(torn) - 1))] = data.draw(st.integers(0, 255))
    survives(bytes(torn[: data.draw(st.integers(0, len(torn)))]) if data.draw(st.booleans()) else bytes(torn))


NOTES = st.tuples(st.integers(0, 127), st.floats(0, 40), st.floats(0, 30)).map(lambda n: (n[0], n[1], n[1] + n[2]))


@often
@given(st.lists(st.lists(NOTES, min_size=1, max_size=8), min_size=1, max_size=6), st.sampled_from([1, 3, 24, 480, 999]))
def test_any_notes_give_a_roll(lines, ticks):
    coherent(read_midi(content(*lines, ticks=ticks), SPEC))
