"""Looking for pictures by words: the prompts, what can be found, and what a prompt sees in a picture."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

import torch
from torch import Tensor

from playground.data import Data
from playground.data.texts import plain, utf8
from playground.labs.selfsupervised.imagetext import ImageText
from playground.labs.selfsupervised.text import words

PROMPTS = 8
"""How many are looked for at once, at most."""
SEPARATORS = re.compile(r"[,;|\n،、，；。؛]+")


class Gallery(NamedTuple):
    """All that can be found: one picture of each name, test pictures last.

    Attributes:
        images: (N, C, H, W), uint8.
        embeddings: Theirs, (N, D), of length 1.
        names: N names.
        texts: The names' embeddings, (N, D), of length 1.
        held_out: (N,), bool: whether it is a test picture.
        read: The hashes of all words that captions of training pictures have, in order.
    """

    images: Tensor
    embeddings: Tensor
    names: tuple[str, ...]
    texts: Tensor
    held_out: Tensor
    read: Tensor


def gallery(network: ImageText, data: Data) -> Gallery:
    """The first picture of each name of `data`, which has names and captions."""
    places: dict[str, tuple[int, int]] = {}
    for side, split in enumerate((data.train, data.test)):
        for i, name in enumerate(split.names):
            places.setdefault(name, (side, i))
    rows = [torch.tensor([i for at, i in places.values() if at == side], dtype=torch.long) for side in (0, 1)]
    images = torch.cat([data.train["images"][rows[0]], data.test["images"][rows[1]]])
    captions = data.train["captions"][rows[0]].flatten(0, 1)
    return Gallery(
        images=images,
        embeddings=network.pictures(images),
        names=tuple(places),
        texts=network.words(tuple(places)),
        held_out=torch.arange(len(images)) >= len(rows[0]),
        read=words(captions).unique(),
    )


def spelled(text: str) -> str:
    """A text with Unicode's names in the place of emoji and other symbols, of which no caption knows anything."""
    named = (f" {unicodedata.name(c, c).lower()} " if unicodedata.category(c) == "So" else c for c in text)
    return "".join(named)


def prompts(text: str) -> tuple[list[str], int]:
    """What was typed between commas or in lines, each once, the first `PROMPTS`; and how many more there were.

    What has no letter, digit or symbol is left out. Two of one `plain` form are one. Emoji stand for their names.
    """
    found: dict[str, str] = {}
    for part in SEPARATORS.split(text):
        named = spelled(part)
        if key := plain(named):
            found.setdefault(key, " ".join(part.split()) if named == part else key)
    return list(found.values())[:PROMPTS], max(0, len(found) - PROMPTS)


def unread(texts: list[str], read: Tensor) -> list[str]:
    """The words of `texts` that are not among those `read`: of these the network knows no more than their parts."""
    each = dict.fromkeys(word for text in texts for word in plain(text).split())
    return [word for word in each if not torch.isin(words(utf8([word])), read).all()]


def evidence(network: ImageText, image: Tensor, texts: Tensor, *, grid: int) -> Tensor:
    """How much less similar to each text a picture is without one of its squares, (P, grid, grid).

    Zeiler & Fergus, "Visualizing and Understanding Convolutional Networks", 2014 (arXiv 1311.2901), section 4.2.
    Above 0 a square speaks for the text.

    Args:
        network: In evaluation mode.
        image: (C, H, W), uint8; a covered square gets the color of the picture's upper left pixel.
        texts: (P, D), of length 1.
        grid: Squares in a row; the side of the picture need not be a multiple.
    """
    size = image.shape[1]
    edges = [round(i * size / grid) for i in range(grid + 1)]
    covered = image.repeat(grid * grid, 1, 1, 1)  # (grid * grid, C, H, W)
    for i in range(grid * grid):
        row, column = divmod(i, grid)
        covered[i, :, edges[row] : edges[row + 1], edges[column] : edges[column + 1]] = image[:, :1, :1]
    lost = network.pictures(image[None]) @ texts.T - network.pictures(covered) @ texts.T  # (grid * grid, P)
    return lost.T.unflatten(1, (grid, grid))
