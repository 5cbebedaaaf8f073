"""Data of every kind as columns in memory: packs that ship, a local folder, the Hub."""

from playground.data.cards import Card
from playground.data.catalog import Catalog, UnknownData, packs
from playground.data.columns import Data, Split, factors
from playground.data.hub import DataUnavailable
from playground.data.idx import BadFile
from playground.data.images import as_images, unit
from playground.data.intake import BadPicture
from playground.data.source import Progress, Source
from playground.data.spec import (
    SILENCE,
    ClipSpec,
    ImageSpec,
    PictureSpec,
    PointSpec,
    RollSpec,
    SequenceSpec,
    Spec,
    TextSpec,
)

__all__ = [
    "SILENCE",
    "BadFile",
    "BadPicture",
    "Card",
    "Catalog",
    "ClipSpec",
    "Data",
    "DataUnavailable",
    "ImageSpec",
    "PictureSpec",
    "PointSpec",
    "Progress",
    "RollSpec",
    "SequenceSpec",
    "Source",
    "Spec",
    "Split",
    "TextSpec",
    "UnknownData",
    "as_images",
    "factors",
    "packs",
    "unit",
]
