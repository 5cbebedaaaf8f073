"""The two domains: no emoji on both sides, no drawing on both sides, the test split true pairs."""

import pytest
import torch

from playground.data import packs
from playground.data.sets import emoji_styles
from playground.data.sets.emoji import emoji_pairs
from playground.data.sets.emoji_styles import groups, halves


@pytest.fixture(scope="module")
def data():
    return packs.load("emoji-styles")


@pytest.fixture(scope="module")
def codes():
    """The code points that have a drawing, by domain and drawing."""
    pairs = emoji_pairs()
    codes = ({}, {})
    for codes_of, images in zip(codes, (pairs.noto, pairs.twemoji), strict=True):
        for image, emoji in zip(images, pairs.metadata, strict=True):
            codes_of.setdefault(image.numpy().tobytes(), set()).add(emoji)
    return codes


def emoji_of(images, codes_of):
    return set().union(*(codes_of[image.numpy().tobytes()] for image in images))


def test_no_emoji_is_in_both_training_domains(data, codes):
    """Not even under another code that has the same drawing."""
    noto, twemoji = emoji_of(data.train["images"], codes[0]), emoji_of(data.train["others"], codes[1])
    assert not noto & twemoji
    assert len(noto) >= len(data.train) > 840 and len(twemoji) >= len(data.train["others"]) == len(data.train)
    assert not any(emoji.held_out for emoji in noto | twemoji)


def test_no_training_picture_is_in_the_other_domain_or_held_out(data):
    sides = (data.train["images"], data.train["others"], data.test["images"], data.test["others"])
    keys = [{image.numpy().tobytes() for image in images} for images in sides]
    assert not keys[0] & keys[1] and not (keys[0] | keys[1]) & (keys[2] | keys[3])


def test_the_test_split_holds_the_true_pairs(data):
    pairs = emoji_pairs()
    held_out = torch.tensor([emoji.held_out for emoji in pairs.metadata])
    assert torch.equal(data.test["images"], pairs.noto[held_out])
    assert torch.equal(data.test["others"], pairs.twemoji[held_out])
    names = [emoji.name for emoji in pairs.metadata if emoji.held_out]
    assert list(data.test.names) == names


def test_the_domains_are_always_the_same(data):
    again = emoji_styles.load(lambda part, what: None)
    assert again.hash == data.hash and again.train.names == data.train.names
    for column in ("images", "others"):
        assert torch.equal(again.train[column], data.train[column])


def test_what_shares_a_drawing_hangs_together():
    one, two = torch.arange(6).to(torch.uint8).view(6, 1, 1, 1), torch.arange(10, 16).to(torch.uint8).view(6, 1, 1, 1)
    assert groups(one, two) == [[0], [1], [2], [3], [4], [5]]
    one[3] = one[1]  # 1 and 3 share a drawing in the first domain, 3 and 5 one in the second
    two[5] = two[3]
    assert groups(one, two) == [[0], [1, 3, 5], [2], [4]]
    two[4] = two[0]
    two[1] = two[0]
    assert groups(one, two) == [[0, 1, 3, 4, 5], [2]]


def test_a_drawing_of_one_domain_that_is_another_code_s_in_the_other_counts_too():
    one = torch.tensor([1, 2, 3], dtype=torch.uint8).view(3, 1, 1, 1)
    two = torch.tensor([3, 5, 6], dtype=torch.uint8).view(3, 1, 1, 1)
    assert groups(one, two) == [[0, 2], [1]]


def test_halves_are_equal_and_keep_groups_whole():
    dealt = [[3 * i, 3 * i + 1, 3 * i + 2] if i % 4 == 0 else [3 * i] for i in range(50)]
    first, second = halves(dealt)
    assert len(first) == len(second) and not set(first.tolist()) & set(second.tolist())
    sides = {emoji: side for side, members in enumerate((first, second)) for emoji in members.tolist()}
    for group in dealt:
        assert len({sides[emoji] for emoji in group if emoji in sides}) <= 1
    assert abs(len(first) - sum(map(len, dealt)) / 2) <= 3
