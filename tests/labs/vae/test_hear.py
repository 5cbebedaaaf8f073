"""The view that plays: corners, blends, what stands beside a phrase, texts of notes, and MIDI both ways."""

from __future__ import annotations

import re

import pytest
import torch
from torch import Generator

from playground.data import SILENCE, packs
from playground.data.midi import MAX_BYTES, read_midi, write_midi
from playground.data.sets.chorales import SPEC
from playground.labs.vae.hear import (
    STOPS,
    Blended,
    Corners,
    Encoded,
    Hearing,
    blend_view,
    corners_view,
    second_view,
    trace_view,
)
from playground.labs.vae.latent import Posterior
from playground.labs.vae.notation import CELLS, PATTERN, Phrase, as_text, parsed
from playground.labs.vae.routes import routes
from playground.view import BadOption, Part

pytestmark = pytest.mark.usefixtures("one_thread")
LATENT = CELLS


class Echo:
    """A network whose code is the phrase, so that what is decoded tells what was encoded, and from where it goes on."""

    latent = LATENT

    def encode(self, rolls, onsets):
        mean = rolls.flatten(1).float()
        return Posterior(mean, torch.full_like(mean, -100.0))

    def generate(self, z, *, temperature, rng, fusion=0.0, start=None):
        rolls = z.round().clamp(0, 127).to(torch.uint8).unflatten(1, (SPEC.frames, -1))
        self.asked = {
            "temperature": temperature,
            "fusion": fusion,
            "start": start,
            "drawn": torch.rand(1, generator=rng).item(),
            "z": z,
        }
        return rolls, (rolls != SILENCE).to(torch.uint8)


@pytest.fixture
def echo():
    return Echo()


@pytest.fixture(scope="module")
def test_split():
    return packs.load("chorales").test


@pytest.fixture
def shown(echo, test_split):
    """Gives the rolls that a part answers with."""

    def shown(answer, options):
        return answer(echo, SPEC, options, {"test": test_split}).tensors["rolls"]

    return shown


def text_of(split, i):
    return as_text(Phrase(split["rolls"][i], split["onsets"][i]))


def test_a_text_holds_all_of_a_phrase(test_split):
    for i in range(0, len(test_split), 9):
        text = text_of(test_split, i)
        assert re.fullmatch(PATTERN, text)
        rolls, onsets = parsed(text)
        assert torch.equal(rolls, test_split["rolls"][i]) and torch.equal(onsets, test_split["onsets"][i])


def test_any_text_of_the_form_is_a_phrase():
    letters = torch.randint(0, 48, (20, CELLS), generator=Generator().manual_seed(0)).tolist()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst.-"
    for row in letters:
        text = "".join(alphabet[i] for i in row)
        rolls, onsets = parsed(text)
        heard = rolls[rolls != SILENCE]
        assert SPEC.low <= heard.min() and heard.max() <= SPEC.high
        changes = rolls[1:] != rolls[:-1]
        assert (onsets[1:].bool() | ~changes | (rolls[1:] == SILENCE)).all(), "a pitch changes only where one is struck"
        assert torch.equal(parsed(as_text(Phrase(rolls, onsets))).rolls, rolls)


def test_a_pitch_that_changes_is_struck():
    rolls = torch.full((32, 4), 60, dtype=torch.uint8)
    rolls[8:, 0] = 62
    assert as_text(Phrase(rolls, torch.zeros_like(rolls)))[:10] == "Y-------a-"


@pytest.mark.parametrize(("x", "y", "corner"), [(0, 0, 0), (1, 0, 1), (0, 1, 2), (1, 1, 3)])
def test_a_corner_of_the_square_is_its_phrase(shown, x, y, corner):
    given = shown(corners_view, Corners(phrases=3))
    assert torch.equal(shown(blend_view, Blended(phrases=3, x=x, y=y))[0], given[corner])


def test_the_corners_are_of_different_pieces_and_can_be_chosen(shown, echo, test_split):
    answer = corners_view(echo, SPEC, Corners(), {"test": test_split})
    assert len({name.partition(",")[0] for name in answer.words["names"]}) == 4
    assert answer.words["held_out"] == len(test_split)
    own = as_text(Phrase(*torch.zeros(2, 32, 4, dtype=torch.uint8)))
    options = Corners(ne="7", sw=own)
    answer = corners_view(echo, SPEC, options, {"test": test_split})
    assert answer.words["names"][1:3] == [test_split.names[7], "your notes"]
    assert torch.equal(answer.tensors["rolls"][1], test_split["rolls"][7]) and not answer.tensors["rolls"][2].any()
    with pytest.raises(BadOption, match=r"There is no held-out phrase 9999; there are 0 to 881\."):
        corners_view(echo, SPEC, Corners(se="9999"), {"test": test_split})


def test_a_path_is_its_places_one_after_another(shown):
    path = shown(blend_view, Blended(path="0000" + "9900" + "5050", x=0.3))
    assert len(path) == 3
    assert torch.equal(path[1], shown(blend_view, Blended(x=1, y=0))[0])
    assert torch.equal(path[2], shown(blend_view, Blended(x=50 / 99, y=50 / 99))[0])
    assert len(shown(blend_view, Blended(path="4242"))) == 1


def test_beside_a_phrase_stands_its_reconstruction(shown, test_split):
    assert torch.equal(shown(second_view, Encoded(notes=text_of(test_split, 5)))[0], test_split["rolls"][5])
    assert not shown(second_view, Encoded()).any(), "no notes are silence"


def test_a_variation_is_a_sample_of_the_posterior(echo, shown, test_split):
    wide = Echo.encode(echo, test_split["rolls"][:1], test_split["onsets"][:1])
    echo.encode = lambda rolls, onsets: Posterior(wide.mean, torch.zeros_like(wide.mean))
    codes = []
    for seed in (0, 0, 1):
        shown(second_view, Encoded(beside="variation", seed=seed, notes=text_of(test_split, 0)))
        codes.append(echo.asked["z"] - wide.mean)
    assert torch.equal(codes[0], codes[1]) and not torch.equal(codes[0], codes[2])
    assert 0.7 < float(codes[0].std()) < 1.3


def test_a_continuation_goes_on_from_the_phrase(echo, shown, test_split):
    shown(second_view, Encoded(beside="continuation", notes=text_of(test_split, 5), temperature=0.5, fusion=2.0))
    rolls, onsets = echo.asked["start"]
    assert torch.equal(rolls[0], test_split["rolls"][5]) and torch.equal(onsets[0], test_split["onsets"][5])
    assert echo.asked["temperature"] == 0.5 and echo.asked["fusion"] == 2.0


def test_a_continuation_is_like_the_phrase_by_half(echo, shown, test_split):
    """Half of its code's variance is the phrase's, half the prior's: (mean + noise) / sqrt(2)."""
    mean, noises = test_split["rolls"][5].flatten().float(), []
    for seed in (0, 0, 1):
        shown(second_view, Encoded(beside="continuation", notes=text_of(test_split, 5), seed=seed))
        noises.append(echo.asked["z"][0] * 2**0.5 - mean)
    assert torch.equal(noises[0], noises[1]) and not torch.equal(noises[0], noises[2])
    assert all(0.8 < float(noise.std()) < 1.2 and abs(float(noise.mean())) < 0.3 for noise in noises)


def test_the_trace_says_how_much_comes_back(echo, test_split):
    answer = trace_view(echo, SPEC, Corners(), {"test": test_split})
    assert answer.tensors["values"].tolist() == [1.0]
    echo.generate = lambda z, **_: (torch.zeros(4, 32, 4, dtype=torch.uint8), None)
    silent = trace_view(echo, SPEC, Corners(), {"test": test_split}).tensors["values"]
    given = corners_view(echo, SPEC, Corners(), {"test": test_split}).tensors["rolls"]
    torch.testing.assert_close(silent[0], (given == SILENCE).float().mean())


@pytest.mark.parametrize(
    "query",
    [
        {"notes": "A" * 127},
        {"notes": "A" * 127 + "u"},
        {"nw": "12345"},
        {"path": "00000"},
        {"path": "0000" * (STOPS + 1)},
        {"x": "1.5"},
        {"beside": "fugue"},
        {"tempo": "1000"},
    ],
)
def test_what_is_no_phrase_is_refused(query):
    with pytest.raises(BadOption, match=r"^“(notes|nw|path|x|beside|tempo)”: "):
        Part(second_view, options=Hearing).parsed(query)


@pytest.fixture
def client(context, served):
    return served(routes(context), "vae")


def test_notes_come_back_from_a_file(client, test_split):
    notes = text_of(test_split, 5) + text_of(test_split, 6)
    file = client.get("phrases.mid", params={"notes": notes, "tempo": 96})
    assert file.headers["content-type"] == "audio/midi"
    tune = read_midi(file.content, SPEC)
    assert torch.equal(tune.rolls, test_split["rolls"][5:7].flatten(0, 1)) and tune.tempo == pytest.approx(96)
    back = client.post("midi", content=file.content).json()
    assert "".join(back["phrases"]) == notes and back["tempo"] == 96


def test_a_file_of_three_bars_ends_in_silence(client, test_split):
    rolls, onsets = (torch.cat([test_split[name][5], test_split[name][6][:16]]) for name in ("rolls", "onsets"))
    first, second = client.post("midi", content=write_midi(rolls, onsets, SPEC)).json()["phrases"]
    assert first == text_of(test_split, 5)
    assert all(voice.endswith("." * 16) for voice in re.findall("." * 32, second))
    assert torch.equal(parsed(second).rolls[:16], rolls[32:])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "no MIDI file"),
        (b"RIFF", "no MIDI file"),
        (b"MThd\x00\x00", "broken"),
        (b"MThd" + bytes(MAX_BYTES), "200,000 are allowed"),
    ],
)
def test_what_is_no_midi_is_refused_in_a_sentence(client, content, sentence):
    answer = client.post("midi", content=content)
    assert answer.status_code == 400 and sentence in answer.json()["error"]


@pytest.mark.parametrize(
    "query", [{}, {"notes": "A" * 127}, {"notes": "A" * CELLS * (STOPS + 1)}, {"notes": "A" * CELLS, "tempo": 999}]
)
def test_no_file_is_made_of_nonsense(client, query):
    answer = client.get("phrases.mid", params=query)
    assert answer.status_code == 400 and answer.json()["error"].startswith("A MIDI file has 1 to 16 phrases")
