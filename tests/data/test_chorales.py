"""The chorales: what a roll holds, where its phrases are from, and that nothing tested on is learned from."""

import pytest
import torch

from playground.data import SILENCE, RollSpec, UnknownData, packs
from playground.data.cards import read_pack
from playground.data.sets import chorales
from playground.data.sets.chorales import BAR, PARTS, Passage, cut, distinct, intervals, notes, passages, written


@pytest.fixture(scope="module")
def data():
    return packs.load("chorales")


def passage(piece, part, rolls, bar=1):
    rolls = torch.as_tensor(rolls, dtype=torch.uint8)
    before = torch.cat([torch.zeros_like(rolls[:1]), rolls[:-1]])
    return Passage(piece, part, bar, rolls, ((rolls != before) & (rolls != SILENCE)).to(torch.uint8))


def melody(bars, seed=0):
    """Four voices that change with every frame."""
    return torch.randint(40, 80, (bars * BAR, 4), generator=torch.Generator().manual_seed(seed))


def test_the_columns_are_what_the_spec_and_the_card_say(data):
    card, spec = packs.card("chorales"), packs.spec("chorales")
    assert isinstance(spec, RollSpec) and data.spec == spec and spec.elements == 32 * 4
    for split, n in ((data.train, card.n_train), (data.test, card.n_test)):
        assert set(split.columns) == set(packs.source("chorales").columns) and len(split.names) == n
        for column in ("rolls", "onsets"):
            assert split[column].shape == (n, spec.frames, len(spec.voices)) and split[column].dtype == torch.uint8
        for fact in ("piece", "bar", "part"):
            assert split[fact].shape == (n,) and split[fact].dtype == torch.int64
    for fact, names in data.meanings.items():
        seen = torch.cat([data.train[fact], data.test[fact]])
        assert set(seen.tolist()) <= set(range(len(names))), fact
        assert fact == "bar" or len(seen.unique()) == len(names)
    heard = torch.cat([data.train["rolls"], data.test["rolls"]])
    heard = heard[heard != SILENCE]
    assert (int(heard.min()), int(heard.max())) == (spec.low, spec.high)


def test_a_pitch_changes_only_where_it_is_struck(data):
    for split in (data.train, data.test):
        rolls, onsets = split["rolls"], split["onsets"] == 1
        assert set(split["onsets"].unique().tolist()) == {0, 1} and not (onsets & (rolls == SILENCE)).any()
        assert torch.equal(onsets[:, 0], rolls[:, 0] != SILENCE)
        changes = (rolls[:, 1:] != rolls[:, :-1]) & (rolls[:, 1:] != SILENCE)
        assert not (changes & ~onsets[:, 1:]).any()
        repeated = onsets[:, 1:] & (rolls[:, 1:] == rolls[:, :-1])
        assert 0.05 < float(repeated.sum() / onsets[:, 1:].sum()) < 0.3, "repeated notes are why there are onsets"


def test_voices_are_in_their_order_and_range(data):
    rolls = data.train["rolls"].float()
    means = [float(voice[voice != SILENCE].mean()) for voice in rolls.unbind(dim=2)]
    assert means == sorted(means, reverse=True) and 68 < means[0] < 73 and 50 < means[3] < 54
    assert float((rolls == SILENCE).float().mean()) < 0.03
    assert not (rolls.unflatten(1, (2, BAR)) == SILENCE).all(dim=2).any()


def test_the_parts_are_those_of_the_literature_and_share_no_phrase_in_any_key(data):
    assert set(data.train["part"].tolist()) == {0, 1} and set(data.test["part"].tolist()) == {2}
    part_of = {}
    for split in (data.train, data.test):
        for piece, part in zip(split["piece"].tolist(), split["part"].tolist(), strict=True):
            assert part_of.setdefault(piece, part) == part
    # of 229, 76 and 77 pieces, those in 4/4 that were found
    assert [list(part_of.values()).count(part) for part in range(3)] == [197, 65, 69]
    keys = [intervals(rolls) for split in (data.train, data.test) for rolls in split["rolls"]]
    assert len(set(keys)) == len(keys) == len(data.train) + len(data.test)


@pytest.mark.parametrize(
    ("name", "tune", "struck"),
    [
        # "O Haupt voll Blut und Wunden" after its upbeat
        ("BWV 244.54, bars 1 and 2", [74, 72, 70, 69, 67, 69, 76], [0, 4, 8, 12, 16, 24, 28]),
        # "Ein feste Burg", whose first note comes thrice; the upbeat is the first of them
        ("BWV 80.8, bars 1 and 2", [74, 74, 69, 71, 73, 74, 73, 71, 69, 74], [0, 4, 8, 10, 12, 16, 18, 20, 24, 28]),
    ],
)
def test_chorales_that_everybody_knows_begin_as_they_do(data, name, tune, struck):
    split = next(split for split in (data.train, data.test) if name in split.names)
    index = split.names.index(name)
    onsets = split["onsets"][index, :, 0] == 1
    assert onsets.nonzero()[:, 0].tolist() == struck and split["rolls"][index, :, 0][onsets].tolist() == tune
    assert data.meanings["piece"][split["piece"][index]] == name.split(",")[0]
    assert data.meanings["bar"][split["bar"][index]] == "bars 1 and 2"


def test_examples_are_of_different_pieces(data):
    assert len(data.examples) == 24 == len(set(data.examples["piece"].tolist()))
    assert data.examples.names == packs.examples("chorales").names and set(data.examples.names) <= set(data.test.names)


def test_music_has_no_size_in_pixels():
    with pytest.raises(UnknownData, match="“chorales” holds phrases, which have no other size"):
        packs.spec("chorales", size=32)


def test_what_is_written_is_read():
    (content,), _ = read_pack(chorales.FILE)
    for found in passages(content)[::40]:
        for voice in range(4):
            rolls, onsets = notes(written(found.rolls[:, voice], found.onsets[:, voice]))
            assert torch.equal(rolls, found.rolls[:, voice]) and torch.equal(onsets, found.onsets[:, voice])
    assert notes([60, 2, 60, 1, 0, 2])[0].tolist() == [60, 60, 60, 0, 0]
    assert notes([60, 2, 60, 1, 0, 2])[1].tolist() == [1, 0, 1, 0, 0]


def test_phrases_begin_with_every_bar_and_strike_what_sounds():
    rolls = melody(4)
    rolls[:, 3] = 50
    found = cut(passage("BWV 1", "train", rolls, bar=5))
    assert [phrase.bar for phrase in found] == [5, 6, 7]
    assert torch.equal(found[1].rolls, rolls[16:48].to(torch.uint8))
    assert found[1].onsets[0].tolist() == [1, 1, 1, 1] and found[1].onsets[1:, 3].sum() == 0
    rolls[32:48, 2] = SILENCE
    assert [phrase.bar for phrase in cut(passage("BWV 1", "train", rolls))] == [1]


def test_of_the_same_in_two_keys_the_one_that_is_held_out_stays():
    one, other = melody(2), melody(2, seed=1)
    given = [
        passage("A", "train", one),
        passage("B", "train", other),
        passage("C", "valid", one + 3),
        passage("D", "test", one - 2),
        passage("E", "train", other + 1),
    ]
    assert [phrase.piece for phrase in distinct(given)] == ["B", "D"]
    assert PARTS == ("train", "valid", "test")
