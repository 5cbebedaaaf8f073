"""3,000 drawn portraits at 64 pixels with everything known that was chosen for them; no real person is in them."""

from __future__ import annotations

import json

import torch

from playground.data.cards import read_pack
from playground.data.columns import Data, Split
from playground.data.sheet import read_sheet
from playground.data.source import Progress, Source
from playground.data.spec import Attribute, ImageSpec

FILES = ("faces.json", "faces.webp")
N_TRAIN, N_TEST = 2_600, 400
ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "skin": ("palest", "pale", "light", "tan", "brown", "dark brown", "darkest"),
    "hair": (
        *("long", "side shave", "short combover", "curly high top", "bob cut", "curly", "pigtails", "curly bun"),
        *("buzzcut", "bob bangs", "bald", "balding", "cap", "bun undercut", "fade", "beanie", "straight bun"),
        *("extra long", "short combover chops", "mohawk"),
    ),
    "hair color": ("dark", "brown", "red", "pink", "coral", "orange", "silver"),
    "eyes": ("open", "sleep", "wink", "glasses", "happy", "sunglasses"),
    "mouth": ("smile", "frown", "surprise", "pacifier", "big smile", "smirk", "lips"),
    "nose": ("medium round", "small round", "wrinkles"),
    "clothing": ("squared", "rounded", "small", "checkered"),
    "clothing color": ("blue", "turquoise", "violet", "green", "red", "yellow", "pink"),
    "facial hair": ("none", "beard mustache", "pyramid", "walrus", "goatee", "shadow", "soul patch"),
}
"""What was chosen for each portrait, and the names of the choices. Heads without hair keep a hair color unseen."""
SPEC = ImageSpec(
    name="faces",
    channels=3,
    size=64,
    classes=ATTRIBUTES["hair"],
    attributes=tuple(Attribute(name=name, values=values) for name, values in ATTRIBUTES.items()),
)


def load(progress: Progress) -> Data:
    """The pack: portraits in the style "Personas" by Draftbit (CC BY 4.0); the label is the hair style."""
    (facts, sheet), hash = read_pack(*FILES)
    # the pack, whose hash is in the runs that learned from it, spells it "colour"
    chosen = {name.replace("colour", "color"): torch.tensor(values) for name, values in json.loads(facts).items()}
    images = read_sheet(sheet, N_TRAIN + N_TEST, SPEC.size, SPEC.channels)
    whole = Split({"images": images, "labels": chosen["hair"], **chosen})
    return Data(
        spec=SPEC, train=whole.first(N_TRAIN), test=whole.at(slice(N_TRAIN, None)), hash=hash, meanings=ATTRIBUTES
    )


SOURCES = (Source(spec=SPEC, columns=("images", "labels", *ATTRIBUTES), load=load),)
