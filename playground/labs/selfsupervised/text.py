"""A text encoder that reads any script: words and parts of words, hashed into one table, and their mean.

Bojanowski et al., "Enriching Word Vectors with Subword Information" (fastText), 2016 (arXiv 1607.04606), section 3.2: a
word is known by itself and by its character n-grams, so that one which was never read is understood by its parts. Here
the characters are bytes of UTF-8, and words share the table of n-grams.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

SIZES = (3, 4, 5)
"""Bytes of an n-gram; the two ends of a word count as one each."""
BASE = 1_000_003
SPACE, END = 32, 256
"""The byte between words, and what stands for both ends of a word in an n-gram: no byte is that."""


class Bags(NamedTuple):
    """The hashes of all n-grams of several texts, one text after the other.

    Attributes:
        hashes: (M,), int64.
        starts: (B,), int64: where each text's begin; a text without letters has none.
    """

    hashes: Tensor
    starts: Tensor


def hashed(texts: Tensor) -> Tensor:
    """A number (...,), int64, for each text (..., L), uint8: the same for the same text, 0 for an empty one.

    It is a polynomial modulo 2^64: that two of a million different ones have the same is as good as impossible.
    """
    return (texts.long() * _powers(texts)).sum(dim=-1)


def bags(texts: Tensor) -> Bags:
    """The words and n-grams of texts (B, L), uint8; a zero separates words as a space does."""
    letters = F.pad(torch.where(texts == SPACE, 0, texts.long()), (1, 1))  # (B, L + 2)
    symbols = torch.where(letters == 0, END, letters)
    found = [_words(letters)]
    for size in SIZES:
        if letters.shape[1] < size:
            continue
        inner = letters.unfold(1, size, 1)[:, :, 1:-1].bool().all(dim=2)  # (B, L + 3 - size)
        windows = symbols.unfold(1, size, 1)  # (B, L + 3 - size, size)
        grams = 2 * (windows * _powers(windows)).sum(dim=2) + 1  # odd, so never 0
        found.append(torch.where(inner, grams, 0))
    hashes = torch.cat(found, dim=1)
    counts = hashes.bool().sum(dim=1)  # (B,)
    return Bags(hashes[hashes.bool()], counts.cumsum(dim=0) - counts)


def words(texts: Tensor) -> Tensor:
    """The hashes (M,) of all words of texts (B, L), uint8, without their parts."""
    hashes = bags(texts).hashes
    return hashes[hashes % 2 == 0]


def _powers(symbols: Tensor) -> Tensor:
    """BASE^1, BASE^2 and so on (L,), modulo 2^64, one for each of the last dimension of symbols (..., L)."""
    exponents = torch.arange(1, symbols.shape[-1] + 1, device=symbols.device)
    return torch.tensor(BASE, device=symbols.device).pow(exponents)


def _words(letters: Tensor) -> Tensor:
    """The hash of each word at its last letter, (B, L + 2), even where those of n-grams are odd; 0 elsewhere."""
    running, ends = torch.zeros_like(letters[:, 0]), torch.zeros_like(letters)
    for i in range(1, letters.shape[1] - 1):
        running = torch.where(letters[:, i] == 0, 0, running * BASE + letters[:, i])
        ends[:, i] = torch.where(letters[:, i + 1] == 0, 2 * running, 0)
    return ends


def drawn(captions: Tensor, rng: Generator, *, names: float, most: int = 3) -> Tensor:
    """One caption for each example: its name, or a few of its other texts, at random.

    Args:
        captions: (B, K, L), uint8; the first text is the name, empty ones are at the end.
        rng: Of the same device.
        names: How often it is the name; always where there is no other text.
        most: How many of the others it is at most; any number up to that is as likely.

    Returns:
        (B, min(most, K), L), the texts that the caption is made of, filled up with empty ones.
    """
    batch, count, _ = captions.shape
    device = captions.device
    chance = torch.rand(batch, count, generator=rng, device=device).masked_fill((captions == 0).all(dim=2), -1)
    named = (torch.rand(batch, generator=rng, device=device) < names) | (chance[:, 1:] < 0).all(dim=1)
    chance[:, 0] = torch.where(named, 2.0, -1.0)
    order = chance.topk(min(most, count), dim=1).indices  # (B, most)
    wanted = torch.randint(1, most + 1, (batch,), generator=rng, device=device).masked_fill(named, 1)
    chosen = captions.gather(1, order[:, :, None].expand(-1, -1, captions.shape[2]))  # (B, most, L)
    kept = (torch.arange(order.shape[1], device=device) < wanted[:, None]) & (chance.gather(1, order) >= 0)
    return chosen * kept[:, :, None]


def matches(captions: Tensor, parts: Tensor) -> Tensor:
    """Which drawn captions are true of which examples.

    Args:
        captions: All texts of the examples, (B, K, L).
        parts: The captions that were `drawn` for them, (B, M, L).

    Returns:
        (B, B), bool: whether example i has all texts that caption j is made of; its own is always among them.
    """
    known, asked = hashed(captions), hashed(parts)  # (B, K), (B, M)
    has = (asked[None, :, :, None] == known[:, None, None, :]).any(dim=3)  # (B, B, M)
    return (has | (asked == 0)).all(dim=2)


class TextEncoder(nn.Module):
    """The mean of the vectors of a text's words and n-grams, and a linear layer."""

    def __init__(self, *, buckets: int, width: int, embedding: int) -> None:
        """`buckets` vectors of `width` numbers, to be shared by all n-grams; a text becomes `embedding` numbers."""
        super().__init__()
        self.buckets = buckets
        self.table = nn.EmbeddingBag(buckets, width, mode="mean")
        nn.init.normal_(self.table.weight, std=0.5)
        self.head = nn.Linear(width, embedding)

    def forward(self, texts: Tensor) -> Tensor:
        """Texts (B, L), uint8, to embeddings (B, embedding); without letters, the bias alone."""
        hashes, starts = bags(texts)
        mixed = (hashes * -7046029254386353131) >> 32  # Fibonacci hashing: the upper bits depend on all others
        return self.head(self.table(mixed.remainder(self.buckets), starts))
