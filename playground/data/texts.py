"""Texts as a column: bytes of UTF-8, in the form in which two spellings of the same are the same."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import torch
from torch import Tensor

SELECTORS = {0xFE0E: None, 0xFE0F: None}


def plain(text: str) -> str:
    """Small letters and composed characters (NFKC); punctuation, and all that cannot be seen, is one space.

    Whether a symbol is to be drawn as text or as an emoji, as a variation selector says, is nothing that it means.
    """
    folded = unicodedata.normalize("NFKC", text).casefold().translate(SELECTORS)
    return " ".join("".join(" " if unicodedata.category(c)[0] in "PZC" else c for c in folded).split())


def utf8(texts: Sequence[str]) -> Tensor:
    """The bytes of `plain` texts, (N, L), uint8, filled up with zeros; L is that of the longest one, at least 1."""
    encoded = [plain(text).encode() for text in texts]
    length = max(map(len, encoded), default=0) or 1
    content = b"".join(text.ljust(length, b"\0") for text in encoded)
    return torch.tensor(list(content), dtype=torch.uint8).view(len(texts), length)


def captions(texts: Sequence[Sequence[str]]) -> Tensor:
    """Several texts for each of N examples, (N, K, L), uint8; who has fewer than K has empty ones at the end."""
    most = max(map(len, texts))
    return utf8([text for each in texts for text in (*each, *[""] * (most - len(each)))]).unflatten(0, (-1, most))
