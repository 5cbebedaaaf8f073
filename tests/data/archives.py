"""Zip archives written by hand: honest ones, and members that no honest program writes."""

import io
import zipfile

from PIL import Image

from playground.data.folder import read_pictures

CENTRAL, END = b"PK\x01\x02", b"PK\x05\x06"
SIZE_AT = 24
"""Where a member's entry in the archive's list holds its size unpacked (APPNOTE.TXT 6.3.10, section 4.3.12)."""


def png(color=(200, 40, 40), side=12, form="PNG"):
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), color).save(buffer, form)
    return buffer.getvalue()


GOOD = png()


def archive(path, members, method=zipfile.ZIP_DEFLATED):
    """A zip of `members`, pairs of a name or `ZipInfo` and the content."""
    with zipfile.ZipFile(path, "w", method) as file:
        for name, content in members:
            file.writestr(name, content, compress_type=method)
    return path


def member(name, mode=0, flags=0):
    info = zipfile.ZipInfo("placeholder")
    info.filename = info.orig_filename = name
    info.external_attr = mode << 16
    info.flag_bits = flags
    return info


def only_refusal(path, **options):
    """The reason for the one file that is refused beside good.png."""
    pictures = read_pictures(path, size=8, **options)
    assert pictures.names == ("good.png",)
    (refused,) = pictures.refused
    assert refused.reason.endswith(".")
    return refused.reason
