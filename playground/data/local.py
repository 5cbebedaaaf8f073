"""The folder of a machine's own copies of data that do not ship."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

FOLDER = "PLAYGROUND_DATA"
"""The environment variable that names it."""


def find(files: Sequence[str], *below: str) -> Path | None:
    """The first of the folder itself and those `below` it that has all of `files`, if one has."""
    root = os.environ.get(FOLDER)
    if not root:
        return None
    folders = (Path(root), *(Path(root) / name for name in below))
    return next((folder for folder in folders if all((folder / file).is_file() for file in files)), None)
