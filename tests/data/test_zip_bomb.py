"""A zip archive that would unpack to more than it may: it ends in a sentence before memory or time is spent."""

import io
import struct
import zipfile

import pytest
from PIL import Image

from playground.data.folder import BadDataSet, Limits, read_pictures
from tests.data.archives import CENTRAL, GOOD, SIZE_AT, archive, member, only_refusal, png


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_unpack_without_a_bound_are_refused(method, tmp_path):
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("good.png", GOOD)
        file.writestr("bad.bmp", bytes(10_000_000), compress_type=method)
    assert "compressed in an unusual way" in only_refusal(path)


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


@pytest.mark.parametrize(("claim", "reason"), [(100, "damaged"), (0, "damaged"), (2_000_000, None)])
def test_a_wrong_size_in_the_list_is_not_trusted(claim, reason, tmp_path):
    path = archive(tmp_path / "set.zip", [("good.png", GOOD), ("liar.png", GOOD + bytes(500_000))])
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, content.rindex(CENTRAL) + SIZE_AT, claim)
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
