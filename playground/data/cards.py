"""The card of every data set: source, license, attribution, hash and how it was built."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

PACKS = Path(__file__).parent / "packs"
"""The folder of the packs that ship with the project and of all cards."""


@dataclass(frozen=True)
class Card:
    """The card of one data set.

    Attributes:
        name: The name that `load` knows, such as `fashion`.
        title: What a person calls it.
        what: One or two sentences on what is in it.
        source: Where it comes from, versions included.
        license: The terms it stands under.
        attribution: Who is to be credited.
        hash: SHA-256 in hex, the same as `Data.hash`; empty where copies of the data may differ.
        n_train: Images to learn from.
        n_test: Images to test on.
        built_by: The command that made it, or what reads it.
        files: The pack's files in `PACKS`, in the order in which they are hashed; none for data that is not shipped.
    """

    name: str
    title: str
    what: str
    source: str
    license: str
    attribution: str
    hash: str
    n_train: int
    n_test: int
    built_by: str
    files: tuple[str, ...] = ()


def read_card(name: str) -> Card:
    """The card of the data set `name`."""
    fields = json.loads((PACKS / f"{name}.card.json").read_text(encoding="utf-8"))
    return Card(**{**fields, "files": tuple(fields["files"])})


def write_card(card: Card, folder: Path = PACKS) -> Path:
    """Writes `card` next to its pack in `folder`; the file."""
    path = folder / f"{card.name}.card.json"
    path.write_text(json.dumps(asdict(card), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def digest(contents: Sequence[bytes]) -> str:
    """SHA-256 in hex of some files' contents, end to end; of one file it is the file's own."""
    total = hashlib.sha256()
    for content in contents:
        total.update(content)
    return total.hexdigest()


def read_pack(*files: str) -> tuple[list[bytes], str]:
    """The contents of some of the shipped files, and their hash."""
    contents = [(PACKS / file).read_bytes() for file in files]
    return contents, digest(contents)
