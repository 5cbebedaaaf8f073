"""Builds the pack `emoji` from three npm packages.

npm install emoji-datasource-google@16.0.0 emoji-datasource-twitter@16.0.0 emojibase-data@17.0.0
python -m training.build.emoji node_modules
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from playground.data.cards import PACKS, Card, digest, write_card
from playground.data.sets.emoji import FILES, GROUPS
from playground.data.sheet import write_sheet

COMMAND = "python -m training.build.emoji node_modules"
PACKAGES = ("emoji-datasource-google", "emoji-datasource-twitter", "emojibase-data")
HELD_OUT = 0.105
"""The part of each group that is held out; it makes about 200 emoji."""


def on_white(path: Path) -> Tensor:
    """An image file as (3, H, W), uint8, with what is transparent in white."""
    with Image.open(path) as file:
        drawing = file.convert("RGBA")
    paper = Image.new("RGBA", drawing.size, "white")
    paper.alpha_composite(drawing)
    return torch.from_numpy(np.asarray(paper.convert("RGB")).copy()).permute(2, 0, 1)


def twins(drawings: list[Tensor], codes: list[str]) -> dict[str, str]:
    """For each emoji the smallest code among those that share an image with it, directly or through others.

    Args:
        drawings: For each way of drawing, the images (N, 3, H, W).
        codes: The N codes.
    """
    parent = {code: code for code in codes}

    def find(code: str) -> str:
        while parent[code] != code:
            code = parent[code]
        return code

    for images in drawings:
        first: dict[bytes, str] = {}
        for image, code in zip(images, codes, strict=True):
            a, b = find(first.setdefault(image.numpy().tobytes(), code)), find(code)
            parent[max(a, b)] = min(a, b)
    return {code: find(code) for code in codes}


def hold_out(leaders: Mapping[str, str], groups: Mapping[str, str], seed: str = "emoji-1") -> set[str]:
    """The codes that are held out: in each group about `HELD_OUT` of them, in the order of a hash, twins together."""
    held: set[str] = set()
    for group in GROUPS:
        members = [code for code in leaders if groups[leaders[code]] == group]
        together = {lead: [code for code in members if leaders[code] == lead] for lead in {leaders[c] for c in members}}
        order = sorted(together, key=lambda code: hashlib.sha256(f"{seed}:{code}".encode()).hexdigest())
        remaining = round(HELD_OUT * len(members))
        for lead in order:
            if len(together[lead]) <= remaining:
                held.update(together[lead])
                remaining -= len(together[lead])
    return held


def build(modules: Path, target: Path) -> Card:
    """Reads the packages in the folder `modules` and writes the pack and its card to `target`."""
    versions = [f"{name} {_json(modules / name / 'package.json')['version']}" for name in PACKAGES]
    known = {_bare(entry["hexcode"]): entry for entry in _json(modules / PACKAGES[2] / "en" / "data.json")}
    entries = [
        entry
        for entry in sorted(_json(modules / PACKAGES[0] / "emoji.json"), key=lambda entry: entry["sort_order"])
        if entry["has_img_google"] and entry["has_img_twitter"] and entry["category"] in GROUPS
    ]
    codes = [entry["unified"] for entry in entries]
    drawings = [
        torch.stack([on_white(modules / package / "img" / style / "64" / entry["image"]) for entry in entries])
        for package, style in zip(PACKAGES[:2], ("google", "twitter"), strict=True)
    ]
    held = hold_out(twins(drawings, codes), {entry["unified"]: entry["category"] for entry in entries})
    rows = [
        {
            "code": entry["unified"],
            "name": known[_bare(entry["unified"])]["label"],
            "keywords": known[_bare(entry["unified"])].get("tags", []),
            "group": entry["category"],
            "subgroup": entry["subcategory"],
            "held_out": entry["unified"] in held,
        }
        for entry in entries
    ]
    facts = "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]\n"
    contents = [facts.encode(), *(write_sheet(images) for images in drawings)]
    for file, content in zip(FILES, contents, strict=True):
        (target / file).write_bytes(content)
    card = Card(
        name="emoji",
        title="Emoji, drawn twice",
        what=f"{len(rows)} emoji without skin tones at 64 x 64 pixels on white, each as Noto and as Twemoji draw it, "
        f"with name, keywords, group and subgroup; both drawings of {len(held)} of them are held out for the test.",
        source=f"npm packages {', '.join(versions)}",
        license="Noto Emoji: Apache-2.0; Twemoji: CC BY 4.0; names, keywords (emojibase) and the packages' data: MIT",
        attribution="Noto Emoji: Google; Twemoji: copyright Twitter, Inc and other contributors, "
        "https://github.com/jdecked/twemoji, CC BY 4.0, put on white here; emojibase: Miles Johnson; "
        "emoji-data: Cal Henderson",
        hash=digest(contents),
        n_train=2 * (len(rows) - len(held)),
        n_test=2 * len(held),
        built_by=COMMAND,
        files=FILES,
    )
    write_card(card, target)
    return card


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _bare(code: str) -> str:
    """A code without the mark that asks for a colored image: the packages disagree on it."""
    return "-".join(part for part in code.upper().split("-") if part != "FE0F")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(usage=COMMAND)
    parser.add_argument("node_modules", type=Path, help="the folder that `npm install` made")
    print(build(parser.parse_args().node_modules, PACKS))
