"""Texts as bytes: any script, any length, one form for what is the same."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from playground.data.texts import captions, plain, utf8


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Grinning Face!", "grinning face"),
        ("  flag:\tGermany\n", "flag germany"),
        ("ÉTOILE", plain("e\u0301toile")),
        ("Straße", "strasse"),
        ("猫、犬", "猫 犬"),
        ("👩\u200d🚀", "👩 🚀"),
        ("\u202e\u0000", ""),
        ("", ""),
    ],
)
def test_spellings_of_the_same_have_one_form(text, form):
    assert plain(text) == form


@given(st.lists(st.text(max_size=60), max_size=5))
def test_every_text_comes_back_from_its_bytes(texts):
    encoded = utf8(texts)
    assert encoded.dtype == torch.uint8 and encoded.shape[0] == len(texts) and encoded.shape[1] >= 1
    for row, text in zip(encoded, texts, strict=True):
        assert bytes(row.tolist()).rstrip(b"\0").decode() == plain(text)


def test_who_has_fewer_texts_has_empty_ones():
    texts = captions([["cat"], ["big dog", "pet"]])
    assert texts.shape == (2, 2, 7)
    assert not texts[0, 1].any() and bytes(texts[1, 1].tolist()) == b"pet\0\0\0\0"
