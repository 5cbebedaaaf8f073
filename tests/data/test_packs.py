"""Every data set that ships: shapes, ranges, hashes, and that training and test share nothing."""

import hashlib
import json
import os
import subprocess
import sys

import pytest
import torch
from sklearn.metrics import mutual_info_score

from playground.data import PointSpec, UnknownData, factors, packs
from playground.data.cards import PACKS
from playground.data.sets.emoji import emoji_pairs
from playground.data.sets.faces import ATTRIBUTES
from playground.data.sets.full import CIFAR10_EMOJI
from playground.data.texts import plain
from playground.data.toy2d import densities, sample

HERE = [name for name in packs.names() if packs.source(name).examples is None]
"""What ships, comes with a package or is drawn by our code, so that nothing has to stand in for it."""
PICTURES = packs.names(kinds=("images",))
POINTS = packs.names(kinds=("points",))
SIGNS = ("signs", "omniglot", "omniglot-small")


def keys(images):
    return {image.numpy().tobytes() for image in images}


@pytest.mark.parametrize("name", POINTS)
def test_points_are_drawn_from_their_density(name):
    data, card = packs.load(name), packs.card(name)
    assert data.spec == packs.spec(name) == PointSpec(name=name) and not data.meanings
    for split, n in ((data.train, card.n_train), (data.test, card.n_test)):
        assert set(split.columns) == {"points"} and split["points"].shape == (n, 2)
    drawn = sample(name, 2000, torch.Generator().manual_seed(7))
    for split in (data.train, data.test):
        apart = torch.cdist(split["points"], drawn).amin(dim=1)
        assert float(apart.median()) < 0.03 and float(apart.max()) < 0.3
    assert not keys(data.train["points"]) & keys(data.test["points"])
    assert len(packs.examples(name)["points"]) == 24


@pytest.mark.parametrize("name", [name for name in HERE if name in PICTURES])
def test_the_columns_are_what_the_source_and_the_spec_say(name):
    data, spec, source = packs.load(name), packs.spec(name), packs.source(name)
    assert data.spec == spec
    card = packs.card(name)
    facts = set(source.columns) - {"images", "others", "labels", "captions", "identities"}
    assert facts == set(data.meanings)
    for split, n in ((data.train, card.n_train), (data.test, card.n_test)):
        assert set(split.columns) == set(source.columns) and len(split.names) in (0, n)
        for column in {"images", "others"} & set(split.columns):
            images = split[column]
            assert images.shape == (n, spec.channels, spec.size, spec.size)
            assert images.dtype == torch.uint8 and images.is_contiguous()
            assert int(images.min()) < 30 and int(images.max()) == 255
        for column in {"labels", "identities"} & set(split.columns):
            assert split[column].shape == (n,) and split[column].dtype == torch.int64
        assert spec.classes or "labels" not in split.columns
        if spec.classes:
            assert set(split["labels"].tolist()) == set(range(len(spec.classes)))
        for fact in facts:
            values = split[fact]
            assert values.shape == (n,) and values.dtype == torch.int64
            assert int(values.min()) >= 0 and int(values.max()) < len(data.meanings[fact])
    if "identities" in source.columns:
        assert not set(data.train["identities"].tolist()) & set(data.test["identities"].tolist())
    for fact, names in data.meanings.items():
        values_seen = torch.cat([data.train[fact], data.test[fact]])
        assert set(values_seen.tolist()) == set(range(len(names))), fact


@pytest.mark.parametrize(("name", "count", "rare", "related"), [("sprites", 5, 700, 0.0025), ("faces", 9, 100, 0.015)])
def test_factors_of_a_pack_are_all_there_and_as_good_as_independent(name, count, rare, related):
    data = packs.load(name)
    table, names = factors(data.train, data.meanings)
    assert names == tuple(data.meanings) and table.shape == (len(data.train), count)
    sizes = [values.bincount(minlength=len(data.meanings[fact])) for fact, values in zip(names, table.T, strict=True)]
    assert min(int(size.min()) for size in sizes) >= rare, "rows of the rarest value"
    for i, first in enumerate(table.T):
        for second in table.T[:i]:
            entropy = min(mutual_info_score(first, first), mutual_info_score(second, second))
            assert mutual_info_score(first, second) / entropy < related


@pytest.mark.parametrize("name", HERE)
def test_training_and_test_share_no_picture(name):
    data = packs.load(name)
    for column in {"images", "others"} & set(data.train.columns):
        assert not keys(data.train[column]) & keys(data.test[column])


@pytest.mark.parametrize("name", ["fashion", "faces", "sprites"])
def test_no_picture_comes_twice(name):
    data = packs.load(name)
    assert len(keys(data.train["images"]) | keys(data.test["images"])) == len(data.train) + len(data.test)


@pytest.mark.parametrize("name", packs.names())
def test_the_card_names_its_data(name):
    card = packs.card(name)
    assert card.name == name
    for text in (card.title, card.what, card.source, card.license, card.attribution, card.built_by):
        assert text.strip() == text != ""


@pytest.mark.parametrize("name", HERE)
def test_the_card_has_the_hash_of_the_data_and_of_its_files(name):
    card = packs.card(name)
    assert card.hash == packs.load(name).hash
    total = hashlib.sha256()
    for file in card.files:
        assert (PACKS / file).stat().st_size < 10_000_000
        total.update((PACKS / file).read_bytes())
    assert not card.files or card.hash == total.hexdigest()


@pytest.mark.parametrize(
    ("name", "channels", "size"),
    [
        ("fashion", 1, 28),
        ("digits", 1, 8),
        ("emoji", 3, 64),
        ("emoji-styles", 3, 64),
        ("faces", 3, 64),
        ("sprites", 1, 32),
    ],
)
def test_pictures_have_the_sizes_that_the_documents_say(name, channels, size):
    assert (packs.spec(name).channels, packs.spec(name).size) == (channels, size) and name in HERE


def test_every_pack_file_stands_on_a_card():
    named = {file for name in packs.names() for file in packs.card(name).files}
    named |= {f"{name}.card.json" for name in packs.names() if packs.source(name).card is None}
    assert {path.name for path in PACKS.iterdir()} == named


def test_fashion_is_balanced_and_goes_round_the_classes():
    data = packs.load("fashion")
    assert data.train["labels"].bincount().tolist() == [1200] * 10
    assert data.test["labels"].bincount().tolist() == [200] * 10
    assert data.train["labels"][:20].tolist() == [*range(10), *range(10)]
    # trousers are narrow and stand upright, bags are wide: labels belong to their pictures
    ink = data.train["images"].float().mean(dim=(1, 2))
    trousers, bags = ink[data.train["labels"] == 1].mean(0), ink[data.train["labels"] == 8].mean(0)
    assert trousers[:6].mean() < 0.3 * bags[:6].mean()


def test_both_drawings_of_an_emoji_are_on_one_side():
    data = packs.load("emoji")
    rows = json.loads((PACKS / "emoji.json").read_text(encoding="utf-8"))
    held = [row for row in rows if row["held_out"]]
    assert len({row["code"] for row in rows}) == len(rows) == 1906
    assert 190 <= len(held) <= 210
    assert {row["group"] for row in held} == set(data.spec.classes)
    for split in (data.train, data.test):
        assert split["drawing"].tolist() == [0, 1] * (len(split) // 2)
        assert split.names[::2] == split.names[1::2]
        assert torch.equal(split["labels"][::2], split["labels"][1::2])
    assert data.test.names[::2] == tuple(row["name"] for row in held)
    texts = data.test["captions"]
    for i, row in enumerate(held):
        expected = [plain(text) for text in (row["name"], *row["keywords"])]
        assert [bytes(text.tolist()).rstrip(b"\0").decode() for text in texts[2 * i]][: len(expected)] == expected
        assert not texts[2 * i, len(expected) :].any() and torch.equal(texts[2 * i], texts[2 * i + 1])
    assert not set(data.train.names) & set(data.test.names)


def test_emoji_pairs_show_the_same_thing_twice():
    noto, twemoji, metadata = emoji_pairs()
    assert noto.shape == twemoji.shape == (len(metadata), 3, 64, 64)
    assert all(emoji.name and emoji.subgroup for emoji in metadata)
    at = {emoji.code: i for i, emoji in enumerate(metadata)}
    red, green = at["2764-FE0F"], at["1F49A"]
    assert "love" in metadata[red].keywords
    for drawing in (noto, twemoji):
        assert drawing[red, :, 32, 32].argmax() == 0
        assert drawing[green, :, 32, 32].argmax() == 1
        assert drawing[green, :, 0, 0].tolist() == [255, 255, 255]
    assert not torch.equal(noto[red], twemoji[red])


def test_emoji_stand_for_the_classes_of_cifar10():
    shown = packs.examples("cifar10")
    assert [name for _, name in CIFAR10_EMOJI] == [shown.names[i].split(" (")[0] for i in range(0, 24, 2)]
    known = {emoji.code: emoji for emoji in emoji_pairs().metadata}
    for code, name in CIFAR10_EMOJI:
        assert name in known[code].name or name in known[code].keywords
    classes = packs.spec("cifar10").classes
    assert [
        f"{classes[label]} ({drawing})"
        for label, drawing in zip(shown["labels"].tolist(), ["noto", "twemoji"] * 12, strict=True)
    ] == list(shown.names)
    assert set(shown["labels"].tolist()) == set(range(10))


def test_the_attributes_of_faces_are_seen_in_the_pictures():
    train = packs.load("faces").train
    # the middle of the shoulders has the color of the clothes where these are plain
    solid = (train["clothing"] == ATTRIBUTES["clothing"].index("rounded")).nonzero()[:, 0]
    colors = {
        name: train["images"][solid[train["clothing color"][solid] == i]][:, :, 61, 32].float().median(0).values
        for i, name in enumerate(ATTRIBUTES["clothing color"])
    }
    assert colors["blue"].argmax() == 2 and colors["red"].argmax() == 0 and colors["green"].argmax() == 1
    # the neck darkens from the palest to the darkest skin
    skin = train["skin"]
    shades = [float(train["images"][skin == i][:, :, 45, 32].float().median()) for i in range(len(ATTRIBUTES["skin"]))]
    assert shades[0] > shades[3] > shades[-1]
    assert torch.equal(train["labels"], train["hair"])
    assert 0.45 < float((train["facial hair"] == 0).float().mean()) < 0.55


@pytest.mark.parametrize("name", [name for name in PICTURES if name not in SIGNS])
@pytest.mark.parametrize("size", [None, 16])
def test_examples_are_here_without_data_or_network(name, size, monkeypatch):
    monkeypatch.delenv("PLAYGROUND_DATA", raising=False)
    monkeypatch.setattr("playground.data.hub.downloaded", lambda *_, **__: pytest.fail("asked the network"))
    shown, spec = packs.examples(name, size), packs.spec(name, size)
    assert shown["images"].shape == (24, spec.channels, spec.size, spec.size)
    assert shown["images"].dtype == torch.uint8
    counts = shown["labels"].bincount(minlength=len(spec.classes))
    assert len(counts) == len(spec.classes)
    assert int(counts.min()) >= 1 and int(counts.max() - counts.min()) <= (2 if name == "cifar10" else 1)
    assert set(shown.columns) >= {"images", "labels"}


@pytest.mark.parametrize("name", SIGNS)
@pytest.mark.parametrize("size", [None, 16])
def test_examples_of_signs_are_made_up(name, size, monkeypatch):
    monkeypatch.delenv("PLAYGROUND_DATA", raising=False)
    shown, spec = packs.examples(name, size), packs.spec(name, size)
    assert shown["images"].shape == (20, 1, spec.size, spec.size)
    assert torch.equal(shown["images"], packs.load("signs", size).examples["images"])
    assert set(shown["identities"].bincount().tolist()) == {0, 4}


def test_examples_are_the_first_test_pictures_of_their_classes():
    shown, test = packs.examples("digits"), packs.load("digits").test
    for label in range(10):
        of_class = shown["images"][shown["labels"] == label]
        assert torch.equal(of_class, test["images"][test["labels"] == label][: len(of_class)])


def test_a_name_or_a_size_that_there_is_not_is_refused():
    for call in (packs.spec, packs.load, packs.examples, packs.card, packs.available, packs.source):
        with pytest.raises(
            UnknownData, match="no data set “mnist”; there are books, checkerboard, chorales, cifar10, "
        ):
            call("mnist")
    with pytest.raises(UnknownData, match="a side of 4 to 256 pixels, not 1000"):
        packs.load("fashion", size=1000)


def test_a_size_is_honoured_and_kept():
    small = packs.load("digits", size=16)
    assert small.spec == packs.spec("digits", 16)
    assert small.train["images"].shape == (1500, 1, 16, 16)
    assert packs.load("digits", size=16) is small
    assert packs.load("digits", size=8) is packs.load("digits")


def test_names_can_be_asked_by_kind_and_by_column():
    assert (
        {*PICTURES, *POINTS, *packs.names(kinds=("clips", "rolls", "sequences", "texts"))}
        == set(packs.names())
        > set(HERE)
    )
    assert set(POINTS) == set(densities()) == set(packs.names(columns=("points",)))
    assert packs.names(columns=("others",)) == ("emoji-styles",)
    assert set(packs.names(columns=("subgroup", "labels"))) == {"emoji"}
    assert packs.names(columns=("images", "captions")) == ("emoji",)
    assert packs.names(kinds=("rolls",)) == packs.names(columns=("rolls", "onsets")) == ("chorales",)
    assert packs.names(kinds=("sequences",)) == packs.names(columns=("inputs", "asked")) == ("copy", "recall", "sort")
    assert packs.names(kinds=("texts",)) == packs.names(columns=("characters", "labels")) == ("books",)
    assert packs.names(kinds=("tokens",)) == packs.names(columns=("nothing",)) == ()


def test_what_ships_is_available(monkeypatch, tmp_path):
    assert all(packs.available(name) for name in HERE)
    monkeypatch.setenv("PLAYGROUND_DATA", str(tmp_path))
    monkeypatch.setattr("playground.data.sets.full.cached", lambda *_, **__: None)
    elsewhere = {"cifar10", "fashion-full", "omniglot", "omniglot-small"}
    assert not any(packs.available(name) for name in elsewhere)
    assert set(packs.names()[-4:]) == elsewhere, "what is here comes first"


def test_the_import_is_light():
    heavy = ("PIL", "sklearn", "huggingface_hub", "pandas", "fastparquet", "torchvision", "gradio")
    code = f"import sys, playground.data; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ, check=True)
    assert done.stdout.strip() == "[]"
