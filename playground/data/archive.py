"""The files of a zip archive, from whoever made it; nothing of it is ever written to the disk.

What the archive says of itself is taken for a claim: its list of files has a bounded length, files that overlap are
refused, and what a file unpacks to is counted while it is read.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from playground.data.listing import BadDataSet, Limits, Listing, kind_problem, shown

ENCRYPTED, UTF8 = 0x1, 0x800
"""Bits of a member's flags (APPNOTE.TXT 6.3.10, section 4.4.4)."""
HEADER = 30
"""Bytes of a member's local header without its name, at least (section 4.3.7)."""
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Those that Python unpacks in bounded steps."""
SMALL = 1_000_000
"""Up to this many bytes unpacked, the compression ratio is not looked at."""
BYTES_PER_FILE = 250
"""What the archive's list may take for each file that is allowed: 46 bytes, its name and its times."""


@contextmanager
def members(path: Path, limits: Limits) -> Iterator[Listing]:
    """The members of the archive at `path`, which stays open meanwhile.

    Raises:
        BadDataSet: When it is no zip archive, is damaged, has more bytes or members than are allowed, or is built as
            zip bombs are.
    """
    name = shown(path.name)
    try:
        size = path.stat().st_size
        file = _Guarded(path, max(SMALL, BYTES_PER_FILE * limits.files))
    except OSError:
        raise BadDataSet(f"“{name}” cannot be read; check its permissions.") from None
    with file:
        if size > limits.bytes:
            raise BadDataSet(
                f"“{name}” has {size / 1e6:,.1f} MB; archives of at most {limits.bytes / 1e6:,.1f} MB are read: "
                "leave pictures out, or make them smaller."
            )
        with _opened(file, name) as archive:
            yield _listed(archive, name, limits)


class _Guarded(io.BufferedReader):
    """A file that refuses to be read in large parts: `ZipFile` reads an archive's list at once, however long it is."""

    def __init__(self, path: Path, most: int) -> None:
        super().__init__(io.FileIO(path))
        self._most = most
        self._path = path

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > self._most:
            raise BadDataSet(
                f"The list of files in “{shown(self._path.name)}” takes {size / 1e6:,.1f} MB; at most "
                f"{self._most / 1e6:,.1f} MB are read: make the archive anew, with fewer files."
            )
        return super().read(size)


def _opened(file: _Guarded, name: str) -> zipfile.ZipFile:
    is_zip = file.peek(4)[:4] in (b"PK\x03\x04", b"PK\x05\x06")
    try:
        return zipfile.ZipFile(file)
    except BadDataSet:
        raise
    # a stranger's bytes can make a reader fail in any way; none of them may reach the page
    except Exception:
        if is_zip:
            message = f"“{name}” is an incomplete or damaged zip archive; make it anew."
        else:
            message = f"“{name}” is neither a folder nor a zip archive; give a folder of pictures, or a zip of one."
        raise BadDataSet(message) from None


def _listed(archive: zipfile.ZipFile, name: str, limits: Limits) -> Listing:
    infos = archive.infolist()
    if len(infos) > limits.files:
        raise BadDataSet(
            f"“{name}” holds {len(infos):,} files; archives of at most {limits.files:,} are read: "
            "make one with fewer files."
        )
    spans = sorted((info.header_offset, info.header_offset + HEADER + info.compress_size) for info in infos)
    spans.append((archive.start_dir, archive.start_dir))
    if any(end > start for (_, end), (start, _) in pairwise(spans)):
        raise BadDataSet(
            f"Files in “{name}” overlap, as in a zip bomb; make the archive anew with an ordinary program."
        )
    listing = Listing(limits)
    for info in infos:
        member = _name(info)
        if member.endswith("/"):
            continue
        listing.offer(
            member,
            size=info.file_size,
            bound=max(SMALL, limits.ratio * info.compress_size),
            open=lambda info=info: archive.open(info),  # type: ignore[misc]
            problem=_problem(info),
        )
    return listing


def _name(info: zipfile.ZipInfo) -> str:
    """The member's name as it stands in the archive; several programs write UTF-8 and do not say so."""
    if info.flag_bits & UTF8:
        return info.orig_filename
    try:
        return info.orig_filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.orig_filename


def _problem(info: zipfile.ZipInfo) -> str:
    problem = kind_problem(info.external_attr >> 16)
    if problem:
        return problem
    if info.flag_bits & ENCRYPTED:
        return "This file is encrypted; make the archive without a password."
    if info.compress_type not in METHODS:
        return "This file is compressed in an unusual way; make an ordinary zip archive (Deflate)."
    return ""
