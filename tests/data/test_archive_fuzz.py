"""Archives made at random: each gives pictures or one sentence, and no other file is opened."""

import random
import sys
import unicodedata
import zipfile
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playground.data.folder import Limits, read_pictures
from playground.errors import PlaygroundError
from tests.data.archives import CENTRAL, END, GOOD, archive, member, png


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
        assert [1, 2, 3] not in pictures.images[:, :, 0, 0].tolist(), "a picture from outside"
        assert len(pictures.labels) == pictures.taken == len(pictures.test)
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
