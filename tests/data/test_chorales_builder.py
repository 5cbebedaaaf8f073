"""The builder of the chorales, on a small corpus made here."""

import json
import zipfile

import pytest
import torch

from playground.data.cards import digest
from playground.data.sets.chorales import VOICES, passages
from training.build import chorales
from training.build.musicxml import Note, read_score

METER = "<attributes><divisions>2</divisions><time><beats>4</beats><beat-type>4</beat-type></time></attributes>"


def sung(step, octave, eighths, extra=""):
    pitch = f"<pitch><step>{step}</step><octave>{octave}</octave></pitch>"
    return f"<note>{pitch}<duration>{eighths}</duration>{extra}</note>"


def rest(eighths):
    return f"<note><rest/><duration>{eighths}</duration></note>"


def score(*measures, names=("Soprano", "Alto", "Tenor", "Bass")):
    """A score in which all parts sing the same measures, each the content of one."""
    parts = "".join(f'<score-part id="P{i}"><part-name>{name}</part-name></score-part>' for i, name in enumerate(names))
    body = "".join(f"<measure>{METER if i == 0 else ''}{measure}</measure>" for i, measure in enumerate(measures))
    music = "".join(f'<part id="P{i}">{body}</part>' for i in range(len(names)))
    return f"<score-partwise><part-list>{parts}</part-list>{music}</score-partwise>".encode()


START, STOP = '<tie type="start"/>', '<tie type="stop"/>'


def test_a_score_is_read_as_it_is_sung():
    flat = "<note><pitch><step>B</step><alter>-1</alter><octave>3</octave></pitch><duration>2</duration></note>"
    grace = "<note><grace/><pitch><step>A</step><octave>4</octave></pitch></note>"
    measures = (
        sung("C", 4, 2),
        sung("C", 4, 4) + rest(2) + sung("D", 4, 2, START),
        sung("D", 4, 2, STOP) + grace + flat + rest(4),
    )
    read = read_score(score(*measures), VOICES)
    assert read.voices == [[Note(0, 4, 60), Note(4, 12, 60), Note(16, 24, 62), Note(24, 28, 58)]] * 4
    assert [(measure.start, measure.length, measure.whole) for measure in read.measures] == [
        (0, 4, 16),
        (4, 16, 16),
        (20, 16, 16),
    ]
    rolls, onsets = (torch.tensor(values)[:, 0].tolist() for values in read.steps())
    assert rolls == [60] * 12 + [0] * 4 + [62] * 8 + [58] * 4 + [0] * 8
    assert [step for step, onset in enumerate(onsets) if onset] == [0, 4, 16, 24]


@pytest.mark.parametrize("names", [("Soprano 1", "Soprano 2", "Alto", "Tenor", "Bass"), ("Piano",)])
def test_scores_for_other_voices_are_none(names):
    assert read_score(score(rest(8), names=names), VOICES) is None


def test_bars_are_whole_and_those_that_are_divided_are_one():
    bar, beat, rest_of_bar = sung("C", 4, 8), sung("C", 4, 2), sung("C", 4, 6)
    three = "<attributes><time><beats>3</beats><beat-type>4</beat-type></time></attributes>" + rest_of_bar
    four = METER + bar
    for measures, expected in (
        ([beat, bar, bar, rest_of_bar], [4, 20, 36]),
        ([bar, rest_of_bar, beat, bar], [0, 16, 32]),
        ([bar, three, three, four, bar], [0, 40, 56]),
    ):
        assert chorales.bars(read_score(score(*measures), VOICES)) == expected


def test_the_pack_has_the_literatures_parts(tmp_path):
    tunes = {"bwv1.6": "CDEFGABC", "bwv2.6": "GECGECDE", "bwv3.6": "FFGGAAGG", "bwv4.8": "EDEDCDCD"}
    wheel = tmp_path / "music21.whl"
    with zipfile.ZipFile(wheel, "w") as corpus:
        for name, tune in tunes.items():
            measures = ["".join(sung(step, 4, 1) for step in tune)] * 2 + [sung(tune[0], 4, 6)]
            corpus.writestr(f"music21/corpus/bach/{name}.xml", score(*measures))
    steps = {name: read_score(score(*["".join(sung(step, 5, 1) for step in tune)] * 2), VOICES).steps()[0]
             for name, tune in tunes.items()}  # fmt: skip
    split = {"train": [steps["bwv1.6"], steps["bwv2.6"]], "valid": [steps["bwv1.6"]], "test": [steps["bwv3.6"]]}
    (tmp_path / "split.json").write_text(json.dumps(split))
    card = chorales.build(wheel, tmp_path / "split.json", tmp_path)
    content = (tmp_path / card.files[0]).read_bytes()
    rows = passages(content)
    assert [(row.piece, row.part, row.bar, len(row.rolls)) for row in rows] == [
        ("BWV 1.6", "valid", 1, 48),
        ("BWV 2.6", "train", 1, 48),
        ("BWV 3.6", "test", 1, 48),
    ]
    assert rows[2].rolls[:6, 0].tolist() == [65] * 4 + [67] * 2 and rows[2].rolls[44:].sum() == 0
    assert rows[2].onsets[:6, 0].tolist() == [1, 0, 1, 0, 1, 0]
    assert card.hash == digest([content]) and (card.n_train, card.n_test) == (4, 2)
