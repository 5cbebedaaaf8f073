"""A zip archive from a stranger: names, links and damage that are refused, each with a sentence."""

import struct
import zipfile

import pytest

from playground.data.folder import BadDataSet, read_pictures
from tests.data.archives import CENTRAL, GOOD, archive, member, only_refusal, png


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("/etc/cat.png", "absolute path"),
        ("//host/cat.png", "absolute path"),
        ("C:/cat.png", "drive letter"),
        ("c:cat.png", "drive letter"),
        ("./c:cat.png", "drive letter"),
        ("../cat.png", "leads out of its folder"),
        ("a/../../cat.png", "leads out of its folder"),
        ("a/..", "leads out of its folder"),
        ("..\\cat.png", "backslash"),
        ("a\\cat.png", "backslash"),
        ("cat\0.png", "cannot be shown"),
        ("cat\n.png", "cannot be shown"),
        (".cat.png", "hidden"),
        ("__MACOSX/._cat.png", "hidden"),
        (".git/cat.png", "hidden"),
        ("a/Thumbs.db", "hidden"),
        ("inner.zip", "archive inside"),
        ("inner.TAR.GZ", "archive inside"),
        ("notes.txt", "of this type"),
        ("cat.heic", "of this type"),
        ("x" * 256 + ".png", "too long"),
        ("a/" * 499 + "ab.png", "too long"),
        ("", "no name"),
        ("./good.png", "same name"),
    ],
)
def test_names_that_are_refused(name, reason, tmp_path):
    path = archive(tmp_path / "set.zip", [("good.png", GOOD), (member(name), GOOD)])
    assert reason in only_refusal(path)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_comes_twice(tmp_path):
    path = archive(tmp_path / "set.zip", [("good.png", GOOD), ("good.png", png((0, 0, 255)))])
    assert "same name" in only_refusal(path)
    assert read_pictures(path, size=8).images[0, :, 0, 0].tolist() == [200, 40, 40]


@pytest.mark.parametrize(
    ("mode", "reason"),
    [(0o120777, "link"), (0o010644, "device, a pipe or a socket"), (0o020644, "device"), (0o140644, "socket")],
)
def test_links_and_devices_are_refused(mode, reason, tmp_path):
    secret = tmp_path / "secret.png"
    secret.write_bytes(GOOD)
    path = archive(tmp_path / "set.zip", [("good.png", GOOD), (member("bad.png", mode), str(secret))])
    assert reason in only_refusal(path)


def test_an_encrypted_file_is_refused(tmp_path):
    path = archive(tmp_path / "set.zip", [("good.png", GOOD), ("secret.png", GOOD)])
    content = bytearray(path.read_bytes())
    content[content.rindex(CENTRAL) + 8] |= 1
    path.write_bytes(content)
    assert only_refusal(path) == "This file is encrypted; make the archive without a password."


def test_a_damaged_file_is_refused(tmp_path):
    path = archive(tmp_path / "set.zip", [("good.png", GOOD), ("bad.png", png((1, 2, 3)))], zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    content[content.rindex(b"IDAT") + 9] ^= 255
    path.write_bytes(content)
    assert only_refusal(path) == "This file is damaged or cannot be read; copy it anew."


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\n", GOOD[:45], b"PK\x03\x04"])
def test_what_is_no_picture_is_refused(content, tmp_path):
    reason = only_refusal(archive(tmp_path / "set.zip", [("good.png", GOOD), ("bad.png", content)]))
    assert "not a picture" in reason or "torn" in reason


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_a_torn_archive(part, tmp_path):
    path = archive(tmp_path / "set.zip", [(f"{i}.png", GOOD) for i in range(9)])
    path.write_bytes(path.read_bytes()[: int(part * path.stat().st_size)])
    with pytest.raises(BadDataSet, match="incomplete or damaged zip archive; make it anew"):
        read_pictures(path, size=8)


@pytest.mark.parametrize("content", [b"", b"hello", GOOD, b"\x1f\x8b\x08\x00", b"Rar!\x1a\x07"])
def test_what_is_no_archive(content, tmp_path):
    path = tmp_path / "set.zip"
    path.write_bytes(content)
    with pytest.raises(BadDataSet, match="neither a folder nor a zip archive; give a folder of pictures"):
        read_pictures(path, size=8)


def test_an_archive_without_files(tmp_path):
    with pytest.raises(BadDataSet, match="holds no files"):
        read_pictures(archive(tmp_path / "set.zip", []), size=8)
    with pytest.raises(BadDataSet, match="holds no files"):
        read_pictures(archive(tmp_path / "folders.zip", [("cat/", b""), ("dog/", b"")]), size=8)


def test_utf8_names_that_do_not_say_so(tmp_path):
    names = ["Kätzchen/犬.png", "Kätzchen/b.png"]
    path = archive(tmp_path / "set.zip", [(name, GOOD) for name in names])
    content = bytearray(path.read_bytes())
    for signature, at in ((b"PK\x03\x04", 6), (CENTRAL, 8)):
        start = content.index(signature)
        while start >= 0:
            flags = struct.unpack_from("<H", content, start + at)[0]
            struct.pack_into("<H", content, start + at, flags & ~0x800)
            start = content.find(signature, start + 4)
    path.write_bytes(content)
    assert set(read_pictures(path, size=8).names) == set(names)
