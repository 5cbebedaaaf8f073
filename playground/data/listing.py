"""Which files of a folder may be images, and why the others are refused; names and limits that archives share."""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

from playground.data.intake import MAX_PIXELS
from playground.errors import PlaygroundError

SUFFIXES = re.compile(r"(|\.(a?png|jpe?g|jpe|jfif|mpo|webp|gif|bmp|dib|tiff?|p[bgpnf]m|avifs?))", re.IGNORECASE)
"""Endings of images. A file with another one is refused unopened; one without an ending is tried."""
ARCHIVES = re.compile(r"\.(zip|tar|tgz|gz|bz2|xz|zst|7z|rar|jar|cb[zr])", re.IGNORECASE)
HIDDEN = frozenset(["__macosx", "thumbs.db", "desktop.ini"])
JOINERS = "\u200c\u200d"
"""The only invisible characters that names may hold: emoji and several scripts need them."""


class BadDataSet(PlaygroundError):
    """A folder or archive that cannot become a data set."""


@dataclass(frozen=True)
class Limits:
    """What a data set of one's own may cost.

    Attributes:
        bytes: The size of the archive, and apart from it that of all its files unpacked.
        files: Files, folders and links, images or not.
        pictures: Files that may be images.
        pixels: Pixels of one image.
        total_pixels: Pixels of all images together, before they are resized; bounds the time of the decoder.
        memory: Bytes of the images, resized.
        classes: Classes.
        name_length: Characters of the name of one file or folder.
        path_length: Characters of a file's name with all its folders.
        ratio: How many times its compressed size a file of more than a megabyte may take.
    """

    bytes: int = 200_000_000
    files: int = 50_000
    pictures: int = 20_000
    pixels: int = MAX_PIXELS
    total_pixels: int = 6_000_000_000
    memory: int = 1_000_000_000
    classes: int = 1_000
    name_length: int = 255
    path_length: int = 1_000
    ratio: int = 200


@dataclass(frozen=True)
class Refused:
    """A file that was not taken: its name, shortened and safe to show as text, and one sentence that says why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Entry:
    """A file that may be an image.

    Attributes:
        path: The names of its folders and its own, normalized (NFC).
        size: Bytes, as the folder or the archive says; not to be trusted.
        bound: The most bytes that may be read from it.
        open: Opens it.
    """

    path: tuple[str, ...]
    size: int
    bound: int
    open: Callable[[], IO[bytes]]


class Listing:
    """The files of one source, sorted out by what their names and kinds say; nothing is opened here."""

    def __init__(self, limits: Limits) -> None:
        """Starts empty."""
        self.limits = limits
        self.entries: list[Entry] = []
        self.refused: list[Refused] = []
        self._paths: set[tuple[str, ...]] = set()

    def offer(self, name: str, *, size: int, bound: int, open: Callable[[], IO[bytes]], problem: str = "") -> None:
        """Takes the file `name`, with "/" between folders, or refuses it for its name or for `problem`."""
        problem = unsafe(name, self.limits) or problem or _unsuitable(name)
        path = tuple(part for part in unicodedata.normalize("NFC", name).split("/") if part not in ("", "."))
        if not problem and path in self._paths:
            problem = "Another file has the same name; rename one of them."
        if problem:
            self.refuse(name, problem)
            return
        self._paths.add(path)
        self.entries.append(Entry(path, size, bound, open))

    def refuse(self, name: str, reason: str) -> None:
        """Notes that `name` is not taken."""
        self.refused.append(Refused(shown(name), reason))


def walk(folder: Path, limits: Limits) -> Listing:
    """The files in `folder` and below it; links are not followed, and nothing but regular files is ever opened.

    Raises:
        BadDataSet: When there are more than `limits.files`.
    """
    listing = Listing(limits)
    pending, count = [""], 0
    while pending:
        prefix = pending.pop()
        try:
            with os.scandir(folder / prefix) as scan:
                items = sorted(islice(scan, limits.files - count + 1), key=lambda item: item.name)
            for item in items:
                name = prefix + item.name
                if not item.is_dir(follow_symlinks=False):
                    _offer(listing, name, item)
                elif problem := unsafe(name, limits):
                    listing.refuse(f"{name}/", problem)
                else:
                    pending.append(f"{name}/")
        except OSError:
            listing.refuse(prefix, "This folder cannot be read; check its permissions.")
            continue
        count += len(items)
        if count > limits.files:
            raise BadDataSet(
                f"“{shown(folder.name)}” holds more than {limits.files:,} files; give a folder with fewer files."
            )
    return listing


def _offer(listing: Listing, name: str, item: os.DirEntry[str]) -> None:
    try:
        state = item.stat(follow_symlinks=False)
    except OSError:
        listing.refuse(name, "This file cannot be read; check its permissions.")
        return
    bound = listing.limits.bytes
    path = item.path
    listing.offer(name, size=state.st_size, bound=bound, open=lambda: _open(path), problem=kind_problem(state.st_mode))


def _open(path: str) -> IO[bytes]:
    """Opens a regular file; one that has since become a link is refused, and a pipe is not waited for."""
    extra = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    return open(path, "rb", opener=lambda name, flags: os.open(name, flags | extra))


def kind_problem(mode: int) -> str:
    """Why a file of this Unix mode is refused, or an empty string; a mode that names no kind is that of a file."""
    if stat.S_ISLNK(mode):
        return "This is a link, and links are not followed; put the file itself in its place."
    if stat.S_IFMT(mode) and not stat.S_ISREG(mode):
        return "This is a device, a pipe or a socket, not a file."
    return ""


def unsafe(name: str, limits: Limits) -> str:
    """Why a file or folder of this name is refused unopened, or an empty string."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if not parts:
        return "This file has no name."
    if name.startswith("/") or re.match(r"[A-Za-z]:", parts[0]):
        return "Its name is an absolute path or has a drive letter; only names inside the data set are taken."
    if "\\" in name:
        return "Its name has a backslash; folders are separated by “/”."
    if ".." in parts:
        return "Its name leads out of its folder with “..”."
    if any(_invisible(character) for character in name):
        return "Its name has characters that cannot be shown; rename it."
    if any(part.startswith(".") or part.casefold() in HIDDEN for part in parts):
        return "This is a hidden file or lies in a hidden folder."
    if len(name) > limits.path_length or max(map(len, parts)) > limits.name_length:
        return (
            f"Its name is too long; at most {limits.name_length:,} characters are allowed, "
            f"{limits.path_length:,} with all folders."
        )
    return ""


def _unsuitable(name: str) -> str:
    suffix = os.path.splitext(name)[1]
    if ARCHIVES.fullmatch(suffix):
        return "This is an archive inside the data set; unpack it first."
    if not SUFFIXES.fullmatch(suffix):
        return "Files of this type are not read; give PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF."
    return ""


def _invisible(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and character not in JOINERS


def shown(name: str, max_length: int = 80) -> str:
    """A name that can be shown: invisible characters become "?", and the middle of a long name is left out."""
    if len(name) > max_length:
        name = f"{name[: max_length // 2 - 1]}…{name[-max_length // 2 :]}"
    return "".join("?" if _invisible(character) else character for character in name)
