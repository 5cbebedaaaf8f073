"""Three books as passages of characters: one for children, a play, and an epic poem."""

from __future__ import annotations

import gzip
import json

import torch
from torch import Tensor

from playground.data.cards import read_pack
from playground.data.columns import Data, Split, interleaved
from playground.data.source import Progress, Source
from playground.data.spec import TextSpec

FILE = "books.json.gz"
SYMBOLS = "\n !\"'(),-.:;?[]ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
TITLES = ("Alice’s Adventures in Wonderland", "As You Like It", "Paradise Lost")
SPEC = TextSpec(name="books", classes=TITLES, symbols=SYMBOLS, length=128)
HELD_OUT = 0.1
"""The part of each text, its end, that is tested on."""


def passages(content: bytes) -> tuple[Split, Split]:
    """What to learn from and what to test on: `characters` (N, length), uint8, and `labels` (N,), the book of each.

    Those to learn from begin half a passage after one another, so that what stands at an edge of one is inside
    another; test passages share nothing.
    """
    books = [SPEC.numbers(book["text"]) for book in json.loads(gzip.decompress(content))]
    ends = [int(len(book) * (1 - HELD_OUT)) for book in books]
    train = [book[:end].unfold(0, SPEC.length, SPEC.length // 2) for book, end in zip(books, ends, strict=True)]
    test = [book[end:].unfold(0, SPEC.length, SPEC.length) for book, end in zip(books, ends, strict=True)]
    return _labeled(train), _labeled(test)


def _labeled(books: list[Tensor]) -> Split:
    labels = torch.arange(len(books)).repeat_interleave(torch.tensor([len(book) for book in books]))
    return Split({"characters": torch.cat(books), "labels": labels})


def load(progress: Progress) -> Data:
    """The passages of the pack; test passages with the books in turn, so that the first few are of all."""
    (content,), hash = read_pack(FILE)
    train, test = passages(content)
    return Data(spec=SPEC, train=train, test=interleaved(test, len(TITLES), len(test)), hash=hash)


SOURCES = (Source(spec=SPEC, columns=("characters", "labels"), load=load),)
