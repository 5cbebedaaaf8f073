"""A zip archive from a stranger: every trick ends in a sentence, and nothing is read or written elsewhere."""

import io
import random
import struct
import sys
import unicodedata
import zipfile
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from playground.data.folder import BadDataSet, Limits, read_pictures
from playground.errors import PlaygroundError

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


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_unpack_without_a_bound_are_refused(method, tmp_path):
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("good.png", GOOD)
        file.writestr("bad.bmp", bytes(10_000_000), compress_type=method)
    assert "compressed in an unusual way" in only_refusal(path)


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


def test_a_picture_with_too_many_pixels_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    buffer = io.BytesIO()
    Image.new("1", (4001, 4000)).save(buffer, "PNG")
    path = archive(tmp_path / "set.zip", [("good.png", GOOD), ("huge.png", buffer.getvalue())])
    convert = Image.Image.convert
    monkeypatch.setattr(
        Image.Image, "convert", lambda self, *a: pytest.fail() if self.width > 99 else convert(self, *a)
    )
    assert only_refusal(path) == "This picture has more than 16 million pixels; shrink it."


def test_a_file_that_shrinks_too_well_is_refused(tmp_path):
    path = archive(tmp_path / "set.zip", [("good.png", GOOD), ("bomb.bmp", bytes(50_000_000))])
    assert path.stat().st_size < 60_000
    assert "more than 200 times its size, as in a zip bomb" in only_refusal(path)


def test_a_plain_picture_may_shrink_well(tmp_path):
    path = archive(tmp_path / "set.zip", [("plain.bmp", png(side=500, form="BMP"))])
    assert 200 * path.stat().st_size < 750_000 and read_pictures(path, size=8).taken == 1


def test_many_files_that_unpack_to_too_much(tmp_path):
    path = archive(tmp_path / "bomb.zip", [(f"{i}.bmp", bytes(900_000)) for i in range(250)])
    assert path.stat().st_size < 500_000
    with pytest.raises(BadDataSet, match="“bomb.zip” holds 225.0 MB of pictures; at most 200.0 MB are allowed"):
        read_pictures(path, size=8)


@pytest.mark.parametrize(("claim", "reason"), [(100, "damaged"), (0, "damaged"), (len(GOOD) + 1000, None)])
def test_a_wrong_size_in_the_list_is_not_trusted(claim, reason, tmp_path):
    path = archive(tmp_path / "set.zip", [("good.png", GOOD), ("liar.png", GOOD + bytes(500_000))])
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, content.rindex(CENTRAL) + SIZE_AT, claim if reason else 2_000_000)
    path.write_bytes(content)
    if reason:
        assert reason in only_refusal(path)
    else:
        assert read_pictures(path, size=8).taken == 2


def test_a_claim_of_gigabytes_ends_before_anything_is_read(tmp_path):
    path = archive(tmp_path / "set.zip", [("liar.png", GOOD)])
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, content.rindex(CENTRAL) + SIZE_AT, 4_000_000_000)
    path.write_bytes(content)
    with pytest.raises(BadDataSet, match="holds 4,000.0 MB of pictures"):
        read_pictures(path, size=8)


def test_files_that_overlap(tmp_path):
    """Fifield, "A better zip bomb", 2019: many entries of the list share one content."""
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.png", GOOD)
        for i in range(100):
            copy = member(f"{i}.png")
            first = file.filelist[0]
            copy.header_offset, copy.CRC = first.header_offset, first.CRC
            copy.file_size, copy.compress_size = first.file_size, first.compress_size
            file.filelist.append(copy)
    with pytest.raises(BadDataSet, match="Files in “bomb.zip” overlap, as in a zip bomb"):
        read_pictures(path, size=8)


def test_a_file_that_holds_the_list_of_its_own_archive(tmp_path):
    path = archive(tmp_path / "quine.zip", [("a.png", GOOD)], zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    for offset in (20, 24):
        struct.pack_into("<I", content, content.rindex(CENTRAL) + offset, len(GOOD) + 20)
    path.write_bytes(content)
    with pytest.raises(BadDataSet, match="overlap"):
        read_pictures(path, size=8)


def test_too_many_files(tmp_path):
    path = archive(tmp_path / "set.zip", [(f"{i}.txt", b"") for i in range(11)])
    with pytest.raises(BadDataSet, match="holds 11 files; archives of at most 10 are read"):
        read_pictures(path, size=8, limits=Limits(files=10))


def test_a_long_list_is_not_even_read(tmp_path):
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as file:
        for i in range(20):
            info = member(f"{i}.png")
            info.comment = bytes(60_000)
            file.writestr(info, b"")
    with pytest.raises(BadDataSet, match="The list of files in “set.zip” takes 1.2 MB; at most 1.0 MB are read"):
        read_pictures(path, size=8, limits=Limits(files=100))
    assert zipfile.is_zipfile(path)


def test_a_large_archive_is_not_opened(tmp_path):
    path = archive(tmp_path / "set.zip", [("a.png", GOOD)])
    with path.open("ab") as file:
        file.truncate(200_000_001)
    with pytest.raises(BadDataSet, match="has 200.0 MB; archives of at most 200.0 MB are read"):
        read_pictures(path, size=8)


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


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """A folder for the archives, with a picture outside of it that must never be read."""
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.png").write_bytes(png((1, 2, 3)))
    room = outside / "room"
    room.mkdir()
    (outside / "cat.png").write_bytes(png((1, 2, 3)))
    read_pictures(archive(room / "set.zip", [("good.png", GOOD)]), size=8)  # loads the readers' modules
    return room


OPENED: list[tuple[str, int]] = []


def _note(event, arguments):
    if event == "open" and isinstance(arguments[0], str) and not arguments[0].endswith((".py", ".pyc", ".so")):
        OPENED.append((arguments[0], arguments[2]))


sys.addaudithook(_note)


def survives(path):
    """Reads the archive; whatever it is, it gives pictures or one sentence, and no other file is opened."""
    OPENED.clear()
    before = sorted(path.parent.iterdir())
    try:
        pictures = read_pictures(path, size=4, limits=Limits(bytes=1_000_000))
    except PlaygroundError as error:
        assert 20 < len(str(error)) < 400 and str(error).endswith(".")
        pictures = None
    assert {name for name, _ in OPENED} <= {str(path)}
    assert sorted(path.parent.iterdir()) == before
    if pictures:
        assert (pictures.images != 1).any() and len(pictures.labels) == pictures.taken == len(pictures.test)
        assert all(one.reason.endswith(".") and len(one.name) <= 80 for one in pictures.refused)
    return pictures


often = settings(max_examples=200, deadline=None, database=None, suppress_health_check=list(HealthCheck))


@often
@given(st.binary(max_size=400), st.sampled_from([b"", b"PK\x03\x04", END, CENTRAL]))
def test_random_bytes_as_an_archive(room, content, start):
    path = room / "set.zip"
    path.write_bytes(start + content)
    survives(path)


@often
@given(st.binary(min_size=18, max_size=120))
def test_a_random_end_of_an_archive(room, content):
    path = archive(room / "set.zip", [("cat/a.png", GOOD)])
    path.write_bytes(path.read_bytes()[:-22] + END + content)
    survives(path)


@often
@given(st.integers(0, 2**32), st.integers(1, 8), st.booleans())
def test_random_mutations_of_an_archive(room, seed, count, in_list):
    path = archive(room / "set.zip", [("cat/a.png", GOOD), ("dog/b.png", GOOD), ("c.gif", png(form="GIF"))])
    content = bytearray(path.read_bytes())
    rng = random.Random(seed)
    for _ in range(count):
        start = content.index(CENTRAL) if in_list and CENTRAL in content else 0
        content[rng.randrange(start, len(content))] = rng.choice([0, 1, 127, 128, 255, rng.randrange(256)])
    path.write_bytes(content)
    survives(path)


PARTS = st.sampled_from(
    ["..", ".", "", "/", "\\", "C:", "~", "cat", "cat.png", "secret.png", "\0", "a.zip", "\u202e", "犬"]
)
NAMES = st.one_of(
    st.text(max_size=30), st.lists(PARTS, max_size=6).map("/".join), st.lists(PARTS, max_size=6).map("".join)
)


@often
@given(st.lists(st.tuples(NAMES, st.sampled_from([0, 0o100644, 0o120777, 0o040755])), max_size=6))
def test_random_names(room, members):
    path = room / "set.zip"
    with zipfile.ZipFile(path, "w") as file:
        for name, mode in members:
            name = name.encode("utf-8", "replace").decode()
            info = member(name, mode)
            info.CRC, info.file_size, info.compress_size = zlib.crc32(GOOD), len(GOOD), len(GOOD)
            info.header_offset = file.fp.tell()
            file.fp.write(info.FileHeader() + GOOD)
            file.filelist.append(info)
        file.start_dir = file.fp.tell()
        file._didModify = True
    pictures = survives(path)
    for name in pictures.names if pictures else ():
        assert ".." not in name.split("/") and "\\" not in name and not name.startswith(("/", ".", "C:"))
        assert not {unicodedata.category(character) for character in name} & {"Cc", "Cs", "Zl", "Zp"}
        assert "\u202e" not in name
    if pictures:
        assert pictures.images[:, :, 0, 0].unique(dim=0).tolist() == [[200, 40, 40]]
