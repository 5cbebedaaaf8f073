"""Data sets of pictures by name: packs that ship, a local folder, the Hub; always uint8 tensors in memory."""

from playground.data.cards import Card
from playground.data.emoji import Emoji, Pairs, emoji_pairs
from playground.data.hub import DataUnavailable, Progress
from playground.data.idx import BadFile
from playground.data.images import Images, Spec, Split, TwoDomains, unit
from playground.data.intake import BadPicture
from playground.data.registry import UnknownData, available, card, examples, load, names, spec

Data = Images
"""What recipes are built on."""

__all__ = [
    "BadFile",
    "BadPicture",
    "Card",
    "Data",
    "DataUnavailable",
    "Emoji",
    "Images",
    "Pairs",
    "Progress",
    "Spec",
    "Split",
    "TwoDomains",
    "UnknownData",
    "available",
    "card",
    "emoji_pairs",
    "examples",
    "load",
    "names",
    "spec",
    "unit",
]
