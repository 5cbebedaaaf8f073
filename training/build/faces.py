"""Builds the pack `faces`: portraits in the style "Personas", every attribute chosen by a seed and kept.

    npm install @dicebear/core@9.4.3 @dicebear/collection@9.4.3 @resvg/resvg-js@2.6.2
    python -m training.build.faces node_modules

Needs Node.js 20 or newer.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path
from typing import Any

import torch
from torch import Generator, Tensor

from playground.data.cards import PACKS, Card, digest, write_card
from playground.data.sets.faces import ATTRIBUTES, FILES, N_TEST, N_TRAIN
from playground.data.sheet import write_sheet

COMMAND = "python -m training.build.faces node_modules"
PACKAGES = ("@dicebear/core", "@dicebear/collection", "@resvg/resvg-js")
OPTIONS = {
    "skin": "skinColor",
    "hair": "hair",
    "hair color": "hairColor",
    "eyes": "eyes",
    "mouth": "mouth",
    "nose": "nose",
    "clothing": "body",
    "clothing color": "clothingColor",
    "facial hair": "facialHair",
}
COLORS = {
    "skin": ("eeb4a4", "e7a391", "e5a07e", "d78774", "b16a5b", "92594b", "623d36"),
    "hair color": ("362c47", "6c4545", "e15c66", "e16381", "f27d65", "f29c65", "dee1f5"),
    "clothing color": ("456dff", "54d7c7", "7555ca", "6dbb58", "e24553", "f3b63a", "f55d81"),
}
BARE = 0.5
"""The part of the portraits without facial hair."""


def choose(n: int, rng: Generator) -> dict[str, Tensor]:
    """For each attribute `n` values (n,), int64, drawn independently and evenly, facial hair but for `BARE`."""
    chosen = {name: torch.randint(len(values), (n,), generator=rng) for name, values in ATTRIBUTES.items()}
    kinds = torch.randint(1, len(ATTRIBUTES["facial hair"]), (n,), generator=rng)
    bare = torch.rand(n, generator=rng) < BARE
    chosen["facial hair"] = torch.where(bare, 0, kinds)
    return chosen


def options(chosen: dict[str, Tensor], i: int) -> dict[str, Any]:
    """The arguments of the drawing library for portrait `i`: exactly one value for every attribute."""
    arguments: dict[str, Any] = {"seed": str(i)}
    for name, values in chosen.items():
        value = int(values[i])
        if name == "facial hair":
            arguments["facialHairProbability"] = 100 if value else 0
            value = max(value, 1)
        arguments[OPTIONS[name]] = [COLORS[name][value] if name in COLORS else _camel(ATTRIBUTES[name][value])]
    return arguments


def draw(chosen: dict[str, Tensor], modules: Path) -> Tensor:
    """The portraits (N, 3, 64, 64), uint8, on white."""
    n = len(chosen["hair"])
    lines = "\n".join(json.dumps(options(chosen, i)) for i in range(n))
    script = Path(__file__).with_suffix(".mjs")
    process = subprocess.run(["node", script, modules], input=lines.encode(), capture_output=True, check=False)
    if process.returncode:
        raise RuntimeError(f"node could not draw the portraits: {process.stderr.decode()}")
    pixels = torch.frombuffer(bytearray(process.stdout), dtype=torch.uint8).view(n, 64, 64, 4).permute(0, 3, 1, 2)
    color, alpha = pixels[:, :3].float(), pixels[:, 3:].float()
    # resvg gives colors that are multiplied by alpha already
    return (color + 255 - alpha).round().clamp(0, 255).to(torch.uint8)


def build(modules: Path, target: Path, n: int = N_TRAIN + N_TEST, seed: int = 0) -> Card:
    """Draws `n` portraits, no image twice, and writes the pack and its card to `target`."""
    spare = choose(n + n // 20 + 8, torch.Generator().manual_seed(seed))
    drawn = draw(spare, modules)
    first = {image.numpy().tobytes(): i for i, image in reversed(list(enumerate(drawn)))}
    indices = sorted(first.values())[:n]
    chosen = {name: values[indices].tolist() for name, values in spare.items()}
    facts = (
        "{\n"
        + ",\n".join(f"{json.dumps(_pack_name(name))}: {json.dumps(values)}" for name, values in chosen.items())
        + "\n}\n"
    )
    contents = [facts.encode(), write_sheet(drawn[indices])]
    for file, content in zip(FILES, contents, strict=True):
        (target / file).write_bytes(content)
    versions = [f"{name} {json.loads((modules / name / 'package.json').read_text())['version']}" for name in PACKAGES]
    card = Card(
        name="faces",
        title="Drawn portraits",
        what=f"{n} portraits at 64 x 64 pixels on white with nine known attributes, each chosen evenly and "
        "independently (half have no facial hair). No real person is in it.",
        source=f"npm packages {', '.join(versions)}, style “personas”",
        license="CC BY 4.0 (the drawings); MIT (the code of the library)",
        attribution="Personas by Draftbit, https://personas.draftbit.com, CC BY 4.0, composed by DiceBear",
        hash=digest(contents),
        n_train=N_TRAIN,
        n_test=n - N_TRAIN,
        built_by=COMMAND,
        files=FILES,
    )
    write_card(card, target)
    return card


def _pack_name(attribute: str) -> str:
    """The spelling of the pack that ships, whose hash must not change."""
    return attribute.replace("color", "colour")


def _camel(words: str) -> str:
    first, *rest = words.split()
    return first + "".join(word.capitalize() for word in rest)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(usage=COMMAND)
    parser.add_argument("node_modules", type=Path, help="the folder that `npm install` made")
    print(build(parser.parse_args().node_modules, PACKS))
